"""Base class of the maps in two and three dimensions, and their interactive version on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from svhnlab.analysis.map_alignment import align
from svhnlab.printable import isolated
from svhnlab.report.core.display import Display
from svhnlab.report.core.many_classes import MOST_ROWS
from svhnlab.report.core.names import ROTATE_ABOVE, short_names
from svhnlab.report.core.select import known_only, runs_of
from svhnlab.report.core.style import Theme, ThemeName, class_colours, class_marks
from svhnlab.report.core.text import count, number, percent, quantity
from svhnlab.report.core.words import range_over_models
from svhnlab.store.schema import Embedding, MapScores, RunResult, Study
from svhnlab.web.resources import script_json

MANY = 30  # number of classes up to which all are named on a map
FEW = 10  # maximum number of classes with large names on a map
LONGEST_NAME = 14


@dataclass(frozen=True)
class FeatureMap:
    """The map of the test features of one run, with the predictions for its M images.

    Attributes
    ----------
    name, title
        Name of the run, and its title for readers.
    points
        Coordinates, rotated and mirrored to match the first map of the figure, shape (M, 2) or (M, 3).
    predicted, confidence, wrong
        Predicted class, its probability, and whether it differs from the true class, shape (M,).
    scores
        Quality of the map.
    """

    name: str
    title: str
    points: NDArray[np.float64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float64]
    wrong: NDArray[np.bool_]
    scores: MapScores

    @property
    def score_lines(self) -> tuple[str, str]:
        """Two lines with the quality of the map and the number of errors on it."""
        scores = self.scores
        return (
            f"Trustworthiness {number(scores.trustworthiness)}  ·  KL divergence {number(scores.kl_divergence, 2)}  ·  "
            f"silhouette {number(scores.mean_silhouette, 2)}",
            f"Kept {percent(scores.neighbour_preservation, 0)} of {quantity(scores.neighbours, 'neighbour')}  ·  "
            f"restart {percent(scores.seed_overlap, 0)}  ·  "
            f"{quantity(int(self.wrong.sum()), 'error')}",
        )


@dataclass(frozen=True)
class EmbeddingMaps(Display):
    """Maps of several runs, which show the same M images on a common scale.

    Attributes
    ----------
    maps
        One map for each run.
    images
        Number of each image, which is its position in its file, shape (M,).
    labels
        True class of each image, shape (M,).
    total
        Number of all test images.
    class_names
        Name of each class.
    """

    maps: tuple[FeatureMap, ...]
    images: NDArray[np.int64]
    labels: NDArray[np.int64]
    total: int
    class_names: tuple[str, ...]

    which: ClassVar[Literal["planar", "spatial"]]
    instructions: ClassVar[str]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> Self:
        """Select the maps of the named configurations (by default all trained ones).

        Configurations without a map are omitted.

        Raises
        ------
        NotComputed
            If a named configuration is not trained, or none of them has a map.
        ValueError
            If the maps show different images.
        """
        runs = mapped_runs(study, *configurations)
        rows = runs[0][1].rows
        if any(not np.array_equal(embedding.rows, rows) for _, embedding in runs):
            raise ValueError("the maps of these runs show different images")
        points = align({run.name: getattr(embedding, cls.which) for run, embedding in runs}, runs[0][0].name)
        maps = tuple(
            FeatureMap(
                run.name,
                run.title,
                points[run.name],
                run.test.predicted[rows],
                run.test.confidence[rows],
                run.test.wrong[rows],
                embedding.scores[cls.which],
            )
            for run, embedding in runs
        )
        data = study.data
        return cls(maps, data.indices["test"][rows], data.test_labels[rows], len(data.test_labels), study.class_names)

    @property
    def short_class_names(self) -> list[str]:
        """Name of each class for use on a map."""
        return short_names(self.class_names, LONGEST_NAME)

    @property
    def large_names(self) -> bool:
        """Whether the names of the classes are few and short enough to be large on the maps."""
        return len(self.class_names) <= FEW and max(map(len, self.class_names)) <= ROTATE_ABOVE

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return 2 if self.which == "planar" else 3

    @property
    def spans(self) -> NDArray[np.float64]:
        """Largest distance of a point from the centre along each axis, over all maps."""
        return np.max([np.abs(one.points).max(axis=0) for one in self.maps], axis=0)

    def centres(self, one: FeatureMap) -> dict[int, NDArray[np.float64]]:
        """Median position of the correctly classified images of each class, or of all its images if there are none."""
        centres = {}
        for k in np.unique(self.labels):
            members = self.labels == k
            correct = members & ~one.wrong
            centres[int(k)] = np.median(one.points[correct if correct.any() else members], axis=0)
        return centres

    @property
    def alt(self) -> str:
        """The number of images, and the ranges of the scores."""
        trust, silhouettes = (
            range_over_models([getattr(one.scores, name) for one in self.maps], number)
            for name in ("trustworthiness", "mean_silhouette")
        )
        return (
            f"t-SNE maps of {count(len(self.images))} of {count(self.total)} test images in {self.dimensions} "
            f"dimensions, coloured by true class, with crosses for errors; trustworthiness {trust}, mean silhouette "
            f"{silhouettes}."
        )

    def frame(self) -> pd.DataFrame:
        """Coordinates on the aligned maps, classes and confidence, one row for each run and image."""
        names = np.asarray(self.class_names)
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "run": one.name,
                        "image": self.images,
                        **{axis: one.points[:, i] for i, axis in enumerate("xyz"[: self.dimensions])},
                        "true": names[self.labels],
                        "predicted": names[one.predicted],
                        "confidence": one.confidence,
                        "wrong": one.wrong,
                    }
                )
                for one in self.maps
            ],
            ignore_index=True,
        )

    def _html_part(self, paths: Mapping[ThemeName, Path], alt: str) -> str:
        name = paths["light"].stem.removesuffix("-light")
        static = super()._html_part(paths, alt)
        return f":::: {{#{name}-static .static-twin}}\n{static}\n::::\n\n{page_part(self, name)}"

    @property
    def legend_corner(self) -> tuple[Literal["upper left", "upper right"], tuple[float, float]]:
        """A corner of the legend, and its place in shares of the figure: by default the top right."""
        return "upper right", (1, 1)

    def legend(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Add the legend of the marks to a figure."""
        handles = [
            Line2D([], [], linestyle="none", marker="o", markersize=4, color=theme.muted, label="correct"),
            Line2D([], [], linestyle="none", marker="x", markersize=5, color=theme.text, label="misclassified"),
        ]
        corner, place = self.legend_corner
        figure.legend(handles=handles, loc=corner, bbox_to_anchor=place, ncols=2, borderaxespad=0, columnspacing=1.0)


