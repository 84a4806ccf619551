"""How far the maps of feature space can be trusted: a table, and sentences that say no more than it supports."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from svhnlab.report.core.markdown import escape_markdown
from svhnlab.report.core.select import Runs, check_names
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import count, listing, number, percent, without_start
from svhnlab.report.core.words import named
from svhnlab.report.features.maps.base import mapped_runs
from svhnlab.store.schema import MapScores, RunResult

MAPS = {"planar": "2-D", "spatial": "3-D"}


class MapScoresTable(Table):
    """All scores of every map: one row for each run and map."""

    def __init__(
        self, scores: Sequence[tuple[str, str, MapScores]], class_names: Sequence[str], points: int = 0
    ) -> None:
        """Take title, "planar" or "spatial", and scores of each map, the names of the classes and the points."""
        self.scores = list(scores)
        self.class_names = check_names(class_names, len(self.scores[0][2].silhouette))
        self.points = points

    @classmethod
    def from_results(cls, runs: Runs, class_names: Sequence[str]) -> MapScoresTable:
        """Make the table from runs; ``ValueError`` when none has a map."""
        found = mapped_runs(runs)
        return cls(
            [(run.title, which, maps.scores[which]) for run, maps in found for which in MAPS],
            class_names,
            len(found[0][1].rows),
        )

    @property
    def alt(self) -> str:
        """Text with the range of every score."""
        trust, kept, again, apart = (
            [get(scores) for _, _, scores in self.scores]
            for get in (
                lambda scores: scores.trustworthiness,
                lambda scores: scores.neighbour_preservation,
                lambda scores: scores.seed_overlap,
                lambda scores: scores.mean_silhouette,
            )
        )
        return (
            f"Scores of {len(self.scores)} maps of {count(self.points)} test images: trustworthiness "
            f"{number(min(trust))} to {number(max(trust))}, neighbours kept {percent(min(kept))} to "
            f"{percent(max(kept))}, kept with another start {percent(min(again))} to {percent(max(again))}, mean "
            f"silhouette {number(min(apart), 2)} to {number(max(apart), 2)}."
        )

    def frame(self) -> pd.DataFrame:
        """Every score, unrounded, with the silhouette of each class."""
        return pd.DataFrame(
            [
                {
                    "run": title,
                    "map": MAPS[which],
                    "trustworthiness": scores.trustworthiness,
                    "neighbour_preservation": scores.neighbour_preservation,
                    "seed_overlap": scores.seed_overlap,
                    "neighbours": scores.neighbours,
                    "kl_divergence": scores.kl_divergence,
                    "silhouette": scores.mean_silhouette,
                    **{
                        f"silhouette {name}": value
                        for name, value in zip(self.class_names, scores.silhouette, strict=True)
                    },
                }
                for title, which, scores in self.scores
            ]
        )

    def cells(self) -> pd.DataFrame:
        """Rounded, with the lowest and the highest silhouette of a class in place of all ten.

        The headings are short, so that the table fits a printed page; its caption says what they mean.
        """
        return pd.DataFrame(
            [
                {
                    "Model": without_start(title),
                    "Map": MAPS[which],
                    "Trust": number(scores.trustworthiness),
                    "Kept": percent(scores.neighbour_preservation),
                    "Restart": percent(scores.seed_overlap),
                    "KL": number(scores.kl_divergence, 2),
                    "Silhouette": number(scores.mean_silhouette, 2),
                    "Lowest": self._class(scores, lowest=True),
                    "Highest": self._class(scores, lowest=False),
                }
                for title, which, scores in self.scores
            ]
        )

    def _class(self, scores: MapScores, *, lowest: bool) -> str:
        """Silhouette and name of the class where it is lowest or highest, e.g. "0.12 (8)"."""
        values = np.asarray(scores.silhouette)
        if np.isnan(values).all():
            return "–"
        k = int(np.nanargmin(values) if lowest else np.nanargmax(values))
        # adding 0.0 turns the -0.0 that rounding may leave into 0.0
        return f"{number(round(float(values[k]), 2) + 0.0, 2)} ({self.class_names[k]})"


def describe_separation(runs: Sequence[RunResult], class_names: Sequence[str]) -> str:
    """Say on whose maps the true classes lie best apart, if both maps agree, and which class lies least apart."""
    found = mapped_runs(runs)
    # As shown: no model is put before another for what rounding hides.
    silhouettes = {
        which: np.round([embedding.scores[which].mean_silhouette for _, embedding in found], 2) for which in MAPS
    }
    if any(np.isnan(values).any() for values in silhouettes.values()):
        return "The silhouette of these maps is undefined: they show images of a single class."

    def figures(i: int) -> str:
        flat, deep = (number(silhouettes[which][i], 2) for which in MAPS)
        return f"mean silhouette {flat} in two dimensions and {deep} in three"

    least, best = (
        {int(i) for which in MAPS for i in np.flatnonzero(silhouettes[which] == extreme(silhouettes[which]))}
        for extreme in (np.min, np.max)
    )
    caution = "These are figures of single maps and carry no interval."
    if len(found) == 1:
        text = f"The true classes of {named(found[0][0])} have a {figures(0)}."
    elif len(best) == 1:
        (first,) = best
        text = f"The true classes lie best apart on both maps of {named(found[first][0])} ({figures(first)})"
        if len(least) == 1:
            (last,) = least
            text += f", and least on those of {named(found[last][0])} ({figures(last)})"
        text += f". {caution}"
    else:
        values = sorted(value for which in MAPS for value in silhouettes[which])
        text = (
            "No model has the true classes best apart on both maps; the mean silhouettes go from "
            f"{number(values[0], 2)} to {number(values[-1], 2)}. {caution}"
        )
    lowest = [int(np.nanargmin(embedding.scores["planar"].silhouette)) for _, embedding in found]
    worst = [escape_markdown(class_names[k]) for k in dict.fromkeys(lowest)]
    if len(found) == 1:
        return f"{text} In two dimensions class {worst[0]} lies least apart."
    if len(worst) == 1:
        return f"{text} In two dimensions class {worst[0]} lies least apart for every model."
    return f"{text} The class that lies least apart in two dimensions depends on the model: {listing(worst, 'or')}."


def describe_neighbourhood(runs: Sequence[RunResult]) -> str:
    """Say how much of the neighbourhood in feature space is left on the maps."""
    found = mapped_runs(runs)
    scores = {which: [embedding.scores[which] for _, embedding in found] for which in MAPS}
    flat, deep = (_range([score.neighbour_preservation for score in scores[which]]) for which in MAPS)
    neighbours = scores["planar"][0].neighbours
    more = [
        after.neighbour_preservation > before.neighbour_preservation
        for before, after in zip(scores["planar"], scores["spatial"], strict=True)
    ]
    third = ""
    if all(more):
        third = " The third dimension keeps more of them" + (" for every model." if len(found) > 1 else ".")
    trust = [score.trustworthiness for which in MAPS for score in scores[which]]
    return (
        f"Of the {neighbours} images that lie nearest to an image among the features, the maps in two dimensions keep "
        f"{flat} among its {neighbours} nearest, those in three {deep}.{third} The trustworthiness is "
        f"{_span([number(value) for value in sorted(trust)])}. So points that lie together on a map need not be "
        "nearest neighbours among the features; the distances further below are measured among the features themselves."
    )


def describe_start(runs: Sequence[RunResult]) -> str:
    """Say how far a map changes when t-SNE starts elsewhere."""
    found = mapped_runs(runs)
    flat, deep = (_range([embedding.scores[which].seed_overlap for _, embedding in found]) for which in MAPS)
    embedding = found[0][1]
    neighbours = embedding.scores["planar"].neighbours
    chance = neighbours / (len(embedding.rows) - 1)
    return (
        f"When t-SNE starts from random positions in place of the principal components, an image keeps {flat} of its "
        f"{neighbours} nearest neighbours on the map in two dimensions and {deep} in three (by chance alone it would "
        f"be {percent(chance)}). What changes with the start says nothing about the features."
    )


def describe_sampling(runs: Sequence[RunResult]) -> str:
    """Say which images the maps show and with which settings they were made."""
    found = mapped_runs(runs)
    settings = found[0][1].settings
    shown = count(len(found[0][1].rows))
    return (
        f"The maps show the same {shown} test images for every model. {settings['sampling']} The features are reduced "
        f"to {settings['components']} principal components; the perplexity is {number(settings['perplexity'], 0)}."
    )


def _range(shares: Sequence[float]) -> str:
    return _span([percent(share) for share in sorted(shares)])


def _span(words: Sequence[str]) -> str:
    """Write "lowest to highest" of words in ascending order, or the word where both are the same."""
    return words[0] if words[0] == words[-1] else f"{words[0]} to {words[-1]}"
