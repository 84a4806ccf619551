"""Maps of feature space, in two and in three dimensions, of all runs in one figure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from svhnlab.analysis.embedding import align
from svhnlab.displays.base import Display, Runs, as_runs, check_names
from svhnlab.displays.names import LEVEL, short_names
from svhnlab.displays.style import SMALL, TITLE, WIDTH, Theme, ThemeName, class_colours, class_marks, halo
from svhnlab.displays.text import count, listing, number, percent, quantity
from svhnlab.results import Embedding, MapScores, RunResult
from svhnlab.scripts import script_json

# Words, elevation and azimuth in degrees.
VIEWS = (("From the front", 18, 35), ("Turned by 90°", 18, 125))
HEAD = 0.2  # inches above the flat maps, for the legend
TITLES = 0.65  # inches above each flat map, for its title and scores
FEW = 10  # classes whose short names can stand large on a map
LONGEST_NAME = 14
#: Style of a class's sample of colour beside its name, by Plotly's word for its mark.
SHAPES = {"circle": "", "square": "; border-radius: 0", "diamond": "; border-radius: 0; transform: rotate(45deg)"}
STEPS = 9_999  # coordinates on a page are whole numbers of this many steps from the centre to the outermost point


class _EmbeddingMaps(Display):
    """What flat and spatial maps have in common.

    The maps of all runs show the same images and are turned and mirrored to lie on the first, at one scale, so that an
    image can be followed from model to model.
    """

    which: ClassVar[Literal["planar", "spatial"]]
    instructions: ClassVar[str]

    def __init__(self, runs: Runs, class_names: Sequence[str]) -> None:
        """Take the maps of some runs; runs whose maps are not made are left out.

        Parameters
        ----------
        runs
            Runs of one study.
        class_names
            Name of each class.

        Raises
        ------
        ValueError
            If no run has a map, or the maps show different images.
        """
        found = mapped_runs(runs)
        self.runs = [run for run, _ in found]
        first = found[0][1]
        self.rows = first.rows
        if any(not np.array_equal(embedding.rows, self.rows) for _, embedding in found):
            raise ValueError("the maps of these runs show different images")
        self.class_names = check_names(class_names, self.runs[0].test.logits.shape[1])
        self.on_map = short_names(self.class_names, LONGEST_NAME)
        self.labels = self.runs[0].test.labels[self.rows]
        self.total = len(self.runs[0].test.labels)
        self.predicted = {run.name: run.test.predicted[self.rows] for run in self.runs}
        self.wrong = {run.name: run.test.wrong[self.rows] for run in self.runs}
        self.scores: dict[str, MapScores] = {run.name: embedding.scores[self.which] for run, embedding in found}
        self.coordinates = align({run.name: getattr(maps, self.which) for run, maps in found}, self.runs[0].name)

    @property
    def large_names(self) -> bool:
        """Whether the names of the classes are few and short enough to stand large on the maps."""
        return len(self.class_names) <= FEW and max(map(len, self.class_names)) <= LEVEL

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return 2 if self.which == "planar" else 3

    @property
    def spans(self) -> NDArray[np.float64]:
        """Largest distance of a point from the centre along each axis, over all maps."""
        return np.max([np.abs(points).max(axis=0) for points in self.coordinates.values()], axis=0)

    def centres(self, name: str) -> dict[int, NDArray[np.float64]]:
        """Median position of the right images of each class; of all its images where none is right."""
        centres = {}
        for k in np.unique(self.labels):
            own = (self.labels == k) & ~self.wrong[name]
            own = own if own.any() else self.labels == k
            centres[int(k)] = np.median(self.coordinates[name][own], axis=0)
        return centres

    def score_lines(self, name: str) -> tuple[str, str]:
        """Say in two lines how far a run's map can be trusted."""
        scores = self.scores[name]
        return (
            f"Trustworthiness {number(scores.trustworthiness)}  ·  KL divergence {number(scores.kl_divergence, 2)}  ·  "
            f"silhouette {number(mean_silhouette(scores), 2)}",
            f"Of {quantity(scores.neighbours, 'neighbour')} kept {percent(scores.neighbour_preservation, 0)}, "
            f"with another start {percent(scores.seed_overlap, 0)}  ·  "
            f"{quantity(int(self.wrong[name].sum()), 'error')}",
        )

    @property
    def alt(self) -> str:
        """Text alternative with the scores and the number of errors of every map."""
        parts = [
            f"{run.title}: {count(int(self.wrong[run.name].sum()))} misclassified images, trustworthiness "
            f"{number(self.scores[run.name].trustworthiness)}, mean silhouette "
            f"{number(mean_silhouette(self.scores[run.name]), 2)}"
            for run in self.runs
        ]
        return (
            f"t-SNE maps of {count(len(self.rows))} of {count(self.total)} test images in {self.dimensions} "
            f"dimensions, coloured by true class, errors marked by crosses. {'. '.join(parts)}."
        )

    def frame(self) -> pd.DataFrame:
        """Coordinates on the aligned maps, classes and confidence, one row for each run and point."""
        names = np.asarray(self.class_names)
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "run": run.name,
                        "row": self.rows,
                        **{axis: self.coordinates[run.name][:, i] for i, axis in enumerate("xyz"[: self.dimensions])},
                        "true": names[self.labels],
                        "predicted": names[self.predicted[run.name]],
                        "confidence": run.test.confidence[self.rows],
                        "wrong": self.wrong[run.name],
                    }
                )
                for run in self.runs
            ],
            ignore_index=True,
        )

    def payload(self) -> dict[str, Any]:
        """Return what the page's script draws from, as compact as it goes: whole numbers, shared between the runs."""
        reach = self.spans.max() or 1.0
        steps = {name: np.rint(points / reach * STEPS).astype(int) for name, points in self.coordinates.items()}
        runs = []
        for run in self.runs:
            scores, centres = self.scores[run.name], self.centres(run.name)
            near = quantity(scores.neighbours, "neighbour")
            runs.append(
                {
                    "points": steps[run.name].T.tolist(),
                    "centres": [
                        np.rint(centres[k] / reach * STEPS).astype(int).tolist() if k in centres else None
                        for k in range(len(self.class_names))
                    ],
                    "predicted": self.predicted[run.name].tolist(),
                    "confidence": np.rint(1000 * run.test.confidence[self.rows]).astype(int).tolist(),
                    "scores": [
                        ["Trustworthiness", number(scores.trustworthiness)],
                        [f"Of {near} kept", percent(scores.neighbour_preservation)],
                        ["Kept with another start", percent(scores.seed_overlap)],
                        ["KL divergence", number(scores.kl_divergence, 2)],
                        ["Errors on the map", f"{int(self.wrong[run.name].sum()):,} of {len(self.rows):,}"],
                    ],
                    "silhouette": ["Silhouette, mean of classes", number(mean_silhouette(scores), 2)],
                    "silhouettes": [
                        [f"Silhouette of class {name}", number(value, 2)]
                        for name, value in zip(self.class_names, scores.silhouette, strict=True)
                    ],
                }
            )
        return {
            "dimensions": self.dimensions,
            "reach": STEPS,
            "spans": np.rint(self.spans / reach * STEPS).astype(int).tolist(),
            "names": self.class_names,
            "colours": class_colours(len(self.class_names)),
            "symbols": [symbol for _, symbol in class_marks(len(self.class_names))],
            "onMap": self.on_map,
            "nameSize": 20 if self.large_names else 13,
            "rows": self.rows.tolist(),
            "labels": self.labels.tolist(),
            "runs": runs,
        }

    def _html_part(self, paths: Mapping[ThemeName, Path], alt: str) -> str:
        name = paths["light"].stem.removesuffix("-light")
        models = [
            f'<label><input type="radio" name="{name}-model" value="{i}"{" checked" if i == 0 else ""}>'
            f"<span>{escape(run.title)}</span></label>"
            for i, run in enumerate(self.runs)
        ]
        classes = [f'<label><input type="radio" name="{name}-class" value="-1" checked><span>All</span></label>'] + [
            f'<label><input type="radio" name="{name}-class" value="{k}">'
            f'<span><i style="background: {colour}{SHAPES[mark]}"></i>{escape(label)}</span></label>'
            for k, (label, colour, (_, mark)) in enumerate(
                zip(
                    self.class_names,
                    class_colours(len(self.class_names)),
                    class_marks(len(self.class_names)),
                    strict=True,
                )
            )
        ]
        script = files("svhnlab.displays").joinpath("maps.js").read_text(encoding="utf-8")
        return (
            f":::: {{#{name}-static .static-twin}}\n"
            f"{super()._html_part(paths, alt)}\n"
            "::::\n\n"
            "```{=html}\n"
            f'<div id="{name}" class="feature-maps" hidden>\n'
            f'<fieldset class="map-models"><legend>Model</legend>{"".join(models)}</fieldset>\n'
            f'<fieldset class="map-classes"><legend>True class</legend>{"".join(classes)}</fieldset>\n'
            '<div class="map-bar"><label class="map-errors"><input type="checkbox"> Errors (crosses) alone</label>'
            '<span class="map-buttons"><button type="button" class="map-closer" aria-label="Zoom in">+</button>'
            '<button type="button" class="map-farther" aria-label="Zoom out">−</button>'
            '<button type="button" class="map-reset">Reset view</button>'
            '<button type="button" class="map-enlarge" hidden>Enlarge</button></span></div>\n'
            f'<div class="map-plot" role="group" tabindex="0" aria-label="{escape(self.alt)} {self.instructions}">'
            '<div class="map-tip" hidden><div></div><p></p></div></div>\n'
            '<dl class="map-scores" aria-live="polite"></dl>\n'
            f'<p class="map-help">{self.instructions}</p>\n'
            "</div>\n"
            f'<script type="application/json" id="{name}-data">{script_json(self.payload())}</script>\n'
            f"<script>\n{script.strip()}\nsvhnlabMaps({json.dumps(name)});\n</script>\n"
            "```"
        )

    def _legend(self, figure: Figure | SubFigure, theme: Theme) -> None:
        handles = [
            Line2D([], [], linestyle="none", marker="o", markersize=4, color=theme.muted, label="right"),
            Line2D([], [], linestyle="none", marker="x", markersize=5, color=theme.text, label="wrong"),
        ]
        figure.legend(handles=handles, loc="upper right", ncols=2, borderaxespad=0, columnspacing=1.0)