def by_mark(labels: NDArray[np.int64], n_classes: int) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return matplotlib's markers that the classes of some points use, each with a mask of its points."""
    marks = np.array([mark for mark, _ in class_marks(n_classes)])
    return [(str(mark), marks[labels] == mark) for mark in dict.fromkeys(marks)]


def mapped_runs(study: Study, *configurations: str) -> list[tuple[RunResult, Embedding]]:
    """Return the runs of the named configurations (by default all trained ones) that have maps.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or none of them has a map.
    """
    return known_only(
        ((run, run.embedding) for run in runs_of(study, *configurations)),
        "features of the test images",
        "maps of the features",
    )


#: Style of a class's colour sample beside its name, by the name of its mark in Plotly.
SHAPES = {"circle": "", "square": "; border-radius: 0", "diamond": "; border-radius: 0; transform: rotate(45deg)"}
#: How to reach the points, for readers.
KEYS = (
    "Hover over a point to see its image, click to open its card; on a touch screen, tap once and twice. "
    "N and P step through the points, and Enter opens the card."
)
STEPS = 9_999  # from the centre to the outermost point; coordinates on a page are integer numbers of steps


def page_part(maps: EmbeddingMaps, name: str) -> str:
    """Return a raw HTML block for Markdown that shows one map at a time, with controls to choose and move it.

    Parameters
    ----------
    maps
        The display.
    name
        Stem of its pictures, unique on the page. The static pictures for pages without scripts are in a division with
        this name and the suffix ``-static``.
    """
    models = [
        f'<label><input type="radio" name="{name}-model" value="{i}"{" checked" if i == 0 else ""}>'
        f"<span>{escape(one.title)}</span></label>"
        for i, one in enumerate(maps.maps)
    ]
    if len(maps.class_names) > MOST_ROWS:
        options = "".join(f'<option value="{k}">{escape(label)}</option>' for k, label in enumerate(maps.class_names))
        choice = f'<label>True class<select><option value="-1">All</option>{options}</select></label>'
        return _page_part(maps, name, models, f'<div class="map-classes">{choice}</div>')
    classes = [f'<label><input type="radio" name="{name}-class" value="-1" checked><span>All</span></label>'] + [
        f'<label><input type="radio" name="{name}-class" value="{k}">'
        f'<span><i style="background: {colour}{SHAPES[mark]}"></i>{escape(label)}</span></label>'
        for k, (label, colour, (_, mark)) in enumerate(
            zip(
                maps.class_names,
                class_colours(len(maps.class_names)),
                class_marks(len(maps.class_names)),
                strict=True,
            )
        )
    ]
    choice = f'<fieldset class="map-classes"><legend>True class</legend>{"".join(classes)}</fieldset>'
    return _page_part(maps, name, models, choice)


