"""What flat and spatial maps of feature space have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from svhnlab.analysis.embedding import align
from svhnlab.displays.base import Display, Runs, as_runs, check_names
from svhnlab.displays.maps.page import page_part
from svhnlab.displays.names import LEVEL, short_names
from svhnlab.displays.style import Theme, ThemeName, class_marks
from svhnlab.displays.text import count, number, percent, quantity
from svhnlab.results import Embedding, MapScores, RunResult

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
