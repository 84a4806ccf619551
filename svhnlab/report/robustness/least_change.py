"""The least change that makes a correct prediction wrong, or a wrong one correct."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from svhnlab.analysis.robustness import least_change, steps_of
from svhnlab.report.core.display import Display
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import robustness_of, rows_with_card, trained_runs
from svhnlab.report.core.style import SMALL, Theme, ThemeName, draw_placeholder
from svhnlab.report.core.text import listing, shortened, without_start, wrapped
from svhnlab.report.core.truth import doubtful_labels
from svhnlab.report.robustness.examples import changed_images, describe_change
from svhnlab.store.schema import Study

MOST = 6  # images of one kind


@dataclass(frozen=True)
class LeastChange:
    """An image and the least change with another outcome.

    Attributes
    ----------
    row, number
        Row of the image in the test split, and its position in its file.
    run
        Title of the configuration.
    label, before, after
        Names of the classes: the label, and those predicted without and with the change.
    phrase
        What is done to the image.
    severity
        Of the change.
    images
        The image without and with the change, uint8, shape (2, 3, H, W).
    """

    row: int
    number: int
    run: str
    label: str
    before: str
    after: str
    phrase: str
    severity: int
    images: NDArray[np.uint8]


@dataclass(frozen=True)
class LeastChanges(Display):
    """Images whose outcome a change alters at a low severity.

    Attributes
    ----------
    broken
        Correct predictions that become wrong.
    repaired
        Errors that become correct.
    """

    broken: tuple[LeastChange, ...]
    repaired: tuple[LeastChange, ...]

    @classmethod
    def from_study(cls, study: Study) -> LeastChanges:
        """Select for each corruption the image that it alters at the lowest severity, most confidently.

        Images with a label that is known or suspected to be wrong are left out, and those without an evidence card.

        Raises
        ------
        NotComputed
            If no configuration is trained, or the predictions on changed images are not computed yet.
        """
        trained_runs(study)
        return cls(_select(study, correct=True), _select(study, correct=False))

    @property
    def _kinds(self) -> list[tuple[str, tuple[LeastChange, ...]]]:
        kinds = [("Correct predictions that become wrong", self.broken), ("Errors that become correct", self.repaired)]
        return [(title, pairs) for title, pairs in kinds if pairs]

    @property
    def _columns(self) -> int:
        """Pairs of pictures side by side."""
        return MOST // 2 if self.narrow else MOST

    @property
    def _lines(self) -> list[tuple[str, tuple[LeastChange, ...]]]:
        """The images of each line; only the first line of a kind has its title."""
        return [
            (title if not start else "", pairs[start : start + self._columns])
            for title, pairs in self._kinds
            for start in range(0, len(pairs), self._columns)
        ]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, max(0.6, (1.4 if self.narrow else 1.75) * len(self._lines))

    @property
    def alt(self) -> str:
        """The numbers of images, and the first one."""
        if not self._kinds:
            return "No change of an image alters whether a prediction is correct."
        first = self._kinds[0][1][0]
        kinds = [f"{title.lower()} ({len(pairs)})" for title, pairs in self._kinds]
        return (
            f"Images with the least change that alters the outcome: {listing(kinds)}; in the first, {first.before} "
            f"becomes {first.after}, {first.phrase}."
        )

    def frame(self) -> pd.DataFrame:
        """Return a row for each image."""
        return pd.DataFrame(
            [
                (one.number, one.run, one.label, one.before, one.after, one.phrase, one.severity)
                for _, pairs in self._kinds
                for one in pairs
            ],
            columns=["image", "run", "label", "without_change", "with_change", "change", "severity"],
        )

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a row of pairs of pictures for each kind."""
        if not self._kinds:
            draw_placeholder(figure.add_subplot(), "No change alters whether a prediction is correct", theme)
            return
        lines = self._lines
        for ax, (title, pairs) in zip(figure.subplots(len(lines), squeeze=False)[:, 0], lines, strict=True):
            corners = [(2.25 * i + half, 0.0) for i in range(len(pairs)) for half in (0, 1)]
            place_images(ax, [image for one in pairs for image in one.images], corners, 2.25 * self._columns, 2.2)
            for i, one in enumerate(pairs):
                ax.text(
                    2.25 * i + 1,
                    1.1,
                    f"{shortened(one.before, 8)} → {shortened(one.after, 8)}",
                    ha="center",
                    va="top",
                    fontsize=SMALL + 0.5,
                    fontweight="bold",
                )
                below = f"{wrapped(one.phrase, 19)}\n{wrapped(without_start(one.run), 19)}"
                ax.text(2.25 * i + 1, 1.36, below, ha="center", va="top", fontsize=SMALL - 1.5, color=theme.muted)
            ax.set_title(title, fontsize=SMALL + 1.5, pad=4)

    def _html_part(self, paths: Mapping[ThemeName, Path], alt: str) -> str:
        numbers = " ".join(str(one.number) for _, pairs in self._kinds for one in pairs)
        explorer = f'```{{=html}}\n<div class="change-explorer page-tool" data-images="{numbers}" hidden></div>\n```'
        return f"{super()._html_part(paths, alt)}\n\n{explorer}"


def _select(study: Study, *, correct: bool) -> tuple[LeastChange, ...]:
    """Return an image for each corruption, those with the lowest severities; correct or wrong without a change."""
    robustness = robustness_of(study)
    labels = study.data.test_labels[robustness.rows]
    usable = ~doubtful_labels(study)[robustness.rows] & np.isin(robustness.rows, rows_with_card(study))
    candidates = []
    for name, steps in steps_of(robustness.conditions).items():
        for run in trained_runs(study):
            outcomes = robustness.predicted[run.name] == labels
            least = least_change(outcomes[[0, *steps]])
            for image in np.flatnonzero((least > 0) & (outcomes[0] == correct) & usable).tolist():
                row = steps[least[image] - 1]
                severity = robustness.conditions[row - 1].severity
                confidence = float(robustness.confidence[run.name][row, image])
                candidates.append((severity, -confidence, name, run.name, image, row))
    chosen: dict[str, LeastChange] = {}
    used: set[int] = set()
    for severity, _, name, run_name, image, row in sorted(candidates):
        if name in chosen or image in used or len(chosen) == MOST:
            continue
        used.add(image)
        predicted = robustness.predicted[run_name][:, image]
        test_row = int(robustness.rows[image])
        chosen[name] = LeastChange(
            row=test_row,
            number=int(study.data.indices["test"][test_row]),
            run=study.runs[run_name].title,
            label=study.class_names[labels[image]],
            before=study.class_names[predicted[0]],
            after=study.class_names[predicted[row]],
            phrase=describe_change(robustness.conditions[row - 1], robustness.seed, test_row),
            severity=severity,
            images=changed_images(study, test_row)[[0, row]],
        )
    return tuple(chosen.values())
