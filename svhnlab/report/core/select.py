"""Select runs and statistics of a study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from svhnlab.config.architectures import CONFIGURATIONS
from svhnlab.store.schema import (
    FeatureStatistics,
    FittedStatistics,
    Robustness,
    RunResult,
    RunStatistics,
    Statistics,
    Study,
)

T = TypeVar("T")


class NotComputed(ValueError):
    """A result that a figure, table or sentence needs is not in the study yet.

    Attributes
    ----------
    configurations
        Those that are not trained; empty where none is trained or the statistics over all are missing.
    """

    def __init__(self, message: str, configurations: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.configurations = tuple(configurations)


class NotImported(NotComputed):
    """What a figure, table or sentence needs was not imported.

    Attributes
    ----------
    what
        What is missing, e.g. "features of the training and test images".
    titles
        Titles of the imported configurations.
    """

    def __init__(self, what: str, titles: Sequence[str]) -> None:
        super().__init__(f"imported without {what}: {', '.join(titles)}")
        self.what, self.titles = what, tuple(titles)


def known_only(
    found: Iterable[tuple[RunResult, T | None]], what: str, result: str = "this result"
) -> list[tuple[RunResult, T]]:
    """Leave out the runs without some result.

    Parameters
    ----------
    what
        What the result needs, in words that follow "imported without".
    result
        The result, for the message where it is not computed yet.

    Raises
    ------
    NotImported
        If all runs are imported and none has it.
    NotComputed
        If no run has it.
    """
    pairs = list(found)
    known = [(run, part) for run, part in pairs if part is not None]
    if not known:
        if pairs and all(run.imported for run, _ in pairs):
            raise NotImported(what, [run.title for run, _ in pairs])
        raise NotComputed(f"not computed yet: {result}")
    return known


def is_imported(study: Study) -> bool:
    """Return whether all models of a study are imported, so that nothing was or will be trained."""
    return bool(study.runs) and not study.missing and all(run.imported for run in study.runs.values())


def rows_with_card(study: Study) -> NDArray[np.int64]:
    """Return the rows of the test images with an evidence card, ascending, shape (A,).

    They are stored with the evidence. A study of imports without features has none, and shows the errors of any run.
    """
    stored = [run.evidence.rows for run in study.runs.values() if run.evidence is not None]
    if stored:
        return np.unique(np.concatenate(stored))
    wrong = [run.test.wrong for run in study.runs.values() if run.imported]
    return np.flatnonzero(np.any(wrong, axis=0)) if wrong else np.zeros(0, dtype=np.int64)


def trained_runs(study: Study, *configurations: str, what: str = "weights") -> list[RunResult]:
    """Return the runs of the named configurations (by default all) that this package trained.

    Raises
    ------
    NotComputed
        If one of them is not trained, or none is.
    """
    runs = runs_of(study, *configurations)
    return [run for run, _ in known_only(((run, None if run.imported else run) for run in runs), what)]


def runs_of(study: Study, *configurations: str) -> list[RunResult]:
    """Return the runs of the named configurations (by default all stored ones) in the study's order.

    Raises
    ------
    NotComputed
        If one of them is not trained, or none is.
    """
    untrained = [name for name in configurations if name not in study.runs]
    if untrained or not study.runs:
        raise NotComputed(f"not trained: {', '.join(untrained) or 'any configuration'}", untrained)
    return [run for name, run in study.runs.items() if not configurations or name in configurations]


def augmented_runs(study: Study) -> list[RunResult]:
    """Return the runs that were trained with augmentation.

    Raises
    ------
    NotComputed
        If none is trained.
    """
    runs = [run for run in study.runs.values() if not run.imported and run.recipe["augmentation"]]
    if not runs:
        augmented = [name for name, (_, augments) in CONFIGURATIONS.items() if augments]
        in_study = [name for name in augmented if name in study.missing]
        raise NotComputed("no configuration with augmentation is trained", in_study or augmented)
    return runs


def check_names(class_names: Sequence[str], n_classes: int) -> tuple[str, ...]:
    """Return the class names as a tuple.

    Raises
    ------
    ValueError
        If there is not one name for each class.
    """
    if len(class_names) != n_classes:
        raise ValueError(f"{n_classes} classes need as many names, got {len(class_names)}")
    return tuple(str(name) for name in class_names)


AUGMENTED = "-aug"  # suffix of the name of a run with augmentation


def design_effect_of(study: Study, configuration: str) -> float:
    """Return the design effect of the accuracy of a configuration; 1 if the statistics are not computed yet."""
    return 1.0 if study.statistics is None else study.statistics.runs[configuration].design_effect


def statistics_of(study: Study) -> Statistics:
    """Return the statistics of a study.

    Raises
    ------
    NotComputed
        If they are not computed yet.
    """
    if study.statistics is None:
        raise NotComputed("the statistics of this study are not computed yet")
    return study.statistics


def robustness_of(study: Study) -> Robustness:
    """Return the predictions on changed test images.

    Raises
    ------
    NotComputed
        If they are not computed yet; they need the weights of a trained configuration.
    """
    if study.robustness is None:
        trained_runs(study)
        raise NotComputed("the predictions on changed test images are not computed yet")
    return study.robustness


def runs_with_statistics(study: Study, *configurations: str) -> list[tuple[RunResult, RunStatistics]]:
    """Return the runs of the named configurations (by default all trained ones) with their statistics.

    Raises
    ------
    NotComputed
        If one of them is not trained, or the statistics are not computed yet.
    """
    runs = runs_of(study, *configurations)
    statistics = statistics_of(study)
    return [(run, statistics.runs[run.name]) for run in runs]


def runs_with_features(study: Study, *configurations: str) -> list[tuple[RunResult, FeatureStatistics]]:
    """Return the runs with features, like `runs_with_statistics`.

    Raises
    ------
    NotComputed
        If one of them is not trained, the statistics are not computed yet, or all were imported without features.
    """
    found = runs_with_statistics(study, *configurations)
    return known_only(((run, row.with_features) for run, row in found), "features of the training and test images")


def runs_with_validation(study: Study, *configurations: str) -> list[tuple[RunResult, FittedStatistics]]:
    """Return the runs with predictions on the validation images, like `runs_with_statistics`.

    Raises
    ------
    NotComputed
        If one of them is not trained, the statistics are not computed yet, or all were imported without them.
    """
    found = runs_with_statistics(study, *configurations)
    return known_only(((run, row.with_validation) for run, row in found), "predictions on the validation images")


def pairs_of_same_model_or_augmentation(runs: Sequence[RunResult]) -> list[tuple[RunResult, RunResult]]:
    """Pair the runs that have the model or the augmentation in common; return all pairs if there are none.

    They may differ in other settings, see :func:`svhnlab.report.core.settings_difference.differing_settings`.
    """
    pairs = list(combinations(runs, 2))

    def alike(one: RunResult, other: RunResult) -> bool:
        same_model = one.name.removesuffix(AUGMENTED) == other.name.removesuffix(AUGMENTED)
        return same_model or one.name.endswith(AUGMENTED) == other.name.endswith(AUGMENTED)

    return [pair for pair in pairs if alike(*pair)] or pairs
