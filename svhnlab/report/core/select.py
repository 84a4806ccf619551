"""What displays of a whole study take from it, and how its runs are told apart in one picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from svhnlab.store.schema import RunResult, RunStatistics, Statistics, Study

Runs = RunResult | Mapping[str, RunResult] | Iterable[RunResult]


def as_runs(runs: Runs) -> list[RunResult]:
    """Accept one run, a mapping of runs (as `Study.runs`) or any series of runs.

    Raises
    ------
    ValueError
        If there is none.
    """
    if isinstance(runs, RunResult):
        return [runs]
    found = list(runs.values() if isinstance(runs, Mapping) else runs)
    if not found:
        raise ValueError("a display of runs needs at least one stored run")
    return found


def named_runs(study: Study, names: Sequence[str]) -> list[RunResult]:
    """Return the named runs of a study in the study's order, all without a name.

    Raises
    ------
    ValueError
        If one of them is not stored, or none is.
    """
    absent = [name for name in names if name not in study.runs]
    if absent:
        raise ValueError(f"{', '.join(absent)} is not among the stored runs of this study")
    return as_runs([run for name, run in study.runs.items() if not names or name in names])


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


AUGMENTED = "-aug"  # a run's name with this ending is the run of that name with augmentation


def statistics_of(study: Study) -> Statistics:
    """Return the statistics of a study.

    Raises
    ------
    ValueError
        If none are stored.
    """
    if study.statistics is None:
        raise ValueError("no statistics are stored for this study")
    return study.statistics


def runs_with_statistics(study: Study, *names: str) -> list[tuple[RunResult, RunStatistics]]:
    """Return the named runs (all without a name) with their statistics, in the order of the report.

    Raises
    ------
    ValueError
        If none are stored.
    """
    statistics = statistics_of(study)
    found = [
        (run, statistics.runs[name])
        for name, run in study.runs.items()
        if name in statistics.runs and (not names or name in names)
    ]
    if not found:
        raise ValueError(f"no stored run{' of these' if names else ''} has statistics")
    return found


def pairs_that_differ_in_one_factor(runs: Sequence[RunResult]) -> list[tuple[RunResult, RunResult]]:
    """Pair the runs that differ in one thing, the augmentation or the model; all pairs where there are no such."""
    pairs = list(combinations(runs, 2))

    def alike(one: RunResult, other: RunResult) -> bool:
        same_model = one.name.removesuffix(AUGMENTED) == other.name.removesuffix(AUGMENTED)
        return same_model or one.name.endswith(AUGMENTED) == other.name.endswith(AUGMENTED)

    return [pair for pair in pairs if alike(*pair)] or pairs
