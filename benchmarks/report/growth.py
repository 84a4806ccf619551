"""How time and memory grow with the number of images."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import FuncFormatter, NullFormatter

from benchmarks.schema import Growth
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.style import WIDTH, Theme
from svhnlab.report.core.text import count, duration, number

#: Columns of the left panel and their labels.
PARTS = {
    "read_seconds": "reading",
    "split_seconds": "splitting",
    "predict_seconds": "prediction",
    "epoch_seconds": "one epoch",
}


class GrowthChart(Display):
    """Seconds of each step of the work, and memory, against the number of images; both axes logarithmic."""

    def __init__(self, growth: Growth) -> None:
        self.growth = growth

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 3.0

    @property
    def alt(self) -> str:
        """Text alternative with the smallest and the largest size."""
        parts = [
            f"{count(size.images)} images: one epoch {duration(size.epoch_seconds)}, memory "
            f"{number(size.peak_bytes / 1e9, 1)} GB"
            for size in (self.growth.sizes[0], self.growth.sizes[-1])
        ]
        return f"Seconds and memory against the number of images, both on logarithmic axes. {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Return everything that was measured, one row for each size."""
        return pd.DataFrame([size.model_dump() for size in self.growth.sizes])

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw seconds on the left and memory on the right."""
        numbers = self.frame()
        left, right = figure.subplots(1, 2)
        images = numbers["images"].to_numpy()
        for i, (column, words) in enumerate(PARTS.items()):
            colour = theme.hues[i]
            left.plot(images, numbers[column], color=colour, marker="osD^"[i], markersize=4.5)
            left.annotate(
                words, (images[-1], numbers[column].iloc[-1]), (6, 0), textcoords="offset points",
                va="center", color=colour, annotation_clip=False,
            )  # fmt: skip
        left.set_ylabel("Seconds")
        right.plot(images, numbers["peak_bytes"] / 1e9, color=theme.accent, marker="o", markersize=4.5)
        pixels = 3 * 32 * 32 * images / 1e9
        right.plot(images, pixels, color=theme.line, linestyle="--", linewidth=1)
        for words, height, colour in (
            ("peak", numbers["peak_bytes"].iloc[-1] / 1e9, theme.accent),
            ("pixels", pixels[-1], theme.muted),
        ):
            right.annotate(
                words, (images[-1], height), (6, 0), textcoords="offset points",
                va="center", color=colour, annotation_clip=False,
            )  # fmt: skip
        right.set_ylabel("Memory, GB")
        for ax in (left, right):
            _logarithmic(ax, images)


def _logarithmic(ax: Axes, images: np.ndarray) -> None:
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("Images")
    ax.set_xticks(images, [f"{value / 1000:.0f}k" if value >= 1000 else str(value) for value in images])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(axis="x", which="minor", length=0)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_xlim(images[0] / 1.3, images[-1] * (images[-1] / images[0]) ** 0.35 * 1.3)  # room for the names


def growth_table(growth: Growth) -> pd.DataFrame:
    """List the cost of each number of images."""
    sizes = growth.sizes
    return pd.DataFrame(
        {
            "Images": [count(size.images) for size in sizes],
            "File": [f"{number(size.file_bytes / 1e6, 0)} MB" for size in sizes],
            "Reading": [_short(size.read_seconds) for size in sizes],
            "Splitting": [_short(size.split_seconds) for size in sizes],
            "One epoch": [_short(size.epoch_seconds) for size in sizes],
            "Prediction": [_short(size.predict_seconds) for size in sizes],
            "Peak memory": [f"{number(size.peak_bytes / 1e6, 0)} MB" for size in sizes],
        }
    )


def _short(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else duration(seconds)


def describe_growth(growth: Growth) -> Markdown:
    """State what was extrapolated, and which sizes were left out."""
    last = growth.sizes[-1]
    parts = [
        Markdown(
            "Reading and splitting are measured on the whole file. An epoch of `{}` and the prediction are "
            "extrapolated from at most {} and {} images. Files are uncompressed."
        ).format(Markdown(growth.run), count(last.epoch_measured), count(last.predict_measured))
    ]
    parts += [Markdown("{} were not measured: {}.").format(size, reason) for size, reason in growth.left_out.items()]
    return sentences(parts)
