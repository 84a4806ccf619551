"""Page with the differences between any two versions, from their published records and predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from jinja2 import Environment, PackageLoader, StrictUndefined

from svhnlab.analysis.metric_registry import HEADLINE, Metric
from svhnlab.provenance.predictions import PREDICTIONS, SitePredictions, read_predictions
from svhnlab.provenance.schema import Provenance
from svhnlab.publishing.metric_changes import Change, RunChange, compare_runs, same_test, sample_all
from svhnlab.publishing.names import VERSIONS
from svhnlab.publishing.settings_diff import Difference, Fact, compare_settings, facts, settings_of
from svhnlab.publishing.versions import PublishedVersion
from svhnlab.report.core.metric_columns import show_difference, show_value
from svhnlab.report.core.text import count, listing, p_equation, points, quantity, signed_interval
from svhnlab.web.content_policy import with_policy
from svhnlab.web.resources import resource_text

RESAMPLES = 2_000
"""Resamples of the bootstrap: enough for 95% intervals; two versions of four models on 26,000 images take 2 s."""
SEED = 0

_FIGURE_WIDTH = 120
_FONTS, _ICON = "assets/fonts.css", "assets/icon.svg"  # of the report's pages


@dataclass(frozen=True)
class Row:
    """Text of one metric of one configuration; `line` is the interval and the value in the small figure, in pixels."""

    metric: str
    before: str
    after: str
    difference: str
    interval: str
    direction: int
    line: tuple[float, float, float]


@dataclass(frozen=True)
class RunRows:
    """The rows of one configuration, and the result of McNemar's test (empty if not tested)."""

    title: str
    test: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Pair:
    """Content of the page for one pair of versions.

    Attributes
    ----------
    before, after
        The older and the newer version.
    summary
        Sentences on the differences.
    runs
        Metrics of the configurations in both versions.
    scales
        By unit of the metrics, the value at the right end of the small figures.
    facts
        Data, code and results of the versions.
    settings
        Settings that differ, including those of the configurations in both versions.
    """

    before: PublishedVersion
    after: PublishedVersion
    summary: tuple[str, ...]
    runs: tuple[RunRows, ...]
    scales: dict[str, float]
    facts: tuple[Fact, ...]
    settings: tuple[Difference, ...]

    @property
    def anchor(self) -> str:
        """Id of the pair's section, and fragment of its URL."""
        return f"{self.before.version}..{self.after.version}"

    @property
    def scale(self) -> str:
        """The scale of the small figures in words; metrics in the same unit have the same scale."""
        parts = []
        for unit, end in self.scales.items():
            metrics = [metric for metric in HEADLINE.values() if metric.unit == unit]
            low, high = (show_difference(metrics[0], limit, 2) for limit in (-end, end))
            names = "" if len(self.scales) == 1 else f" for {listing([metric.title for metric in metrics])}"
            parts.append(f"from {low} to {high}{' percentage points' if unit == 'share' else ''}{names}")
        return listing(parts)


