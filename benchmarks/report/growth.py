"""How cost grows with the number of images, and how far the machine is used."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import FuncFormatter, NullFormatter

from benchmarks.report.figures import unbroken_sizes
from benchmarks.schema import Benchmark, Growth, Limits
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.style import WIDTH, Theme
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import count, duration, listing, number, percent, quantity

#: Columns of the figure's left panel and the words for them.
PARTS = {
    "read_seconds": "reading",
    "split_seconds": "splitting",
    "predict_seconds": "predicting",
    "epoch_seconds": "one epoch",
}


def growth_of(benchmark: Benchmark) -> Growth:
    """Return the growth of a benchmark; ``ValueError`` when it was not measured."""
    if benchmark.growth is None or not benchmark.growth.sizes:
        raise ValueError("this benchmark has no growth")
    return benchmark.growth


class GrowthChart(Display):
    """Seconds of each step of the work, and memory, against the number of images; both axes logarithmic."""

    def __init__(self, growth: Growth) -> None:
        self.growth = growth

    @classmethod
    def from_benchmark(cls, benchmark: Benchmark) -> GrowthChart:
        """Make the figure; ``ValueError`` when it was not measured."""
        return cls(growth_of(benchmark))

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
            ("pixels alone", pixels[-1], theme.muted),
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


class GrowthTable(Table):
    """What each size costs; what was computed from a rate says from how many images."""

    def __init__(self, growth: Growth) -> None:
        self.growth = growth

    @classmethod
    def from_benchmark(cls, benchmark: Benchmark) -> GrowthTable:
        """Make the table; ``ValueError`` when it was not measured."""
        return cls(growth_of(benchmark))

    @property
    def alt(self) -> str:
        """Text with the time of an epoch at every size."""
        parts = [f"{count(size.images)} images {duration(size.epoch_seconds)}" for size in self.growth.sizes]
        return f"One epoch of {self.growth.run}: {listing(parts)}."

    def frame(self) -> pd.DataFrame:
        """Return everything that was measured, one row for each size."""
        return pd.DataFrame([size.model_dump() for size in self.growth.sizes])

    def cells(self) -> pd.DataFrame:
        """Return the table for people."""
        sizes = self.growth.sizes
        return pd.DataFrame(
            {
                "Images": [count(size.images) for size in sizes],
                "File": [f"{number(size.file_bytes / 1e6, 0)} MB" for size in sizes],
                "Reading": [_short(size.read_seconds) for size in sizes],
                "Splitting": [_short(size.split_seconds) for size in sizes],
                "One epoch": [_short(size.epoch_seconds) for size in sizes],
                "Predicting": [_short(size.predict_seconds) for size in sizes],
                "Memory": [f"{number(size.peak_bytes / 1e6, 0)} MB" for size in sizes],
            }
        )


def _short(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else duration(seconds)


def describe_growth(benchmark: Benchmark) -> Markdown:
    """Say how time and memory grow between the smallest and the largest size, and what was computed from a rate."""
    growth = growth_of(benchmark)
    first, last = growth.sizes[0], growth.sizes[-1]
    text = (
        f"An epoch of {escape_markdown(growth.run)} is computed from the rate over "
        f"{quantity(last.epoch_measured, 'image')} and predicting from that over {count(last.predict_measured)}, where "
        "there are more; reading and splitting are measured whole. Files are uncompressed."
    )
    if len(growth.sizes) > 1:
        factor = last.images / first.images
        text += (
            f" From {count(first.images)} to {count(last.images)} images, {number(factor, 0)} times as many, an epoch "
            f"takes {number(last.epoch_seconds / first.epoch_seconds, 0)} times and reading "
            f"{number(last.read_seconds / first.read_seconds, 0)} times as long. Memory rises from "
            f"{number(first.peak_bytes / 1e9, 1)} to {number(last.peak_bytes / 1e9, 1)} GB, "
            f"{number(last.peak_bytes / (3072 * last.images), 1)} times the pixels of the largest."
        )
    for size, reason in growth.left_out.items():
        text += f" {escape_markdown(size)} were left out: {escape_markdown(reason)}."
    return Markdown(text)


def limits_of(benchmark: Benchmark) -> Limits:
    """Return the limits of a benchmark; ``ValueError`` when they were not measured."""
    if benchmark.limits is None:
        raise ValueError("this benchmark has no limits")
    return benchmark.limits


class LimitTable(Table):
    """Share of the machine's measured limits that each run uses."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits

    @classmethod
    def from_benchmark(cls, benchmark: Benchmark) -> LimitTable:
        """Make the table; ``ValueError`` when it was not measured."""
        return cls(limits_of(benchmark))

    @property
    def alt(self) -> str:
        """Text with the share of arithmetic of every run."""
        parts = [f"{row['run']} {percent(row['of_arithmetic'], 0)}" for row in self.frame().to_dict("records")]
        return f"Share of the machine's matrix-multiply speed: {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Return rate, arithmetic, traffic and the shares of the limits, one row for each run."""
        arithmetic, memory = self.limits.operations_per_second.median, self.limits.bytes_per_second.median
        return pd.DataFrame(
            [
                {
                    "run": share.title,
                    "images_per_second": share.rate,
                    "operations": share.operations,
                    "traffic_bytes": share.traffic_bytes,
                    "of_arithmetic": share.rate * share.operations / arithmetic,
                    "of_memory": share.rate * share.traffic_bytes / memory,
                }
                for share in self.limits.shares
            ]
        )

    def cells(self) -> pd.DataFrame:
        """Return the table for people."""
        numbers = self.frame()
        return pd.DataFrame(
            {
                "Run": unbroken_sizes(numbers["run"]),
                "Images/s": [number(value, 0) for value in numbers["images_per_second"]],
                "GFLOP/image": [number(value / 1e9, 2) for value in numbers["operations"]],
                "Of arithmetic": [percent(value, 0) for value in numbers["of_arithmetic"]],
                "MB/image": [number(value / 1e6, 1) for value in numbers["traffic_bytes"]],
                "Of memory": [percent(value, 0) for value in numbers["of_memory"]],
            }
        )


def describe_limits(benchmark: Benchmark) -> Markdown:
    """Say what the machine can do and how much of it each run uses."""
    limits = limits_of(benchmark)
    table = LimitTable(limits).frame()
    low, high = table["of_arithmetic"].min(), table["of_arithmetic"].max()
    used = percent(low, 0) if len(table) == 1 else f"{percent(low, 0)} to {percent(high, 0)}"
    return Markdown(
        f"By its own measure this machine multiplies large {limits.precision} matrices at "
        f"{number(limits.operations_per_second.median / 1e9, 0)} GFLOP/s and copies "
        f"{number(limits.bytes_per_second.median / 1e9, 1)} GB/s in memory. Our loop uses {used} of that arithmetic. "
        "Arithmetic counts convolutions and linear layers, forward and backward. Traffic counts all that the "
        "operations read and write; what stays in a cache never reaches memory, so that it can come to more than 100%."
    )
