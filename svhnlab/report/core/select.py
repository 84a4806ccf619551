"""Select runs and statistics of a study."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from svhnlab.config.architectures import CONFIGURATIONS
from svhnlab.store.schema import Robustness, RunResult, RunStatistics, Statistics, Study


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


def runs_of(study: Study, *configurations: str) -> list[RunResult]:
    """Return the runs of the named configurations (by default all trained ones) in the study's order.

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
    runs = [run for run in study.runs.values() if run.settings["recipe"]["augmentation"]]
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
        If they are not computed yet.
    """
    if study.robustness is None:
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


def pairs_of_same_model_or_augmentation(runs: Sequence[RunResult]) -> list[tuple[RunResult, RunResult]]:
    """Pair the runs that have the model or the augmentation in common; return all pairs if there are none.

    They may differ in other settings, see :func:`svhnlab.report.core.settings_difference.differing_settings`.
    """
    pairs = list(combinations(runs, 2))

    def alike(one: RunResult, other: RunResult) -> bool:
        same_model = one.name.removesuffix(AUGMENTED) == other.name.removesuffix(AUGMENTED)
        return same_model or one.name.endswith(AUGMENTED) == other.name.endswith(AUGMENTED)

    return [pair for pair in pairs if alike(*pair)] or pairs
