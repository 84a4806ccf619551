"""A strip of typical errors with their causes, for the first page."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray
from PIL import Image

from svhnlab.analysis.causes import CORRECT
from svhnlab.report.core.causes import cause_codes, cause_titles, causes_of
from svhnlab.report.core.display import FIGURES, AxesDisplay, needed_themes
from svhnlab.report.core.markdown import Markdown, escape_attribute
from svhnlab.report.core.names import short_names
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.style import SMALL, WIDTH, Theme, draw_placeholder
from svhnlab.report.core.text import capitalised, listing, wrapped
from svhnlab.report.errors.order import order_values, rank_key
from svhnlab.store.schema import Study

IMAGES = 8
LONGEST_NAME = 20
BELOW_IMAGE = 11  # letters that fit below an image in print


@dataclass(frozen=True)
class TypicalError:
    """One error of a model.

    Attributes
    ----------
    image
        uint8, shape (3, H, W).
    number
        Position of the image in its file, counted from 0.
    card
        Number of its card on the page of the cards.
    label, predicted
        Names of the classes.
    cause
        Title of its cause.
    """

    image: NDArray[np.uint8]
    number: int
    card: int
    label: str
    predicted: str
    cause: str


@dataclass(frozen=True)
class ErrorStrip(AxesDisplay):
    """Typical errors of the most accurate model: pictures with the cause, each a link to the card of its image.

    Attributes
    ----------
    errors
        In the order in which they are shown.
    page
        Source of the page with the cards, relative to the page with the strip.
    """

    errors: tuple[TypicalError, ...]
    page: str

    @classmethod
    def from_study(cls, study: Study, *, n_images: int = IMAGES) -> ErrorStrip:
        """Select typical errors of the most accurate configuration; the more frequent a cause, the more of its errors.

        Of each cause that has errors, at least one is shown, those first whose loss is closest to the cause's median.
        The cards are those of the explorer, or of the gallery if no run has a map, without which there is no explorer.

        Raises
        ------
        NotComputed
            If no configuration is trained or the causes are not computed yet.
        """
        codes, names, titles = cause_codes(study), causes_of(study).runs, cause_titles(study)
        place = int((codes != CORRECT).sum(axis=1).argmin())
        run, causes = study.runs[names[place]], codes[place]
        losses = order_values(study, run, "typical")
        class_names = short_names(study.class_names, LONGEST_NAME)
        explored = any(one.embedding is not None for one in study.runs.values())
        numbers = study.data.indices["test"]
        errors = []
        counts = np.array([int((causes == code).sum()) for code in range(len(titles))])
        for code in np.argsort(-counts, kind="stable"):
            key = rank_key(losses, "typical", causes == code)
            rows = np.flatnonzero(causes == code)
            ranked = rows[np.argsort(-key[rows], kind="stable")]
            for row in ranked[: divide(counts, n_images)[code]].tolist():
                errors.append(
                    TypicalError(
                        study.data.test_images[row],
                        int(numbers[row]),
                        int(numbers[row]) if explored else row,
                        class_names[run.test.labels[row]],
                        class_names[run.test.predicted[row]],
                        titles[code],
                    )
                )
        return cls(tuple(errors), "explore.qmd" if explored else "chapters/errors.qmd")

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return (WIDTH, 1.55 + 0.18 * self._long) if self.errors else (WIDTH, 0.6)

    @property
    def _long(self) -> bool:
        """Whether the classes of an image need two lines in print."""
        return any(len(error.label + error.predicted) > BELOW_IMAGE - 3 for error in self.errors)

    @property
    def alt(self) -> str:
        """The causes of the errors shown."""
        if not self.errors:
            return "No image to show: there are no errors."
        causes = list(dict.fromkeys(error.cause for error in self.errors))
        return f"Typical errors of the most accurate model, with their causes: {listing(causes)}."

    def frame(self) -> pd.DataFrame:
        """Number, label, predicted class and cause of each image."""
        rows = [(error.number, error.label, error.predicted, error.cause) for error in self.errors]
        return pd.DataFrame(rows, columns=["image", "label", "predicted", "cause"])

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw the images in a row, with the cause and the classes below each."""
        if not self.errors:
            draw_placeholder(ax, "There are no errors", theme)
            return
        corners = [(float(i), 0.0) for i in range(len(self.errors))]
        place_images(ax, [error.image for error in self.errors], corners, IMAGES, 1.65 + 0.19 * self._long)
        for i, error in enumerate(self.errors):
            cause = wrapped(capitalised(error.cause), 11)
            ax.text(i + 0.5, 1.0, cause, ha="center", va="top", fontsize=SMALL, fontweight="bold", color=theme.text)
            label, predicted = short_names((error.label, error.predicted), BELOW_IMAGE - 2 * self._long)
            pair = f"{label}{chr(10) if self._long else ' '}→ {predicted}"
            ax.text(i + 0.5, 1.36, pair, ha="center", va="top", fontsize=SMALL, color=theme.muted)

    def markdown(self) -> str:
        """Write a list of links with pictures for pages, and one picture for print."""
        themes = needed_themes()
        parts: list[str] = []
        if "light" in themes:
            links = Markdown("\n").join(self._link(error) for error in self.errors) or Markdown(self.alt)
            parts.append(
                Markdown('::: {{.content-visible when-format="html"}}\n:::: {{.error-strip}}\n{}\n::::\n:::').format(
                    links
                )
            )
        if "print" in themes:
            picture = self.save(themes=("print",))["print"].as_posix()
            parts.append(
                f'::: {{.content-visible unless-format="html"}}\n![]({picture})'
                f'{{fig-alt="{escape_attribute(self.alt)}"}}\n:::'
            )
        return "\n\n".join(parts)

    def _link(self, error: TypicalError) -> Markdown:
        return Markdown(
            "- [![Image {number}]({picture}){{width=64 height=64}} **{cause}** {label} → {predicted}]"
            "({page}#image-{card})"
        ).format(
            number=error.number,
            card=error.card,
            picture=Markdown(write_png(error.image, FIGURES).as_posix()),
            cause=capitalised(error.cause),
            label=error.label,
            predicted=error.predicted,
            page=Markdown(self.page),
        )


def divide(counts: NDArray[np.int64], places: int) -> NDArray[np.int64]:
    """Divide places in proportion to counts, at least one for each count that is not 0, while there are enough.

    Examples
    --------
    >>> divide(np.array([90, 9, 0, 1]), 8).tolist()
    [6, 1, 0, 1]
    """
    given = np.zeros_like(counts)
    for _ in range(min(places, int(counts.sum()))):
        # A count without a place comes first, then the one with the most images for each place (D'Hondt).
        waiting = np.where(given < counts, np.where(given == 0, counts + counts.sum(), counts / (given + 1)), -1)
        given[int(np.argmax(waiting))] += 1
    return given


def write_png(image: NDArray[np.uint8], folder: Path) -> Path:
    """Write an image, uint8 of shape (3, H, W), under a name with a digest of its content, and return its path."""
    buffer = BytesIO()
    Image.fromarray(np.moveaxis(image, 0, -1)).save(buffer, format="PNG")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"image-{hashlib.sha256(buffer.getvalue()).hexdigest()[:12]}.png"
    if not path.exists():
        # Written under another name and renamed: two formats may be rendered at the same time.
        unfinished = path.with_suffix(f".{id(buffer):x}.tmp")
        unfinished.write_bytes(buffer.getvalue())
        unfinished.replace(path)
    return path
