"""The maps on a page: one at a time, drawn by a script that lets them be moved and turned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from svhnlab.analysis.embedding import align
from svhnlab.report.core.display import Display
from svhnlab.report.core.names import ROTATE_ABOVE, short_names
from svhnlab.report.core.select import Runs, as_runs, check_names
from svhnlab.report.core.style import Theme, ThemeName, class_colours, class_marks
from svhnlab.report.core.text import count, number, percent, quantity
from svhnlab.store.schema import Embedding, MapScores, RunResult
from svhnlab.web.resources import script_json

if TYPE_CHECKING:
    pass

FEW = 10  # classes whose short names can stand large on a map
LONGEST_NAME = 14


class EmbeddingMaps(Display):
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
        return len(self.class_names) <= FEW and max(map(len, self.class_names)) <= ROTATE_ABOVE

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
            f"silhouette {number(scores.mean_silhouette, 2)}",
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
            f"{number(self.scores[run.name].mean_silhouette, 2)}"
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

    def _html_part(self, paths: Mapping[ThemeName, Path], alt: str) -> str:
        name = paths["light"].stem.removesuffix("-light")
        static = super()._html_part(paths, alt)
        return f":::: {{#{name}-static .static-twin}}\n{static}\n::::\n\n{page_part(self, name)}"

    def legend(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Tell dots from crosses at the top right of a figure."""
        handles = [
            Line2D([], [], linestyle="none", marker="o", markersize=4, color=theme.muted, label="right"),
            Line2D([], [], linestyle="none", marker="x", markersize=5, color=theme.text, label="wrong"),
        ]
        figure.legend(handles=handles, loc="upper right", ncols=2, borderaxespad=0, columnspacing=1.0)


def by_mark(labels: NDArray[np.int64], n_classes: int) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return the marks that are used, in matplotlib's words, each with the points whose class has it."""
    marks = np.array([mark for mark, _ in class_marks(n_classes)])
    return [(str(mark), marks[labels] == mark) for mark in dict.fromkeys(marks)]


def mapped_runs(runs: Runs) -> list[tuple[RunResult, Embedding]]:
    """Return the runs that have maps, with their maps; ``ValueError`` when none has."""
    found = [(run, run.embedding) for run in as_runs(runs) if run.embedding is not None]
    if not found:
        raise ValueError("none of these runs has a map of its features")
    return found


#: Style of a class's sample of colour beside its name, by Plotly's word for its mark.
SHAPES = {"circle": "", "square": "; border-radius: 0", "diamond": "; border-radius: 0; transform: rotate(45deg)"}
STEPS = 9_999  # coordinates on a page are whole numbers of this many steps from the centre to the outermost point


def page_part(maps: EmbeddingMaps, name: str) -> str:
    """Return the maps one at a time to be chosen, moved and turned, as Markdown with raw HTML.

    Parameters
    ----------
    maps
        The display.
    name
        Stem of its pictures, unique on the page. What stands in for the maps without scripts is to be a division
        named after it, with ``-static`` at the end.
    """
    models = [
        f'<label><input type="radio" name="{name}-model" value="{i}"{" checked" if i == 0 else ""}>'
        f"<span>{escape(run.title)}</span></label>"
        for i, run in enumerate(maps.runs)
    ]
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
    return (
        "```{=html}\n"
        f'<div id="{name}" class="feature-maps" hidden>\n'
        f'<fieldset class="map-models"><legend>Model</legend>{"".join(models)}</fieldset>\n'
        f'<fieldset class="map-classes"><legend>True class</legend>{"".join(classes)}</fieldset>\n'
        '<div class="map-bar"><label class="map-errors"><input type="checkbox"> Errors (crosses) alone</label>'
        '<span class="map-buttons"><button type="button" class="map-closer" aria-label="Zoom in">+</button>'
        '<button type="button" class="map-farther" aria-label="Zoom out">−</button>'
        '<button type="button" class="map-reset">Reset view</button>'
        '<button type="button" class="map-enlarge" hidden>Enlarge</button></span></div>\n'
        f'<div class="map-plot" role="group" tabindex="0" aria-label="{escape(maps.alt)} {maps.instructions}">'
        '<div class="map-tip" hidden><div></div><p></p></div></div>\n'
        '<dl class="map-scores" aria-live="polite"></dl>\n'
        f'<p class="map-help">{maps.instructions}</p>\n'
        "</div>\n"
        f'<script type="application/json" id="{name}-data">{script_json(payload(maps))}</script>\n'
        "```"
    )


def payload(maps: EmbeddingMaps) -> dict[str, Any]:
    """Return what the page's script draws from, as compact as it goes: whole numbers, shared between the runs."""
    reach = maps.spans.max() or 1.0
    steps = {name: np.rint(points / reach * STEPS).astype(int) for name, points in maps.coordinates.items()}
    runs = []
    for run in maps.runs:
        scores, centres = maps.scores[run.name], maps.centres(run.name)
        near = quantity(scores.neighbours, "neighbour")
        runs.append(
            {
                "points": steps[run.name].T.tolist(),
                "centres": [
                    np.rint(centres[k] / reach * STEPS).astype(int).tolist() if k in centres else None
                    for k in range(len(maps.class_names))
                ],
                "predicted": maps.predicted[run.name].tolist(),
                "confidence": np.rint(1000 * run.test.confidence[maps.rows]).astype(int).tolist(),
                "scores": [
                    ["Trustworthiness", number(scores.trustworthiness)],
                    [f"Of {near} kept", percent(scores.neighbour_preservation)],
                    ["Kept with another start", percent(scores.seed_overlap)],
                    ["KL divergence", number(scores.kl_divergence, 2)],
                    ["Errors on the map", f"{int(maps.wrong[run.name].sum()):,} of {len(maps.rows):,}"],
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
        "spans": np.rint(maps.spans / reach * STEPS).astype(int).tolist(),
        "names": maps.class_names,
        "colours": class_colours(len(maps.class_names)),
        "symbols": [symbol for _, symbol in class_marks(len(maps.class_names))],
        "onMap": maps.on_map,
        "nameSize": 20 if maps.large_names else 13,
        "rows": maps.rows.tolist(),
        "labels": maps.labels.tolist(),
        "runs": runs,
    }
