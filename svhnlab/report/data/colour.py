"""Colour, brightness and contrast of the images in each split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from svhnlab.report.core.display import Display
from svhnlab.report.core.style import SMALL, Theme, only_bottom
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import count, listing, number
from svhnlab.store.schema import ImageStatistics, Study

CHANNELS = ("Red", "Green", "Blue")


@dataclass(frozen=True)
class ChannelStatistics(Table[str]):
    """Mean and standard deviation of each colour channel in each split.

    Attributes
    ----------
    splits
        Statistics of the images by split; pixel values are scaled to 0-1.
    """

    splits: Mapping[str, ImageStatistics]

    @classmethod
    def from_study(cls, study: Study) -> ChannelStatistics:
        """Take the statistics of every split."""
        return cls(study.data.splits)

    @property
    def alt(self) -> str:
        """The mean of each channel in the first split."""
        split, statistics = next(iter(self.splits.items()))
        means = listing(
            [
                f"{channel.lower()} {number(value)}"
                for channel, value in zip(CHANNELS, statistics.channel_mean, strict=True)
            ]
        )
        return f"Mean and standard deviation of each colour channel by split; {split} means: {means}."

    def rows(self) -> Sequence[str]:
        """Name of each split."""
        return list(self.splits)

    def columns(self) -> Sequence[Column[str]]:
        """Number of images, and mean and standard deviation of each channel."""
        columns: list[Column[str]] = [
            Column("split", str, "Split", str.capitalize),
            Column("images", lambda split: int(self.splits[split].counts.sum()), "Images", count),
        ]
        for i, channel in enumerate(CHANNELS):
            columns += [
                Column(f"{channel.lower()}_mean", self._statistic("channel_mean", i)),
                Column(f"{channel.lower()}_std", self._statistic("channel_std", i)),
                Column("", self._both(i), channel),
            ]
        return columns

    def _both(self, channel: int) -> Callable[[str], str]:
        mean, deviation = self._statistic("channel_mean", channel), self._statistic("channel_std", channel)
        return lambda split: f"{number(mean(split))} ± {number(deviation(split))}"

    def _statistic(self, name: str, channel: int) -> Callable[[str], float]:
        return lambda split: float(getattr(self.splits[split], name)[channel])


@dataclass(frozen=True)
class BrightnessContrast(Display):
    """Distributions of brightness and contrast, a row for each split.

    Attributes
    ----------
    splits
        By split, "brightness" and "contrast" of its images (0-1), each of shape (N,).
    """

    quantities = ("brightness", "contrast")
    bins = 50

    splits: Mapping[str, Mapping[str, NDArray[np.floating]]]

    @classmethod
    def from_study(cls, study: Study) -> BrightnessContrast:
        """Take brightness and contrast of the images of every split."""
        splits = study.data.splits.items()
        return cls({name: {"brightness": split.brightness, "contrast": split.contrast} for name, split in splits})

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        rows = len(self.quantities) if self.narrow else 1
        return self.width, rows * (0.75 + 0.62 * len(self.splits))

    @property
    def alt(self) -> str:
        """The medians."""
        medians = [
            f"{split} {number(float(np.median(values['brightness'])), 2)} and "
            f"{number(float(np.median(values['contrast'])), 2)}"
            for split, values in self.splits.items()
        ]
        return f"Distributions of brightness and contrast (0 to 1) by split; their medians are {listing(medians)}."

    def frame(self) -> pd.DataFrame:
        """Quartiles and mean of both quantities, one row for each split and quantity."""
        rows = []
        for split, values in self.splits.items():
            for name in self.quantities:
                low, middle, high = np.quantile(values[name], [0.25, 0.5, 0.75])
                rows.append(
                    {
                        "split": split,
                        "quantity": name,
                        "images": len(values[name]),
                        "mean": values[name].mean(),
                        "lower_quartile": low,
                        "median": middle,
                        "upper_quartile": high,
                    }
                )
        return pd.DataFrame(rows)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a density for each split on a common scale and mark its median."""
        labels = {
            "brightness": "Brightness: mean luma (0–1)",
            "contrast": "Contrast: standard deviation of the luma (0–1)",
        }
        n = len(self.quantities)
        panels = figure.subplots(*((n, 1) if self.narrow else (1, n)), sharey=True)
        names = list(self.splits)
        for ax, quantity_name in zip(panels, self.quantities, strict=True):
            top = max(float(values[quantity_name].max()) for values in self.splits.values())
            edges = np.linspace(0, 1.02 * max(top, 0.01), self.bins + 1)
            heights = {
                split: np.histogram(values[quantity_name], edges, density=True)[0]
                for split, values in self.splits.items()
            }
            scale = 0.74 / max(height.max() for height in heights.values())
            for row, split in enumerate(names):
                base = len(names) - 1 - row
                ax.stairs(
                    base + scale * heights[split],
                    edges,
                    baseline=base,
                    fill=True,
                    color=theme.accent,
                    alpha=0.85,
                )
                middle = float(np.median(self.splits[split][quantity_name]))
                ax.plot([middle, middle], [base - 0.08, base], color=theme.text, linewidth=1.2)
                ax.annotate(
                    number(middle, 2),
                    (middle, base - 0.11),
                    xytext=(3, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=SMALL,
                    color=theme.text,
                )
            ax.set_xlim(edges[0], edges[-1])
            ax.set_ylim(-0.2, len(names) - 0.05)
            ax.set_yticks(np.arange(len(names))[::-1], [name.capitalize() for name in names])
            ax.tick_params(axis="y", labelcolor=theme.text, pad=6)
            ax.xaxis.set_major_locator(MaxNLocator(5))
            ax.set_xlabel(labels[quantity_name])
            only_bottom(ax)
        panels[0].set_title("Ticks mark medians", fontweight="normal", fontsize=SMALL, color=theme.muted)
