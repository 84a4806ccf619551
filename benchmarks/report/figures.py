"""Numbers that several displays of a benchmark take from it, each computed in one place."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from benchmarks.schema import Accuracy, Benchmark, Curve, Point, Sample, ThroughputRun
from svhnlab.analysis.metrics import wilson_interval

OURS, PLAIN = "svhnlab", "plain"


def speed_up(run: ThroughputRun, name: str, base: str = PLAIN) -> Sample | None:
    """How many times as fast as another a contender is, repetition by repetition, since these were taken in turn.

    None where one of the two was not measured.
    """
    if name not in run.rates or base not in run.rates:
        return None
    pairs = zip(run.rates[name].values, run.rates[base].values, strict=False)
    return Sample(values=tuple(own / other for own, other in pairs))


def unbroken_sizes(titles: pd.Series) -> pd.Series:
    """Keep the sizes in names of runs, as "32 px", on one line."""
    return titles.str.replace(" px", "\u00a0px")


@dataclass(frozen=True)
class Reached:
    """The time to the accuracy that the tutorial's way reached.

    Attributes
    ----------
    target
        That accuracy.
    telling
        Whether it is surely above that of always answering the most frequent class (95% Wilson interval).
    tutorial
        Where the tutorial's way first had it.
    ours
        Where each of our runs first had it; None where it never did.
    """

    target: float
    telling: bool
    tutorial: Point
    ours: dict[str, Point | None]

    @property
    def fastest(self) -> str | None:
        """Name of our run that had it first, None where none had."""
        found = {name: point.seconds for name, point in self.ours.items() if point is not None}
        return min(found, key=lambda name: found[name]) if found else None

    def times(self, name: str) -> float | None:
        """How many times as long as our run the tutorial's way took; None where our run never got there."""
        point = self.ours[name]
        return None if point is None else self.tutorial.seconds / point.seconds


def reached(accuracy: Accuracy) -> Reached:
    """Find when each training first had the highest accuracy of the tutorial's way."""
    target = max(point.accuracy for point in accuracy.tutorial.points)
    first = _first(accuracy.tutorial, target)
    assert first is not None
    right = round(target * accuracy.validation_images)
    low, _ = wilson_interval(right, accuracy.validation_images)
    ours = {name: _first(curve, target) for name, curve in accuracy.ours.items()}
    return Reached(target, bool(low > accuracy.guess), first, ours)


def _first(curve: Curve, target: float) -> Point | None:
    return next((point for point in curve.points if point.accuracy >= target), None)


@dataclass(frozen=True)
class StageShare:
    """A stage of training and report together, its seconds and its share of the whole."""

    name: str
    seconds: float
    share: float
    training: bool


def stage_shares(benchmark: Benchmark) -> list[StageShare]:
    """Stages of making the results and of drawing the report from nothing, the longest first.

    The report's pages and its PDF are made at the same time. So its stages take their share of the time that passed.
    """
    found = []
    if benchmark.stages is not None:
        found += [(stage.name, stage.seconds, stage.training) for stage in benchmark.stages.stages]
    if benchmark.drawing is not None:
        busy = sum(stage.seconds for stage in benchmark.drawing.stages)
        # What no stage covers, imports above all, is a stage of its own; what overlaps is shared out.
        factor = min(1.0, benchmark.drawing.first / busy) if busy else 1.0
        found += [(f"report: {stage.name}", factor * stage.seconds, False) for stage in benchmark.drawing.stages]
        rest = benchmark.drawing.first - factor * busy
        if rest > 0:
            found.append(("report: start and the rest", rest, False))
    whole = sum(seconds for _, seconds, _ in found)
    shares = [StageShare(name, seconds, seconds / whole, training) for name, seconds, training in found]
    return sorted(shares, key=lambda stage: -stage.seconds)
