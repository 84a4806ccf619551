"""Class frequencies in each split, and the accuracy of always predicting the most frequent class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from svhnlab.report.core.display import Display
from svhnlab.report.core.many_classes import end_rows, tell_ends
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.names import LONGEST_ROW, short_names
from svhnlab.report.core.select import check_names
from svhnlab.report.core.style import SMALL, Theme, only_bottom
from svhnlab.report.core.text import count, listing, percent, quantity
from svhnlab.store.schema import Study

LETTER = 0.075  # width of a letter of a class name in inches
FINE = 0.04  # share of the most frequent class up to which the axis has decimals
ONE_BLOCK = 12  # classes; more are shown in two blocks side by side
# Classes are called equally frequent if the most frequent one has at most this many times the images of the rarest.
EVEN = 1.1


@dataclass(frozen=True)
class ClassDistribution(Display):
    """Number of images of each class in each split: bars show shares, labels show counts.

    Attributes
    ----------
    counts
        Number of images of each of the K classes by split, shape (K,).
    class_names
        Name of each class.
    """

    counts: Mapping[str, NDArray[np.int64]]
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        for values in self.counts.values():
            check_names(self.class_names, len(values))

    @classmethod
    def from_study(cls, study: Study) -> ClassDistribution:
        """Count the images of every split."""
        return cls({name: split.counts for name, split in study.data.splits.items()}, study.class_names)

    @property
    def shares(self) -> dict[str, NDArray[np.float64]]:
        """Share of each class within each split; 0 for all classes of an empty split."""
        return {split: values / max(values.sum(), 1) for split, values in self.counts.items()}

    @property
    def _rows(self) -> list[int | None]:
        """All classes, or of many the rarest and the most frequent ones over all splits."""
        return end_rows(np.sum(list(self.counts.values()), axis=0))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        rows = len(self._rows)
        return self.width, (len(self.counts) * (0.7 + 0.17 * rows) if self.narrow else 1.0 + 0.22 * rows)

    @property
    def alt(self) -> str:
        """The sizes of the splits, and the most and the least frequent class of the largest one."""
        sizes = listing([f"{split} {quantity(int(values.sum()), 'image')}" for split, values in self.counts.items()])
        largest_split, values = max(self.counts.items(), key=lambda item: item[1].sum())
        share = values / max(values.sum(), 1)
        most, least = int(values.argmax()), int(values.argmin())
        return (
            f"Images of each class by split ({sizes}); in the {largest_split} split, class {self.class_names[most]} "
            f"is the most frequent ({percent(share[most])}) and class {self.class_names[least]} the rarest "
            f"({percent(share[least])}).{tell_ends(len(values), 'number of images')}"
        )

    def frame(self) -> pd.DataFrame:
        """Counts and shares, one row for each class, two columns for each split."""
        columns: dict[str, Any] = {"class": self.class_names}
        for split, values in self.counts.items():
            columns[f"{split}_count"] = values
            columns[f"{split}_share"] = self.shares[split]
        return pd.DataFrame(columns)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw one panel of horizontal bars for each split."""
        n = len(self.counts)
        shape = (n, 1) if self.narrow else (1, n)
        panels = figure.subplots(*shape, sharey=True, sharex=True, squeeze=False).ravel()
        shown = self._rows
        places = [(place, k) for place, k in enumerate(shown) if k is not None]
        rows, classes = (np.array(one) for one in zip(*places, strict=True))
        names = short_names(self.class_names, LONGEST_ROW)
        highest = max(share.max() for share in self.shares.values())
        for ax, (split, values) in zip(panels, self.counts.items(), strict=True):
            share = self.shares[split][classes]
            ax.barh(rows, share, height=0.62, color=theme.accent)
            for row, of_class, number in zip(rows, share, values[classes], strict=True):
                ax.annotate(
                    count(int(number)),
                    (of_class, row),
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
            ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0 if highest > FINE else 1))
            ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
            ax.set_yticks(range(len(shown)), ["…" if k is None else names[k] for k in shown])
            only_bottom(ax)
        panels[0].invert_yaxis()
        panels[0].set_ylabel("Class")
        panels[-1 if self.narrow else n // 2].set_xlabel("Share of the split’s images; numbers are counts")


def summarise_data(study: Study) -> Markdown:
    """State the class imbalance, and the accuracy of always predicting the most frequent class."""
    train, test = (study.data.splits[name].counts for name in ("train", "test"))
    most, least = int(train.argmax()), int(train.argmin())
    if train[most] <= EVEN * train[least]:
        template = Markdown(
            "All {classes} classes are about equally frequent, with {lowest} to {highest} of the training images each."
            if train[most] > train[least]
            else "All {classes} classes are equally frequent, with {highest} of the training images each."
        )
    else:
        template = Markdown(
            "The classes are unequally frequent: “{most}” makes up {highest} of the training images and “{least}” "
            "{lowest}."
        )
    values = {
        "classes": len(train),
        "most": study.class_names[most],
        "least": study.class_names[least],
        "highest": percent(train[most] / train.sum()),
        "lowest": percent(train[least] / train.sum()),
        "baseline": percent(test[most] / test.sum()),
    }
    baseline = Markdown("Always predicting “{most}” would be correct for {baseline} of the test images.")
    return sentences([template.format(**values), baseline.format(**values)])
