"""Maps of feature space, in two and in three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from svhnlab.displays.base import AxesDisplay, InteractiveDisplay
from svhnlab.displays.style import SMALL, TITLE, WIDTH, Theme, class_colours, halo
from svhnlab.displays.text import confidence, count, number
from svhnlab.results import DIGITS, Embedding, Predictions, RunResult

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Words, elevation and azimuth in degrees.
VIEWS = (("From the front", 18, 35), ("Turned by 90°", 18, 125))


class _EmbeddingMap:
    """What the flat and the spatial map have in common."""

    which: str  # key of the scores: "planar" or "spatial"

    def __init__(self, embedding: Embedding, test: Predictions, class_names: Sequence[str], title: str = "") -> None:
        """Take a map and the predictions it belongs to.

        Parameters
        ----------
        embedding
            Maps of some rows of `test`.
        test
            All test predictions of the run.
        class_names
            Name of each class.
        title
            Name of the run.
        """
        rows = embedding.rows
        self.coordinates: NDArray[np.float32] = getattr(embedding, self.which)
        self.scores = embedding.scores[self.which]
        self.settings = embedding.settings
        self.labels, self.predicted = test.labels[rows], test.predicted[rows]
        self.confidence, self.wrong = test.confidence[rows], test.wrong[rows]
        self.indices = test.indices[rows]
        self.total = len(test.labels)
        self.class_names = tuple(str(name) for name in class_names)
        self.title = title

    @property
    def score_line(self) -> str:
        """Say how far the map can be trusted, and what it shows."""
        perplexity = self.settings.get("perplexity")
        setting = "" if perplexity is None else f"perplexity {number(float(perplexity), 0)}  ·  "
        return (
            f"Trustworthiness {number(self.scores['trustworthiness'])}  ·  "
            f"KL divergence {number(self.scores['kl_divergence'], 2)}  ·  {setting}"
            f"{count(len(self.labels))} of {count(self.total)} test images, "
            f"{count(int(self.wrong.sum()))} wrong"
        )

    @property
    def alt(self) -> str:
        """Text alternative with the scores and the number of errors."""
        dimensions = self.coordinates.shape[1]
        return (
            f"t-SNE map of the test features{f' of {self.title}' if self.title else ''} in {dimensions} "
            f"dimensions: {count(len(self.labels))} of {count(self.total)} test images coloured by true "
            f"class, {count(int(self.wrong.sum()))} of them misclassified and marked by crosses. "
            f"Trustworthiness {number(self.scores['trustworthiness'])}, KL divergence "
            f"{number(self.scores['kl_divergence'], 2)}."
        )

    def frame(self) -> pd.DataFrame:
        """Coordinates, classes and confidence, one row for each point."""
        names = np.asarray(self.class_names)
        axes = {name: self.coordinates[:, i] for i, name in enumerate("xyz"[: self.coordinates.shape[1]])}
        return pd.DataFrame(
            {
                "index": self.indices,
                **axes,
                "true": names[self.labels],
                "predicted": names[self.predicted],
                "confidence": self.confidence,
                "wrong": self.wrong,
            }
        )

    def _centres(self) -> dict[int, NDArray[np.float64]]:
        """Median position of the right images of each class; of all its images where none is right."""
        centres = {}
        for k in np.unique(self.labels):
            own = (self.labels == k) & ~self.wrong
            own = own if own.any() else self.labels == k
            centres[int(k)] = np.median(self.coordinates[own], axis=0)
        return centres

    def _legend(self, place: Axes | Figure | SubFigure, theme: Theme) -> None:
        handles = [
            Line2D([], [], linestyle="none", marker="o", markersize=4, color=theme.muted, label="right"),
            Line2D([], [], linestyle="none", marker="x", markersize=5, color=theme.text, label="wrong"),
        ]
        place.legend(handles=handles, loc="upper right", ncols=2, borderaxespad=0, columnspacing=1.0)


class EmbeddingMap2D(_EmbeddingMap, AxesDisplay):
    """The flat map: colour and label for the true class, crosses for errors."""

    which = "planar"

    @classmethod
    def from_results(cls, run: RunResult, class_names: Sequence[str] = DIGITS) -> EmbeddingMap2D:
        """Make the display from a run; ``ValueError`` when the run has no map."""
        return cls(_embedding(run), run.test, class_names, run.title)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 6.2

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw points, then errors, then the names of the classes at their centres."""
        colours = np.asarray(class_colours(len(self.class_names)))
        x, y = self.coordinates.T
        right, wrong = ~self.wrong, self.wrong
        ax.scatter(
            x[right],
            y[right],
            s=11,
            c=colours[self.labels[right]],
            alpha=0.85,
            linewidths=0,
            rasterized=True,
        )
        ax.scatter(
            self.coordinates[wrong, 0],
            self.coordinates[wrong, 1],
            s=34,
            c=theme.page,
            marker="x",
            linewidths=2.6,
            rasterized=True,
        )
        ax.scatter(
            x[wrong],
            y[wrong],
            s=26,
            c=colours[self.labels[wrong]],
            marker="x",
            linewidths=1.5,
            rasterized=True,
        )
        for k, centre in self._centres().items():
            ax.annotate(
                self.class_names[k],
                (centre[0], centre[1]),
                ha="center",
                va="center",
                fontsize=TITLE + 4,
                fontweight="bold",
                color=theme.text,
                path_effects=halo(theme, 3.5),
            )
        ax.set_aspect("equal", adjustable="datalim")
        ax.margins(0.03)
        ax.set_axis_off()
        self._legend(ax, theme)
        ax.set_title(self.title, pad=20)
        ax.annotate(
            self.score_line,
            (0, 1),
            xytext=(0, 8),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=SMALL,
            color=theme.muted,
        )


