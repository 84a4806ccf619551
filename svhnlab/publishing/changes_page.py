"""The page "What changed" between any two versions, drawn from what the versions carry with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from jinja2 import Environment, PackageLoader, StrictUndefined

from svhnlab.provenance.predictions import PREDICTIONS, SitePredictions, read_predictions
from svhnlab.provenance.schema import Provenance
from svhnlab.publishing.metric_changes import METRICS, Change, Metric, RunChange, compare_runs, same_test, sample_all
from svhnlab.publishing.settings_diff import Difference, Fact, compare_settings, facts, settings_of
from svhnlab.publishing.versions import VERSIONS, Published
from svhnlab.report.core.text import (
    count,
    listing,
    number,
    p_equation,
    percent,
    points,
    quantity,
    signed_interval,
    signed_points,
)
from svhnlab.web.resources import resource_text

RESAMPLES = 2_000
"""Resamples of the bootstrap: enough for 95% intervals; two versions of four runs on 26,000 images take 2 s."""
SEED = 0

METRIC_NAMES: dict[Metric, str] = {
    "accuracy": "Accuracy",
    "macro_f1": "Macro-F1",
    "ece": "Expected calibration error",
}
_FIGURE_WIDTH = 120
_FONTS = "assets/fonts.css"  # the faces of the report's pages


@dataclass(frozen=True)
class Row:
    """One number of one run, as the table shows it; `line` places its interval in the small figure beside it."""

    metric: str
    before: str
    after: str
    difference: str
    interval: str
    direction: int
    line: tuple[float, float, float]


@dataclass(frozen=True)
class RunRows:
    """The rows of one run, and what McNemar's test says of it (empty where there is none)."""

    title: str
    test: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Pair:
    """Two versions side by side, ready for the page.

    Attributes
    ----------
    before, after
        The older and the newer version.
    summary
        Sentences chosen by the numbers.
    runs
        What the runs in both versions reach.
    scale
        Half the width of the small figures, a share.
    facts
        What the versions were made from.
    settings
        Settings that are not the same, those of the runs in both versions among them.
    """

    before: Published
    after: Published
    summary: tuple[str, ...]
    runs: tuple[RunRows, ...]
    scale: float
    facts: tuple[Fact, ...]
    settings: tuple[Difference, ...]

    @property
    def anchor(self) -> str:
        """Id of the pair's section, and what the address of the page ends with."""
        return f"{self.before.version}..{self.after.version}"