class EmbeddingMaps2D(_EmbeddingMaps):
    """The flat maps: side by side on paper, one at a time on a page."""

    which = "planar"
    layout = None
    instructions = "Drag or use the arrow keys to move, + and − to zoom; hover a point for its image, click for more."

    @classmethod
    def from_results(cls, runs: Runs, class_names: Sequence[str]) -> EmbeddingMaps2D:
        """Make the display from runs; ``ValueError`` when none has a map."""
        return cls(runs, class_names)

    @property
    def panel(self) -> float:
        """Height of a panel in inches, as wide as half a page: lower where the maps are."""
        across, up = self.spans
        return 0.49 * WIDTH * min(1.0, up / across) if across else 0.49 * WIDTH

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        lines = -(-len(self.runs) // 2)
        return WIDTH, HEAD + lines * (TITLES + self.panel)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a panel for each run: points, then errors, then the names of the classes at their centres."""
        height = self.size[1]
        across, up = 1.03 * self.spans
        for i, run in enumerate(self.runs):
            left, top = 0.51 * (i % 2), height - HEAD - (TITLES + self.panel) * (i // 2)
            # Placed by hand: all panels have one size and one scale.
            ax = figure.add_axes((left, (top - TITLES - self.panel) / height, 0.49, self.panel / height))
            self._draw_map(ax, run, theme)
            ax.set(xlim=(-across, across), ylim=(-up, up))
            ax.set_aspect("equal")
            ax.set_axis_off()
            words = (run.title, *self.score_lines(run.name))
            for text, below, size, colour in zip(
                words, (0.18, 0.37, 0.52), (TITLE, SMALL, SMALL), (theme.text, theme.muted, theme.muted), strict=True
            ):
                weight = "bold" if size == TITLE else "normal"
                figure.text(left, (top - below) / height, text, fontsize=size, color=colour, weight=weight)
        self._legend(figure, theme)

    def _draw_map(self, ax: Axes, run: RunResult, theme: Theme) -> None:
        colours = np.asarray(class_colours(len(self.class_names)))
        points, wrong = self.coordinates[run.name], self.wrong[run.name]
        colour = colours[self.labels]
        (x, y), (wrong_x, wrong_y) = points[~wrong].T, points[wrong].T
        for mark, own in _by_mark(self.labels[~wrong], len(self.class_names)):
            ax.scatter(
                x[own], y[own], s=6, c=colour[~wrong][own], marker=mark, alpha=0.85, linewidths=0, rasterized=True
            )
        # A rim in the colour of the page keeps crosses apart from the points below.
        ax.scatter(wrong_x, wrong_y, s=18, c=theme.page, marker="x", linewidths=2.0, rasterized=True)
        ax.scatter(wrong_x, wrong_y, s=14, c=colour[wrong], marker="x", linewidths=1.1, rasterized=True)
        for k, centre in self.centres(run.name).items():
            ax.annotate(
                self.on_map[k],
                (centre[0], centre[1]),
                ha="center",
                va="center",
                fontsize=TITLE + 2 if self.large_names else SMALL,
                fontweight="bold",
                color=theme.text,
                path_effects=halo(theme, 3.0),
            )


class EmbeddingMaps3D(_EmbeddingMaps):
    """The spatial maps: to be turned on a page, one of them from two sides on paper."""

    which = "spatial"
    layout = None
    instructions = "Drag or use the arrow keys to turn, + and − to zoom; hover a point for its image, click for more."

    def __init__(self, runs: Runs, class_names: Sequence[str], printed: str | None = None) -> None:
        """Take the maps of some runs; runs whose maps are not made are left out.

        Parameters
        ----------
        runs
            Runs of one study.
        class_names
            Name of each class.
        printed
            Name of the run that the picture shows; the last run when not given.

        Raises
        ------
        ValueError
            If no run has a map, if the maps show different images, or if the named run is not among them.
        """
        super().__init__(runs, class_names)
        self.printed = self.runs[-1].name if printed is None else printed
        if self.printed not in self.coordinates:
            raise ValueError(f"{self.printed} is not among the runs with a map: {listing(list(self.coordinates))}")

    @classmethod
    def from_results(cls, runs: Runs, class_names: Sequence[str], printed: str | None = None) -> EmbeddingMaps3D:
        """Make the display from runs; ``ValueError`` when none has a map."""
        return cls(runs, class_names, printed)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 4.6

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw the map of one run from two sides."""
        colours = np.asarray(class_colours(len(self.class_names)))
        points, wrong = self.coordinates[self.printed], self.wrong[self.printed]
        reach = np.abs(points).max()
        for i, (words, elevation, azimuth) in enumerate(VIEWS):
            # Placed by hand: a layout engine leaves room for the ticks that are not there.
            ax: Any = figure.add_axes((i / len(VIEWS), 0.0, 1 / len(VIEWS), 0.84), projection="3d")
            right = np.flatnonzero(~wrong)
            groups = [(right[own], mark) for mark, own in _by_mark(self.labels[right], len(self.class_names))]
            for shown, marker in [*groups, (np.flatnonzero(wrong), "x")]:
                cross = marker == "x"
                ax.scatter(
                    *points[shown].T,
                    s=18 if cross else 6,
                    c=colours[self.labels[shown]],
                    marker=marker,
                    linewidths=1.2 if cross else 0,
                    alpha=1 if cross else 0.75,
                    depthshade=False,
                    rasterized=True,
                )
            for k, centre in self.centres(self.printed).items():
                ax.text(
                    *centre,
                    self.on_map[k],
                    ha="center",
                    va="center",
                    fontsize=TITLE + 1 if self.large_names else SMALL,
                    fontweight="bold",
                    color=theme.text,
                    path_effects=halo(theme, 3.0),
                    zorder=10,
                )
            ax.view_init(elevation, azimuth)
            ax.set(xlim=(-reach, reach), ylim=(-reach, reach), zlim=(-reach, reach))
            ax.set_box_aspect((1, 1, 1), zoom=1.6)
            ax.set_axis_off()
            figure.text((i + 0.5) / len(VIEWS), 0.02, words, ha="center", fontsize=SMALL, color=theme.muted)
        title = next(run.title for run in self.runs if run.name == self.printed)
        figure.text(0.01, 0.955, title, fontsize=TITLE, fontweight="bold", color=theme.text)
        for line, height in zip(self.score_lines(self.printed), (0.915, 0.88), strict=True):
            figure.text(0.01, height, line, fontsize=SMALL, color=theme.muted)
        self._legend(figure, theme)


def _by_mark(labels: NDArray[np.int64], n_classes: int) -> list[tuple[str, NDArray[np.bool_]]]:
    """Marks in matplotlib's words, each with the points whose class has it; a mark without a class is left out."""
    marks = np.array([mark for mark, _ in class_marks(n_classes)])
    return [(str(mark), marks[labels] == mark) for mark in dict.fromkeys(marks)]


def mapped_runs(runs: Runs) -> list[tuple[RunResult, Embedding]]:
    """Return the runs that have maps, with their maps; ``ValueError`` when none has."""
    found = [(run, run.embedding) for run in as_runs(runs) if run.embedding is not None]
    if not found:
        raise ValueError("none of these runs has a map of its features")
    return found


def mean_silhouette(scores: MapScores) -> float:
    """Mean over the classes that have points; NaN where no class has a silhouette."""
    known = [value for value in scores.silhouette if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