class EmbeddingMap3D(_EmbeddingMap, InteractiveDisplay):
    """The spatial map: to be turned on the site, from two sides on paper."""

    which = "spatial"
    layout = None

    @classmethod
    def from_results(cls, run: RunResult, class_names: Sequence[str] = DIGITS) -> EmbeddingMap3D:
        """Make the display from a run; ``ValueError`` when the run has no map."""
        return cls(_embedding(run), run.test, class_names, run.title)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 4.5

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw the map from two sides."""
        colours = np.asarray(class_colours(len(self.class_names)))
        reach = np.abs(self.coordinates).max()
        for i, (words, elevation, azimuth) in enumerate(VIEWS):
            # Placed by hand: a layout engine leaves room for the ticks that are not there.
            ax: Any = figure.add_axes((i / len(VIEWS), 0.0, 1 / len(VIEWS), 0.86), projection="3d")
            for shown, marker, size, width in ((~self.wrong, "o", 6, 0), (self.wrong, "x", 18, 1.2)):
                points = self.coordinates[shown]
                ax.scatter(
                    *points.T,
                    s=size,
                    c=colours[self.labels[shown]],
                    marker=marker,
                    linewidths=width,
                    alpha=0.75 if marker == "o" else 1,
                    depthshade=False,
                    rasterized=True,
                )
            for k, centre in self._centres().items():
                ax.text(
                    *centre,
                    self.class_names[k],
                    ha="center",
                    va="center",
                    fontsize=TITLE + 1,
                    fontweight="bold",
                    color=theme.text,
                    path_effects=halo(theme, 3.0),
                    zorder=10,
                )
            ax.view_init(elevation, azimuth)
            ax.set(xlim=(-reach, reach), ylim=(-reach, reach), zlim=(-reach, reach))
            ax.set_box_aspect((1, 1, 1), zoom=1.75)
            ax.set_axis_off()
            figure.text((i + 0.5) / len(VIEWS), 0.02, words, ha="center", fontsize=SMALL, color=theme.muted)
        figure.text(0.01, 0.955, self.title, fontsize=TITLE, fontweight="bold", color=theme.text)
        figure.text(0.01, 0.91, self.score_line, fontsize=SMALL, color=theme.muted)
        self._legend(figure, theme)

    def interactive(self) -> go.Figure:
        """Return the map as a Plotly figure: a trace of right and one of wrong images for each class."""
        import plotly.graph_objects as go  # noqa: PLC0415 - takes a second, and only this needs it

        figure = go.Figure(layout={"template": None})
        # Hover texts of Plotly are a kind of HTML: names from outside must not be read as tags.
        names = [escape(name, quote=False) for name in self.class_names]
        colours = class_colours(len(names))
        coordinates = np.round(self.coordinates.astype(np.float64), 2)
        for wrong in (False, True):
            first = True
            for k, name in enumerate(names):
                own = np.flatnonzero((self.labels == k) & (self.wrong == wrong))
                if not len(own):
                    continue
                figure.add_scatter3d(
                    x=coordinates[own, 0].tolist(),
                    y=coordinates[own, 1].tolist(),
                    z=coordinates[own, 2].tolist(),
                    mode="markers",
                    name="Wrong" if wrong else name,
                    legendgroup="wrong" if wrong else f"class {k}",
                    showlegend=first or not wrong,
                    marker={
                        "size": 6 if wrong else 2.6,
                        "symbol": "cross" if wrong else "circle",
                        "color": colours[k],
                        "opacity": 1.0 if wrong else 0.8,
                        "line": {"width": 0},
                    },
                    text=[
                        f"Test image {self.indices[row]}<br>true {name}, "
                        f"predicted {names[self.predicted[row]]}<br>confidence {confidence(self.confidence[row])}"
                        for row in own
                    ],
                    hovertemplate="%{text}<extra></extra>",
                )
                first = False
        axis = {"visible": False, "showbackground": False, "showspikes": False}
        figure.update_layout(
            height=560,
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            scene={
                "xaxis": axis,
                "yaxis": axis,
                "zaxis": axis,
                "aspectmode": "cube",
                "dragmode": "orbit",
                "camera": {"eye": {"x": 1.0, "y": 0.75, "z": 0.4}, "up": {"x": 0, "y": 0, "z": 1}},
            },
            legend={"orientation": "h", "itemsizing": "constant", "y": 0, "yanchor": "top", "x": 0},
            paper_bgcolor="rgba(0,0,0,0)",
            uirevision="keep",
        )
        return figure

    def interactive_layout(self, theme: Theme) -> dict[str, Any]:
        """Return the colours of words and hover boxes for a theme."""
        family = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
        return {
            "font": {"color": theme.text, "family": family, "size": 13},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": theme.muted, "activecolor": theme.text},
            "hoverlabel": {
                "bgcolor": theme.page,
                "bordercolor": theme.line,
                "font": {"color": theme.text, "family": family, "size": 13},
            },
        }


def _embedding(run: RunResult) -> Embedding:
    if run.embedding is None:
        raise ValueError(f"run {run.name} has no map of its features")
    return run.embedding