def changes_page(versions: Sequence[PublishedVersion]) -> str:
    """Return ``changes.html`` with all pairs of versions, newest pair first; versions are given oldest first."""
    environment = Environment(
        loader=PackageLoader("svhnlab.publishing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    latest = versions[-1]
    page = environment.get_template("changes.html").render(
        title=latest.provenance.title,
        versions=tuple(reversed(versions)),
        latest=latest,
        folder=VERSIONS,
        pairs=compare_all(versions),
        width=_FIGURE_WIDTH,
        icon=_ICON if _ICON in latest.provenance.files else None,
        fonts=_FONTS if _FONTS in latest.provenance.files else None,
        style=resource_text("changes.css"),
        script=resource_text("changes.js"),
    )
    return with_policy(page)


def compare_all(versions: Sequence[PublishedVersion]) -> tuple[Pair, ...]:
    """Compare all pairs of versions, given oldest first; the pair of the two newest comes first."""
    predictions = [read_predictions(one.folder / PREDICTIONS) for one in versions]
    sampled = sample_all(predictions, RESAMPLES, SEED) if len(versions) > 1 else []
    pairs = []
    for i, j in sorted(combinations(range(len(versions)), 2), key=lambda pair: (pair[1], pair[0]), reverse=True):
        paired = same_test(predictions[i], predictions[j])
        changes = compare_runs(sampled[i], sampled[j], paired=paired, seed=SEED)
        pairs.append(_pair(versions[i], versions[j], predictions[i], predictions[j], changes))
    return tuple(pairs)


def _pair(
    before: PublishedVersion,
    after: PublishedVersion,
    tested_before: SitePredictions,
    tested_after: SitePredictions,
    changes: Sequence[RunChange],
) -> Pair:
    old, new = before.provenance, after.provenance
    runs = {change.run for change in changes}
    settings = tuple(compare_settings(settings_of(old, runs), settings_of(new, runs)))
    properties = facts(old, new)
    scales: dict[str, float] = dict.fromkeys((metric.unit for metric in HEADLINE.values()), 0.0)
    for run in changes:
        for name, change in run.metrics.items():
            unit = HEADLINE[name].unit
            scales[unit] = max(scales[unit], *(abs(limit) for limit in change.difference.limits))
    scales = {unit: end or 0.01 for unit, end in scales.items()}  # 0: no metric has changed
    return Pair(
        before=before,
        after=after,
        summary=(
            _basis(tested_before, tested_after),
            *_results(changes, new, paired=same_test(tested_before, tested_after)),
            *_added_and_removed(tested_before, tested_after, old, new),
            _changed_properties(properties, len(settings)),
        ),
        runs=tuple(_rows(change, new, scales) for change in changes),
        scales=scales,
        facts=properties,
        settings=settings,
    )


def _title(provenance: Provenance, run: str) -> str:
    return provenance.headline[run].title if run in provenance.headline else run


def _rows(run: RunChange, provenance: Provenance, scales: dict[str, float]) -> RunRows:
    test = ""
    if run.same:
        test = "The predictions are identical."
    elif run.p_value is not None:
        test = (
            f"Correct only in the older version: {quantity(run.only_before or 0, 'image')}; only in the newer: "
            f"{count(run.only_after or 0)}. McNemar's test: {p_equation(run.p_value)}."
        )
    rows = tuple(_row(metric, run.metrics[name], scales[metric.unit]) for name, metric in HEADLINE.items())
    return RunRows(_title(provenance, run.run), test, rows)


def _row(metric: Metric, change: Change, scale: float) -> Row:
    middle = _FIGURE_WIDTH / 2
    low, value, high = (
        round(middle + (middle - 4) * difference / scale, 1)
        for difference in (change.difference.low, change.difference.value, change.difference.high)
    )
    return Row(
        metric=metric.title,
        before=show_value(metric, change.before, 2),
        after=show_value(metric, change.after, 2),
        difference=show_difference(metric, change.difference.value, 2),
        interval=" to ".join(show_difference(metric, limit, 2) for limit in change.difference.limits),
        direction=change.direction,
        line=(low, value, high),
    )


def _basis(before: SitePredictions, after: SitePredictions) -> str:
    """State whether the test images are the same, and which kind of interval is used."""
    if same_test(before, after):
        return (
            f"Both versions were tested on the same {quantity(len(after.labels), 'image')}. Each configuration is "
            "compared image by image (paired bootstrap, McNemar's test)."
        )
    if before.images == after.images:
        return (
            "The test images are the same, but their labels differ, so the images can't be compared one by one. The "
            "intervals are those of two independent samples."
        )
    return (
        f"The versions were tested on different images ({count(len(before.labels))} and {count(len(after.labels))}). "
        "The intervals are those of two independent samples; a difference may come from the images as well as from "
        "the models."
    )


def _results(changes: Sequence[RunChange], provenance: Provenance, *, paired: bool) -> list[str]:
    """Name the configurations whose accuracy differs significantly; it "rose" or "fell" only on the same images."""
    if not changes:
        return ["No configuration is in both versions."]
    sentences = []
    for word, direction in (("rose" if paired else "is higher", 1), ("fell" if paired else "is lower", -1)):
        moved = [run for run in changes if run.accuracy_direction == direction]
        if moved:
            differences = [
                f"{_title(provenance, run.run)} by {points(run.metrics['accuracy'].difference.value, 2)} "
                f"(95% interval {signed_interval(run.metrics['accuracy'].difference, 2)})"
                for run in moved
            ]
            sentences.append(f"Accuracy {word} for {listing(differences)}.")
    same = [_title(provenance, run.run) for run in changes if run.same]
    unclear = [_title(provenance, run.run) for run in changes if not run.same and not run.accuracy_direction]
    if unclear:
        sentences.append(f"Accuracy does not differ significantly for {listing(unclear)}.")
    if same:
        sentences.append(f"All predictions are identical for {listing(same)}.")
    return sentences


def _added_and_removed(before: SitePredictions, after: SitePredictions, old: Provenance, new: Provenance) -> list[str]:
    sentences = []
    for verbs, one, other, record in (
        (("is new", "are new"), after, before, new),
        (("was removed", "were removed"), before, after, old),
    ):
        runs = [_title(record, run) for run in one.probabilities if run not in other.probabilities]
        if runs:
            sentences.append(f"{listing(runs)} {verbs[len(runs) > 1]}.")
    return sentences


def _changed_properties(properties: Sequence[Fact], settings: int) -> str:
    changed = [fact.name.lower() for fact in properties if not fact.same]
    changed += [quantity(settings, "setting")] if settings else []
    if not changed:
        return "Data, settings, code and stored results are the same."
    return f"Changed: {listing(changed)}."