def changes_page(versions: Sequence[Published]) -> str:
    """Return ``changes.html`` for versions given oldest first: all pairs, the newest first."""
    environment = Environment(
        loader=PackageLoader("svhnlab.publishing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percentage"] = lambda share: number(100 * share, 2)
    latest = versions[-1]
    return environment.get_template("changes.html").render(
        title=latest.provenance.title,
        versions=tuple(reversed(versions)),
        latest=latest,
        folder=VERSIONS,
        pairs=compare_all(versions),
        width=_FIGURE_WIDTH,
        fonts=_FONTS if _FONTS in latest.provenance.files else None,
        style=resource_text("changes.css"),
        script=resource_text("changes.js"),
    )


def compare_all(versions: Sequence[Published]) -> tuple[Pair, ...]:
    """Compare every two versions, given oldest first; the pair of the two newest comes first."""
    predictions = [read_predictions(one.folder / PREDICTIONS) for one in versions]
    sampled = sample_all(predictions, RESAMPLES, SEED) if len(versions) > 1 else []
    pairs = []
    for i, j in sorted(combinations(range(len(versions)), 2), key=lambda pair: (pair[1], pair[0]), reverse=True):
        paired = same_test(predictions[i], predictions[j])
        changes = compare_runs(sampled[i], sampled[j], paired=paired, seed=SEED)
        pairs.append(_pair(versions[i], versions[j], predictions[i], predictions[j], changes))
    return tuple(pairs)


def _pair(
    before: Published,
    after: Published,
    tested_before: SitePredictions,
    tested_after: SitePredictions,
    changes: Sequence[RunChange],
) -> Pair:
    old, new = before.provenance, after.provenance
    runs = {change.run for change in changes}
    settings = tuple(compare_settings(settings_of(old, runs), settings_of(new, runs)))
    facts_found = facts(old, new)
    scale = max(
        (max(abs(limit) for limit in change.difference.limits) for run in changes for change in run.metrics.values()),
        default=0.0,
    )
    scale = scale or 0.01  # nothing changed at all: any width shows it
    return Pair(
        before=before,
        after=after,
        summary=(
            _basis(tested_before, tested_after),
            *_results(changes, new, paired=same_test(tested_before, tested_after)),
            *_coming_and_going(tested_before, tested_after, old, new),
            _origins(facts_found, len(settings)),
        ),
        runs=tuple(_rows(change, new, scale) for change in changes),
        scale=scale,
        facts=facts_found,
        settings=settings,
    )


def _title(provenance: Provenance, run: str) -> str:
    return provenance.headline[run].title if run in provenance.headline else run


def _rows(run: RunChange, provenance: Provenance, scale: float) -> RunRows:
    test = ""
    if run.same:
        test = "The predictions are the same."
    elif run.p_value is not None:
        test = (
            f"Right in the older version alone: {quantity(run.only_before or 0, 'image')}; in the newer alone: "
            f"{count(run.only_after or 0)}. McNemar's test: {p_equation(run.p_value)}."
        )
    rows = tuple(_row(METRIC_NAMES[metric], run.metrics[metric], scale) for metric in METRICS)
    return RunRows(_title(provenance, run.run), test, rows)


def _row(name: str, change: Change, scale: float) -> Row:
    middle = _FIGURE_WIDTH / 2
    low, value, high = (
        round(middle + (middle - 4) * share / scale, 1)
        for share in (change.difference.low, change.difference.value, change.difference.high)
    )
    return Row(
        metric=name,
        before=percent(change.before, 2),
        after=percent(change.after, 2),
        difference=signed_points(change.difference.value, 2),
        interval=signed_interval(change.difference, 2),
        direction=change.direction,
        line=(low, value, high),
    )


def _basis(before: SitePredictions, after: SitePredictions) -> str:
    """Say whether the images are the same, and so what the intervals are."""
    if same_test(before, after):
        return (
            f"Both versions were tested on the same {quantity(len(after.labels), 'image')}: each run is compared with "
            "itself image by image (paired bootstrap, McNemar's test)."
        )
    if before.images == after.images:
        return (
            "The test images are the same, but their labels are not, so that images can't be compared one by one: the "
            "intervals are those of two independent samples."
        )
    return (
        f"The versions were tested on different images ({count(len(before.labels))} and {count(len(after.labels))}): "
        "the intervals are those of two independent samples, and a difference may come from the images as well as "
        "from the models."
    )


def _results(changes: Sequence[RunChange], provenance: Provenance, *, paired: bool) -> list[str]:
    """Say of which runs the accuracy differs by more than chance explains; on other images none rose or fell."""
    if not changes:
        return ["No run is in both versions."]
    sentences = []
    for word, direction in (("rose" if paired else "is higher", 1), ("fell" if paired else "is lower", -1)):
        moved = [run for run in changes if run.accuracy_direction == direction]
        if moved:
            told = [
                f"{_title(provenance, run.run)} by {points(run.metrics['accuracy'].difference.value, 2)} "
                f"(95% interval {signed_interval(run.metrics['accuracy'].difference, 2)})"
                for run in moved
            ]
            sentences.append(f"Accuracy {word} for {listing(told)}.")
    same = [_title(provenance, run.run) for run in changes if run.same]
    open_ = [_title(provenance, run.run) for run in changes if not run.same and not run.accuracy_direction]
    if open_:
        sentences.append(f"Accuracy shows no difference beyond chance for {listing(open_)}.")
    if same:
        sentences.append(f"Every prediction is the same for {listing(same)}.")
    return sentences


def _coming_and_going(before: SitePredictions, after: SitePredictions, old: Provenance, new: Provenance) -> list[str]:
    sentences = []
    for word, here, there, names in (("new", after, before, new), ("gone", before, after, old)):
        runs = [_title(names, run) for run in here.probabilities if run not in there.probabilities]
        if runs:
            sentences.append(f"{listing(runs)} {'is' if len(runs) == 1 else 'are'} {word}.")
    return sentences


def _origins(found: Sequence[Fact], settings: int) -> str:
    changed = [fact.name.lower() for fact in found if not fact.same]
    changed += [quantity(settings, "setting")] if settings else []
    if not changed:
        return "Both were made from the same data, settings, code and stored results."
    return f"Not the same: {listing(changed)}."