def _page_part(maps: EmbeddingMaps, name: str, models: Sequence[str], classes: str) -> str:
    """Return the block of `page_part` with the inputs for the models, and HTML for the choice of the class."""
    return (
        "```{=html}\n"
        f'<div id="{name}" class="feature-maps page-tool" hidden>\n'
        f'<fieldset class="map-models"><legend>Model</legend>{"".join(models)}</fieldset>\n'
        f"{classes}\n"
        '<div class="map-bar"><label class="map-errors"><input type="checkbox"> Errors (crosses) only</label>'
        '<span class="map-buttons"><button type="button" class="map-closer" aria-label="Zoom in">+</button>'
        '<button type="button" class="map-farther" aria-label="Zoom out">−</button>'
        '<button type="button" class="map-reset">Reset view</button>'
        '<button type="button" class="map-enlarge" hidden>Enlarge</button></span></div>\n'
        f'<div class="map-plot" role="application" tabindex="0" aria-label="Map" aria-describedby="{name}-help">'
        '<div class="map-ring" hidden></div><div class="map-tip" hidden><div></div><p></p></div></div>\n'
        '<p class="map-status evidence-hidden" role="status"></p>\n'
        '<dl class="map-scores" aria-live="polite"></dl>\n'
        f'<p class="tool-help" id="{name}-help">{maps.instructions} {KEYS}</p>\n'
        '<details class="map-points"><summary></summary></details>\n'
        "</div>\n"
        f'<script type="application/json" id="{name}-data">{script_json(payload(maps))}</script>\n'
        "```"
    )


def payload(maps: EmbeddingMaps) -> dict[str, Any]:
    """Return the data of the page's script in compact form: coordinates are integers."""
    reach = maps.spans.max() or 1.0

    def steps(coordinates: NDArray[np.float64]) -> list[Any]:
        whole: list[Any] = np.rint(coordinates / reach * STEPS).astype(int).tolist()
        return whole

    runs = []
    for one in maps.maps:
        scores, centres = one.scores, spread_out(maps.centres(one), *maps.spans[:2])
        runs.append(
            {
                "points": steps(one.points.T),
                "centres": [steps(centres[k]) if k in centres else None for k in range(len(maps.class_names))],
                "predicted": one.predicted.tolist(),
                "confidence": np.rint(1000 * one.confidence).astype(int).tolist(),
                "scores": [
                    ["Trustworthiness", number(scores.trustworthiness)],
                    [f"Kept, of {quantity(scores.neighbours, 'neighbour')}", percent(scores.neighbour_preservation)],
                    ["Restart", percent(scores.seed_overlap)],
                    ["KL divergence", number(scores.kl_divergence, 2)],
                    ["Errors on the map", f"{count(int(one.wrong.sum()))} of {count(len(maps.images))}"],
                ],
                "silhouette": ["Silhouette, mean of classes", number(scores.mean_silhouette, 2)],
                "silhouettes": [
                    [f"Silhouette of class {name}", number(value, 2)]
                    for name, value in zip(maps.class_names, scores.silhouette, strict=True)
                ],
            }
        )
    return {
        "dimensions": maps.dimensions,
        "reach": STEPS,
        "spans": steps(maps.spans),
        "names": [isolated(name) for name in maps.class_names],
        "colours": class_colours(len(maps.class_names)),
        "symbols": [symbol for _, symbol in class_marks(len(maps.class_names))],
        "onMap": maps.short_class_names,
        "nameSize": 20 if maps.large_names else 13,
        "rows": maps.images.tolist(),
        "labels": maps.labels.tolist(),
        "runs": runs,
    }


def spread_out(centres: Mapping[int, NDArray[np.float64]], across: float, up: float) -> dict[int, NDArray[np.float64]]:
    """Return the centres of all classes, or of many those whose names do not lie over each other.

    Parameters
    ----------
    centres
        By class; the first ones are kept.
    across, up
        Largest distance of a point from the centre of the map along each axis.

    Examples
    --------
    >>> centres = {k: np.array([k % 10, k // 10]) * 0.1 for k in range(40)}
    >>> list(spread_out(centres, 1.0, 1.0))
    [0, 4, 8, 10, 14, 18, 20, 24, 28, 30, 34, 38]
    """
    if len(centres) <= MANY:
        return dict(centres)
    kept: dict[int, NDArray[np.float64]] = {}
    size = np.array([0.35 * across, 0.09 * up])  # of a name
    for k, centre in centres.items():
        if not any((np.abs(centre - other)[:2] < size).all() for other in kept.values()):
            kept[k] = centre
    return kept
