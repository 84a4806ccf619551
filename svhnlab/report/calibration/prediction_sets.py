"""Conformal prediction sets: coverage and size on the test images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from svhnlab.report.calibration.select import FittedCalibration, fitted_calibrations_of, models, points_over_models
from svhnlab.report.core.many_classes import end_rows, tell_ends
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import listing, number, percent, points_with_interval, share_with_interval, without_start
from svhnlab.report.core.words import range_over_models, share_over_models
from svhnlab.store.schema import Estimate, PredictionSets, Study


@dataclass(frozen=True)
class PredictionSetTable(Table[FittedCalibration]):
    """Coverage of the prediction sets, and the share of the images by size of their set: a row per run."""

    runs: tuple[FittedCalibration, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> PredictionSetTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(fitted_calibrations_of(study, *configurations))

    @property
    def alt(self) -> str:
        """Coverage and mean size of every run."""
        parts = [
            f"{run.title} {percent(_sets(run).coverage.value)}, on average {number(_sets(run).mean_size, 2)} classes"
            for run in self.runs
        ]
        return f"Coverage of prediction sets at a level of {percent(_sets(self.runs[0]).level, 0)}: {listing(parts)}."

    def rows(self) -> Sequence[FittedCalibration]:
        """Each run."""
        return self.runs

    def columns(self) -> Sequence[Column[FittedCalibration]]:
        """Coverage and its difference from the validation images, mean size, and shares by size."""
        return (
            Column("run", lambda run: run.title, "Run", without_start),
            Column("threshold", lambda run: _sets(run).threshold),
            Column("coverage", lambda run: _sets(run).coverage, "Coverage", share_with_interval),
            Column("difference", lambda run: _sets(run).difference, "Test − validation", points_with_interval),
            Column("mean_size", lambda run: _sets(run).mean_size, "Mean size", lambda size: number(size, 2)),
            Column("empty", lambda run: _share(run, 0, 1), "Empty", percent),
            Column("one_class", lambda run: _share(run, 1, 2), "One class", percent),
            Column("several_classes", lambda run: _share(run, 2, None), "Several", percent),
        )


@dataclass(frozen=True)
class ClassCoverage:
    """Prediction sets of the images of one class.

    Attributes
    ----------
    name
        Name of the class.
    coverage, size
        Coverage, and mean size, in the order of the runs.
    """

    name: str
    coverage: tuple[Estimate, ...]
    size: tuple[float, ...]


@dataclass(frozen=True)
class ClassCoverageTable(Table[ClassCoverage]):
    """Coverage and mean size of the prediction sets of each class: a row per class, a column per run."""

    runs: tuple[FittedCalibration, ...]
    classes: tuple[str, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> ClassCoverageTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(fitted_calibrations_of(study, *configurations), study.class_names)

    @property
    def alt(self) -> str:
        """The range of the coverage over the classes, for every run."""
        parts = []
        for run in self.runs:
            shares = [share.value for share in _sets(run).class_coverage if not np.isnan(share.value)]
            parts.append(f"{run.title} {range_over_models(shares)}")
        ends = tell_ends(len(self.classes), "mean coverage")
        return f"Coverage of prediction sets over the classes: {listing(parts)}.{ends}"

    def rows(self) -> Sequence[ClassCoverage]:
        """Each class."""
        return [
            ClassCoverage(
                name,
                tuple(_sets(run).class_coverage[k] for run in self.runs),
                tuple(_sets(run).class_size[k] for run in self.runs),
            )
            for k, name in enumerate(self.classes)
        ]

    def shown_rows(self) -> Sequence[ClassCoverage | None]:
        """All classes, or of many those with the lowest and the highest coverage, averaged over the runs."""
        rows = self.rows()
        means = [np.mean([share.value for share in row.coverage]) for row in rows]
        return [None if k is None else rows[k] for k in end_rows(means)]

    def columns(self) -> Sequence[Column[ClassCoverage]]:
        """Coverage with its 95% interval and mean size for each run."""
        return (
            Column("class", lambda row: row.name, "Class"),
            *(column for position, run in enumerate(self.runs) for column in _columns_of_run(position, run)),
        )


def _columns_of_run(position: int, run: FittedCalibration) -> tuple[Column[ClassCoverage], ...]:
    return (
        Column(f"{run.name}_coverage", lambda row: row.coverage[position]),
        Column(f"{run.name}_size", lambda row: row.size[position]),
        Column(
            "",
            lambda row: f"{percent(row.coverage[position].value)}, {number(row.size[position], 2)}",
            without_start(run.title),
        ),
    )


def _sets(run: FittedCalibration) -> PredictionSets:
    return run.statistics.prediction_sets


def _share(run: FittedCalibration, first: int, end: int | None) -> float:
    """Return the share of the images whose set has a number of classes in a range."""
    sizes = _sets(run).sizes
    return sum(sizes[first:end]) / sum(sizes)


def describe_prediction_sets(study: Study, *configurations: str) -> Markdown:
    """State coverage and size of the prediction sets, and whether the coverage differs from the validation images.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    runs = fitted_calibrations_of(study, *configurations)
    level = percent(_sets(runs[0]).level, 0)
    coverage, sizes = [_sets(run).coverage for run in runs], [_sets(run).mean_size for run in runs]
    parts = [
        Markdown(
            "On the test images, sets at a level of {level} contain the true class in {coverage} of the cases and have "
            "{sizes} classes on average."
        ).format(
            level=level,
            coverage=share_over_models(coverage),
            sizes=range_over_models(sizes, lambda size: number(size, 2)),
        )
    ]
    lower = [run for run in runs if _sets(run).difference.high < 0]
    higher = [run for run in runs if _sets(run).difference.low > 0]
    same = [run for run in runs if run not in (*lower, *higher)]
    official = study.settings.get("split", {}).get("protocol", "official") == "official" and not study.data.reading
    files = Markdown(
        ", a difference between the test file and the training file, from which the validation images come"
        if official
        else ""
    )
    for group, side in ((lower, "lower"), (higher, "higher")):
        if group:
            parts.append(
                Markdown("For {models}, the coverage is {side} than on the validation images by {gap}{files}.").format(
                    models=models(group, len(runs)),
                    side=side,
                    gap=points_over_models([_sets(run).difference for run in group]),
                    files=files,
                )
            )
    if same:
        parts.append(
            Markdown(
                "For {}, the 95% interval of the difference from the coverage on the validation images includes zero."
            ).format(models(same, len(runs)))
        )
    return sentences(parts)
