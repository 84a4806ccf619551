"""Sentences on over- and underconfidence, their cause, and the calibration error."""

from __future__ import annotations

from collections.abc import Sequence

from svhnlab.report.calibration.select import RunCalibration, calibrations_of, models, points_over_models
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.text import (
    number,
)
from svhnlab.report.core.words import (
    sentence_start,
    share_over_models,
)
from svhnlab.store.schema import (
    Study,
)


def describe_calibration(study: Study, *configurations: str) -> Markdown:
    """State which models are over- or underconfident according to the interval, why, and the calibration error.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    runs = calibrations_of(study, *configurations)
    undecided = [run for run in runs if not _side(run)]
    parts = state_sides(runs, with_gaps=True)
    if undecided:
        parts.append(
            Markdown(
                "For {}, neither over- nor underconfidence is detected: the 95% interval of the difference between "
                "mean confidence and accuracy includes zero."
            ).format(models(undecided, len(runs)))
        )
    eces = [run.statistics.ece for run in runs]
    parts.append(
        Markdown(
            "The expected calibration error, the mean absolute difference between confidence and accuracy over the "
            "bins, is {}."
        ).format(share_over_models(eces))
    )
    return sentences([*parts[: len(parts) - 1], *_describe_smoothing(study, runs), parts[-1]])


def state_sides(runs: Sequence[RunCalibration], *, with_gaps: bool) -> list[Markdown]:
    """State which models are under- and which are overconfident according to the interval; empty if none is.

    Parameters
    ----------
    with_gaps
        Whether the differences between mean confidence and accuracy are stated.
    """
    under = [run for run in runs if _side(run) > 0]
    over = [run for run in runs if _side(run) < 0]
    gap = Markdown(", by {}")
    return [
        sentence_start(
            Markdown("{models} {are} {adjective}: the mean confidence is {side} than the accuracy{gap}.").format(
                models=models(group, len(runs)),
                are="is" if len(group) == 1 else "are",
                adjective=adjective,
                side=side,
                gap=gap.format(points_over_models([run.statistics.underconfidence for run in group]))
                if with_gaps
                else "",
            )
        )
        for group, adjective, side in ((under, "underconfident", "lower"), (over, "overconfident", "higher"))
        if group
    ]


def _side(run: RunCalibration) -> int:
    """Return 1 for an underconfident model, -1 for an overconfident one, and 0 if the interval includes zero."""
    gap = run.statistics.underconfidence
    return int(gap.low > 0) - int(gap.high < 0)


def _describe_smoothing(study: Study, runs: Sequence[RunCalibration]) -> list[Markdown]:
    """State the target probability that label smoothing sets, one sentence for each strength."""
    classes = len(study.class_names)
    groups: dict[float, list[RunCalibration]] = {}
    for run in runs:
        result = study.runs[run.name]
        smoothing = 0.0 if result.imported else result.recipe["label_smoothing"]  # unknown if it is imported
        groups.setdefault(smoothing, []).append(run)
    return [
        Markdown(
            "Label smoothing of {smoothing:g}{models} sets the target of the labelled class at {target} instead of 1, "
            "which lowers the confidence."
        ).format(
            smoothing=smoothing,
            models="" if len(group) == len(runs) else Markdown(" in {}").format(models(group, len(runs))),
            target=number(1 - smoothing + smoothing / classes, 2),
        )
        for smoothing, group in groups.items()
        if smoothing
    ]
