"""The data: how many images of each class, what they look like, how bright they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike, NDArray

from svhnlab.displays.base import AxesDisplay, Display, Table, check_names
from svhnlab.displays.names import LONGEST_ROW, short_names
from svhnlab.displays.pictures import place_images
from svhnlab.displays.style import SMALL, WIDTH, Theme, only_bottom
from svhnlab.displays.text import count, listing, number, percent, quantity
from svhnlab.results import DataResult, ImageStatistics

CHANNELS = ("Red", "Green", "Blue")
LETTER = 0.075  # inches that a letter of a class name takes
LARGEST = 0.72  # inches of a side of a sample
HIGHEST = 8.0  # inches of all samples, which leaves room for a caption on a page
ONE_BLOCK = 12  # classes; more are shown in two blocks side by side


class ClassDistribution(Display):
    """Images of each class in each split: bars for shares, figures for counts."""

    def __init__(self, counts: Mapping[str, ArrayLike], class_names: Sequence[str]) -> None:
        self.counts = {split: np.asarray(values, dtype=np.int64) for split, values in counts.items()}
        for values in self.counts.values():
            self.class_names = check_names(class_names, len(values))

    @classmethod
    def from_results(cls, data: DataResult, class_names: Sequence[str]) -> ClassDistribution:
        """Make the display from the data of a study."""
        return cls({name: split.counts for name, split in data.splits.items()}, class_names)

    @property
    def shares(self) -> dict[str, NDArray[np.float64]]:
        """Share of each class within each split; 0 throughout for an empty split."""
        return {split: values / max(values.sum(), 1) for split, values in self.counts.items()}

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 1.0 + 0.22 * len(self.class_names)

    @property
    def alt(self) -> str:
        """Text alternative with the sizes of the splits and their extreme classes."""
        sizes = listing([f"{split} {quantity(int(values.sum()), 'image')}" for split, values in self.counts.items()])
        largest_split, values = max(self.counts.items(), key=lambda item: item[1].sum())
        share = values / max(values.sum(), 1)
        most, least = int(values.argmax()), int(values.argmin())
        return (
            f"Bar chart of the images of each class by split: {sizes}. In the {largest_split} split class "
            f"{self.class_names[most]} is the most frequent with {count(int(values[most]))} "
            f"({percent(share[most])}) and class {self.class_names[least]} the rarest with "
            f"{count(int(values[least]))} ({percent(share[least])})."
        )

    def frame(self) -> pd.DataFrame:
        """Return counts and shares, one row for each class, two columns for each split."""
        columns: dict[tuple[str, str], Any] = {}
        for split, values in self.counts.items():
            columns[split, "count"] = values
            columns[split, "share"] = self.shares[split]
        return pd.DataFrame(columns, index=pd.Index(self.class_names, name="class"))

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw one panel of horizontal bars for each split."""
        panels = figure.subplots(1, len(self.counts), sharey=True, sharex=True, squeeze=False)[0]
        rows = np.arange(len(self.class_names))
        highest = max(share.max() for share in self.shares.values())
        for ax, (split, values) in zip(panels, self.counts.items(), strict=True):
            share = self.shares[split]
            ax.barh(rows, share, height=0.62, color=theme.accent)
            for row in rows:
                ax.annotate(
                    count(int(values[row])),
                    (share[row], row),
                    xytext=(3, 0),
                    textcoords="offset points",
                    va="center",
                    color=theme.muted,
                    fontsize=SMALL,
                )
            ax.set_title(split.capitalize())
            ax.annotate(
                quantity(int(values.sum()), "image"),
                (1, 1),
                xytext=(0, 8),
                xycoords="axes fraction",
                textcoords="offset points",
                ha="right",
                color=theme.muted,
                fontsize=SMALL,
            )
            ax.set_xlim(0, max(highest, 0.01) * 1.28)
            ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
            ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
            ax.set_yticks(rows, short_names(self.class_names, LONGEST_ROW))
            only_bottom(ax)
        panels[0].invert_yaxis()
        panels[0].set_ylabel("Class")
        panels[len(panels) // 2].set_xlabel("Share of the split’s images; figures are counts")


class SampleGrid(AxesDisplay):
    """Some images of every class: a row for each class, in two blocks where there are many."""

    def __init__(self, images: NDArray[np.uint8], class_names: Sequence[str], n_samples: int = 6) -> None:
        """Take samples.

        Parameters
        ----------
        images
            uint8, shape (K, S, 3, H, W): S images of each of K classes.
        class_names
            Names of the K classes.
        n_samples
            Images to show of each class, at most S; half as many where the classes are in two blocks.
        """
        self.class_names = check_names(class_names, len(images))
        self.blocks = 1 if len(images) <= ONE_BLOCK else 2
        self.images = images[:, : max(n_samples // self.blocks, 1)]

    @classmethod
    def from_results(cls, data: DataResult, class_names: Sequence[str], n_samples: int = 6) -> SampleGrid:
        """Make the display from the data of a study."""
        return cls(data.samples, class_names, n_samples)

    @property
    def _lines(self) -> int:
        return -(-len(self.images) // self.blocks)

    @property
    def _names(self) -> list[str]:
        return short_names(self.class_names, LONGEST_ROW)

    @property
    def _fields(self) -> tuple[float, float]:
        """Side of an image in inches, and width of the names in such sides."""
        samples = self.images.shape[1]
        words = 0.15 + LETTER * max(map(len, self._names))
        side = min(LARGEST, (WIDTH / self.blocks - words) / samples, HIGHEST / self._lines)
        return side, words / side

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, self._fields[0] * self._lines + 0.1

    @property
    def alt(self) -> str:
        """Text alternative that says how many images of which classes are there."""
        classes, samples = self.images.shape[:2]
        return (
            f"Grid of {classes * samples} training images, {samples} of each class, in rows for the "
            f"classes {listing(self.class_names)}."
        )

    def frame(self) -> pd.DataFrame:
        """Mean pixel value (0-1) of every image shown, one row for each image."""
        classes, samples = self.images.shape[:2]
        return pd.DataFrame(
            {
                "class": np.repeat(self.class_names, samples),
                "sample": np.tile(np.arange(samples), classes),
                "mean": self.images.reshape(classes * samples, -1).mean(axis=1) / 255,
            }
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw images in rows with the class name at the left."""
        classes, samples = self.images.shape[:2]
        words = self._fields[1]
        corners = [(k // self._lines * (words + samples) + words, k % self._lines) for k in range(classes)]
        place_images(
            ax,
            [image for own in self.images for image in own],
            [(left + s, top) for left, top in corners for s in range(samples)],
            self.blocks * (words + samples),
            self._lines,
        )
        for name, (left, top) in zip(self._names, corners, strict=True):
            ax.text(left - 0.12, top + 0.5, name, ha="right", va="center", fontweight="bold", color=theme.text)


class ChannelStatistics(Table):
    """Mean and standard deviation of each colour channel in each split."""

    def __init__(self, splits: Mapping[str, ImageStatistics]) -> None:
        self.splits = dict(splits)

    @classmethod
    def from_results(cls, data: DataResult) -> ChannelStatistics:
        """Make the table from the data of a study."""
        return cls(data.splits)

    @property
    def alt(self) -> str:
        """Text with the mean of every channel in the first split."""
        split, statistics = next(iter(self.splits.items()))
        means = listing(
            [
                f"{channel.lower()} {number(value)}"
                for channel, value in zip(CHANNELS, statistics.channel_mean, strict=True)
            ]
        )
        return f"Mean and standard deviation of each colour channel by split; {split} means: {means}."

    def frame(self) -> pd.DataFrame:
        """Channel means and standard deviations (pixel values scaled to 0-1), one row for each split."""
        rows: list[dict[str, Any]] = []
        for split, statistics in self.splits.items():
            row: dict[str, Any] = {"split": split, "images": int(statistics.counts.sum())}
            for i, channel in enumerate(CHANNELS):
                row[f"{channel.lower()}_mean"] = float(statistics.channel_mean[i])
                row[f"{channel.lower()}_std"] = float(statistics.channel_std[i])
            rows.append(row)
        return pd.DataFrame(rows)

    def cells(self) -> pd.DataFrame:
        """Return the table for people: three decimals."""
        shown = pd.DataFrame()
        numbers = self.frame()
        shown["Split"] = numbers["split"].str.capitalize()
        shown["Images"] = [count(value) for value in numbers["images"]]
        for channel in CHANNELS:
            for column, heading in (("mean", "mean"), ("std", "SD")):
                values = numbers[f"{channel.lower()}_{column}"]
                shown[f"{channel} {heading}"] = [number(value) for value in values]
        return shown


class BrightnessContrast(Display):
    """Distributions of brightness and contrast: a row for each split."""

    quantities = ("brightness", "contrast")
    bins = 50

    def __init__(self, splits: Mapping[str, Mapping[str, ArrayLike]]) -> None:
        """Take the values of every image.

        Parameters
        ----------
        splits
            By split, "brightness" and "contrast" of its images (0-1), each of shape (N,).
        """
        self.splits = {
            split: {name: np.asarray(values[name], dtype=np.float64) for name in self.quantities}
            for split, values in splits.items()
        }

    @classmethod
    def from_results(cls, data: DataResult) -> BrightnessContrast:
        """Make the display from the data of a study."""
        return cls(
            {name: {"brightness": split.brightness, "contrast": split.contrast} for name, split in data.splits.items()}
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 0.75 + 0.62 * len(self.splits)

    @property
    def alt(self) -> str:
        """Text alternative with the medians."""
        medians = [
            f"{split} {number(float(np.median(values['brightness'])), 2)} and "
            f"{number(float(np.median(values['contrast'])), 2)}"
            for split, values in self.splits.items()
        ]
        return (
            "Distributions of the images’ brightness (mean luma) and contrast (standard deviation of the "
            f"luma) by split, pixel values from 0 to 1. Medians of brightness and contrast: {'; '.join(medians)}."
        )

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
        """Draw densities above one another on a common scale, with the median marked."""
        labels = {
            "brightness": "Brightness: mean luma (0–1)",
            "contrast": "Contrast: standard deviation of the luma (0–1)",
        }
        panels = figure.subplots(1, len(self.quantities), sharey=True)
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
