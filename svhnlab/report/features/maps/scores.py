"""Quality of the maps of feature space: scores in a table and in sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import count, listing, number, percent, without_start
from svhnlab.report.core.words import in_sentence, range_over_models
from svhnlab.report.features.maps.base import mapped_runs
from svhnlab.store.schema import MapScores, Study

MAPS = {"planar": "2-D", "spatial": "3-D"}


@dataclass(frozen=True)
class ScoredMap:
    """The scores of one map.

    Attributes
    ----------
    title
        Title of the run.
    dimensions
        "2-D" or "3-D".
    scores
        Quality of the map.
    """

    title: str
    dimensions: str
    scores: MapScores


@dataclass(frozen=True)
class MapScoresTable(Table[ScoredMap]):
    """All scores of every map: one row for each run and map.

    Attributes
    ----------
    maps
        The maps with their scores.
    class_names
        Name of each class.
    images
        Number of images on each map.
    """

    maps: tuple[ScoredMap, ...]
    class_names: tuple[str, ...]
    images: int

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> MapScoresTable:
        """Select the maps of the named configurations (by default all); ``NotComputed`` if there is no map."""
        runs = mapped_runs(study, *configurations)
        maps = tuple(
            ScoredMap(run.title, dimensions, embedding.scores[which])
            for run, embedding in runs
            for which, dimensions in MAPS.items()
        )
        return cls(maps, study.class_names, len(runs[0][1].rows))

    @property
    def alt(self) -> str:
        """The range of every score."""
        scores = [one.scores for one in self.maps]
        return (
            f"Scores of {len(scores)} maps of {count(self.images)} test images: trustworthiness "
            f"{range_over_models([score.trustworthiness for score in scores], number)}, neighbours kept "
            f"{range_over_models([score.neighbour_preservation for score in scores])}, kept after a restart "
            f"{range_over_models([score.seed_overlap for score in scores])}, mean silhouette "
            f"{range_over_models([score.mean_silhouette for score in scores], _two_decimals)}."
        )

    def rows(self) -> Sequence[ScoredMap]:
        """Each map."""
        return self.maps

    def columns(self) -> Sequence[Column[ScoredMap]]:
        """Every score; of the silhouettes of the classes, the page has only the lowest.

        The headings are short because the table must fit a printed page; its caption explains them.
        """
        return (
            Column("run", lambda one: one.title, "Model", without_start),
            Column("map", lambda one: one.dimensions, "Map"),
            Column("trustworthiness", lambda one: one.scores.trustworthiness, "Trust", number),
            Column("neighbour_preservation", lambda one: one.scores.neighbour_preservation, "Kept", percent),
            Column("seed_overlap", lambda one: one.scores.seed_overlap, "Restart", percent),
            Column("neighbours", lambda one: one.scores.neighbours),
            Column("kl_divergence", lambda one: one.scores.kl_divergence),
            Column("silhouette", lambda one: one.scores.mean_silhouette, "Silhouette", _two_decimals),
            Column("", lambda one: self._class(one.scores, np.nanargmin), "Lowest"),
            *(self._silhouette_column(k) for k in range(len(self.class_names))),
        )

    def _silhouette_column(self, k: int) -> Column[ScoredMap]:
        return Column(f"silhouette {self.class_names[k]}", lambda one: one.scores.silhouette[k])

    def _class(self, scores: MapScores, choose: Callable[[Sequence[float]], np.intp]) -> str:
        """Silhouette and name of a class, e.g. "0.12 (8)"."""
        if np.isnan(scores.silhouette).all():
            return "–"
        k = int(choose(scores.silhouette))
        return f"{_two_decimals(scores.silhouette[k])} ({self.class_names[k]})"


def _two_decimals(value: float) -> str:
    # adding 0.0 turns the -0.0 that rounding may leave into 0.0
    return number(round(value, 2) + 0.0, 2)


def describe_separation(study: Study, *configurations: str) -> Markdown:
    """Name the model whose maps separate the classes best, if both maps agree, and the least separated class.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or none of them has a map.
    """
    runs = mapped_runs(study, *configurations)
    # Rounded as shown: models with equal rounded silhouettes are not ranked.
    silhouettes = {
        which: np.round([embedding.scores[which].mean_silhouette for _, embedding in runs], 2) for which in MAPS
    }
    if any(np.isnan(values).any() for values in silhouettes.values()):
        return Markdown(
            "The silhouette of these maps is undefined: they show images of a single class, or most images have the "
            "same features as many others."
        )

    def silhouettes_of(i: int) -> Markdown:
        planar, spatial = (number(silhouettes[which][i], 2) for which in MAPS)
        return Markdown("{} in two dimensions and {} in three").format(planar, spatial)

    worst, best = (
        {int(i) for which in MAPS for i in np.flatnonzero(silhouettes[which] == extreme(silhouettes[which]))}
        for extreme in (np.min, np.max)
    )
    names = [in_sentence(run.title) for run, _ in runs]
    parts = []
    if len(runs) == 1:
        parts.append(Markdown("On the maps of {}, the mean silhouette is {}.").format(names[0], silhouettes_of(0)))
    elif len(best) == 1:
        (first,) = best
        least = Markdown("")
        if len(worst) == 1:
            (last,) = worst
            least = Markdown(" and least on those of {} (mean silhouette {})").format(names[last], silhouettes_of(last))
        parts.append(
            Markdown("The classes are best separated on both maps of {} (mean silhouette {}){}.").format(
                names[first], silhouettes_of(first), least
            )
        )
    else:
        values = [float(value) for which in MAPS for value in silhouettes[which]]
        parts.append(
            Markdown(
                "No model separates the classes best on both maps; the mean silhouettes range from {} to {}."
            ).format(number(min(values), 2), number(max(values), 2))
        )
    if len(runs) > 1:
        parts.append(Markdown("These values describe single maps and have no interval."))
    least_separated = dict.fromkeys(
        study.class_names[int(np.nanargmin(embedding.scores["planar"].silhouette))] for _, embedding in runs
    )
    if len(least_separated) > 1:
        template = Markdown("The least separated class in two dimensions depends on the model: {}.")
    elif len(runs) > 1:
        template = Markdown("In two dimensions, class {} is the least separated for every model.")
    else:
        template = Markdown("In two dimensions, class {} is the least separated.")
    parts.append(template.format(listing(list(least_separated), "or")))
    return sentences(parts)


def describe_neighbourhood(study: Study, *configurations: str) -> Markdown:
    """State the share of the neighbours in feature space that are neighbours on the maps.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or none of them has a map.
    """
    runs = mapped_runs(study, *configurations)
    planar, spatial = ([embedding.scores[which] for _, embedding in runs] for which in MAPS)
    kept = [[score.neighbour_preservation for score in scores] for scores in (planar, spatial)]
    return Markdown(
        "Of an image’s {neighbours} nearest neighbours in feature space, {planar} are also among its {neighbours} "
        "nearest on the map in two dimensions, and {spatial} on the map in three: points that lie together on a map "
        "are not always neighbours in feature space."
    ).format(
        neighbours=planar[0].neighbours,
        planar=range_over_models(kept[0]),
        spatial=range_over_models(kept[1]),
    )


def describe_start(study: Study, *configurations: str) -> Markdown:
    """State the share of neighbours on a map that remain neighbours when t-SNE starts from random positions.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or none of them has a map.
    """
    runs = mapped_runs(study, *configurations)
    planar, spatial = (
        range_over_models([embedding.scores[which].seed_overlap for _, embedding in runs]) for which in MAPS
    )
    embedding = runs[0][1]
    neighbours = embedding.scores["planar"].neighbours
    return Markdown(
        "When t-SNE starts from random positions instead of the principal components, an image keeps {planar} of its "
        "{neighbours} nearest neighbours on the map in two dimensions and {spatial} in three ({chance} are expected by "
        "chance). Differences between two initialisations are not properties of the features."
    ).format(
        planar=planar,
        spatial=spatial,
        neighbours=neighbours,
        chance=percent(neighbours / (len(embedding.rows) - 1)),
    )


def describe_sampling(study: Study, *configurations: str) -> Markdown:
    """State which images the maps show and with which settings they were computed.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or none of them has a map.
    """
    embedding = mapped_runs(study, *configurations)[0][1]
    return Markdown(
        "The maps show the same {images} test images for every model. {sampling} The features are reduced to "
        "{components} principal components; the perplexity is {perplexity}."
    ).format(
        images=count(len(embedding.rows)),
        sampling=embedding.settings["sampling"],
        components=embedding.settings["components"],
        perplexity=number(embedding.settings["perplexity"], 0),
    )
