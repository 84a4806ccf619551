"""One visual system for every figure: colours, sizes and the themes light, dark and print."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patheffects import AbstractPathEffect, withStroke
from matplotlib.ticker import FuncFormatter
from numpy.typing import ArrayLike

from svhnlab.report.core.typefaces import families

ThemeName = Literal["light", "dark", "print"]
# 7.5 inches are 720 CSS pixels: the text column of a page. All figures have this width.
WIDTH = 7.5
# 358 pixels: the column of a page on a phone that is 390 wide.
PHONE_WIDTH = 3.73
# 840 pixels: the screen of a phone that is 844 high.
PHONE_HEIGHT = 8.75
CSS_DPI = 96
RASTER_DPI = 2 * CSS_DPI  # two pixels of a raster for each pixel of a page
# Levels of the scale for shares: so few that all have different colours, which another theme's colours can replace.
LEVELS = 128
# Levels at which the contrast with black and with white is equal: in the dark, and in the light theme.
PARTS = (65 / LEVELS, 98 / LEVELS)
SIZE = 10.0
SMALL = 8.5
TITLE = 11.5
# Ten colours for the classes, the same in every figure and theme. They maximise the smallest distance (OKLab) between
# any two of them, as seen with normal colour vision and, by the matrices of Machado, Oliveira and Fernandes (2009),
# with protanopia, deuteranopia and tritanopia. Their chroma is limited, and their luminance contrasts with both white
# paper and the dark page.
CLASS_COLOURS: tuple[str, ...] = (
    "#6e8dfa",  # blue
    "#d16502",  # orange
    "#318c73",  # green
    "#8354c1",  # purple
    "#de9f1a",  # amber
    "#2bc0f6",  # sky
    "#8b4e1b",  # brown
    "#c174b6",  # pink
    "#545e7d",  # slate
    "#99b99e",  # sage
)


@dataclass(frozen=True)
class Theme:
    """Colours of one kind of page.

    Attributes
    ----------
    name
        "light", "dark" or "print".
    text, muted, line, faint
        Text; secondary text; axes and reference lines; background fills.
    page
        Colour of the page behind the transparent figure, for halos and contrast.
    accent, error
        Colour of the data, and of errors.
    hues
        Colours of series, such as models, which also differ in their markers.
    ramp
        Colours of the scale for shares, from low to high.
    on_ramp
        Colours of text on the low, the middle and the high part of this scale, see `text_on_scale`.
    """

    name: ThemeName
    text: str
    muted: str
    line: str
    faint: str
    page: str
    accent: str
    error: str
    hues: tuple[str, str, str, str]
    ramp: tuple[str, str, str]
    on_ramp: tuple[str, str, str]

    @cached_property  # used for each cell of a matrix
    def cmap(self) -> LinearSegmentedColormap:
        """Sequential colour map for shares and counts."""
        return LinearSegmentedColormap.from_list(f"svhnlab-{self.name}", self.ramp, LEVELS)

    def text_on_scale(self, strength: float) -> str:
        """Return the colour of text on the colour of a strength from 0 to 1: the one with the higher contrast."""
        return self.on_ramp[bisect(PARTS, strength)]

    def rc(self) -> mpl.RcParams:
        """Return the settings of matplotlib for this theme."""
        settings = {
            "font.family": families(),
            "font.size": SIZE,
            "text.color": self.text,
            "figure.facecolor": "none",
            "figure.edgecolor": "none",
            "figure.dpi": 100,
            "savefig.facecolor": "none",
            "savefig.edgecolor": "none",
            "savefig.dpi": RASTER_DPI,
            "axes.facecolor": "none",
            "axes.edgecolor": self.line,
            "axes.linewidth": 0.6,
            "axes.labelcolor": self.muted,
            "axes.labelsize": SIZE,
            "axes.labelpad": 4.0,
            "axes.titlesize": TITLE,
            "axes.titleweight": "bold",
            "axes.titlecolor": self.text,
            "axes.titlelocation": "left",
            "axes.titlepad": 8.0,
            # No figure has ticks at the top; without a fixed position matplotlib measures all ticks again and again.
            "axes.titley": 1.0,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": False,
            "axes.unicode_minus": True,
            "xtick.color": self.line,
            "ytick.color": self.line,
            "xtick.labelcolor": self.muted,
            "ytick.labelcolor": self.muted,
            "xtick.labelsize": SMALL + 0.5,
            "ytick.labelsize": SMALL + 0.5,
            "xtick.major.size": 3.0,
            "ytick.major.size": 3.0,
            "xtick.major.width": 0.6,
            "ytick.major.width": 0.6,
            "lines.linewidth": 1.6,
            "lines.solid_capstyle": "round",
            "legend.frameon": False,
            "legend.fontsize": SMALL + 0.5,
            "legend.labelcolor": self.text,
            "legend.handletextpad": 0.4,
            "patch.linewidth": 0.0,
            "image.cmap": "gray",
            "svg.fonttype": "path",
            "svg.hashsalt": "svhnlab",
            "text.parse_math": False,  # a class name may contain dollar signs
        }
        return mpl.RcParams(settings)


# Black, black and white that can be told from each other and from all other colours, and so be replaced.
ON_LIGHT = ("#010101", "#020202", "#fefefe")
THEMES: dict[ThemeName, Theme] = {
    "light": Theme(
        name="light",
        text="#1f2328",
        muted="#59636e",
        line="#8c959f",
        faint="#dfe3e8",
        page="#ffffff",
        accent="#1f6fa8",
        error="#c2410c",
        hues=("#1f6fa8", "#2b7a5b", "#8a4a9e", "#8b5a1b"),
        ramp=("#f4f8fb", "#7fb2d3", "#0c4a75"),
        on_ramp=ON_LIGHT,
    ),
    "dark": Theme(
        name="dark",
        text="#e6e8eb",
        muted="#a3abb5",
        line="#737c87",
        faint="#343a42",
        page="#16191d",
        accent="#6cb6e4",
        error="#f59a6c",
        hues=("#6cb6e4", "#6fcf9f", "#cda3e6", "#e0b070"),
        ramp=("#1d2730", "#2f7aa8", "#b9e0f7"),
        on_ramp=("#ffffff", "#000000", "#000000"),
    ),
    "print": Theme(
        name="print",
        text="#000000",
        muted="#3d3d3d",
        line="#6b6b6b",
        faint="#dcdcdc",
        page="#ffffff",
        accent="#1b5e8f",
        error="#b03a06",
        hues=("#1b5e8f", "#22664b", "#6f3b80", "#6e4715"),
        ramp=("#f4f8fb", "#7fb2d3", "#0c4a75"),
        on_ramp=ON_LIGHT,
    ),
}


@contextmanager
def theme_context(name: ThemeName) -> Iterator[Theme]:
    """Draw with the settings of a theme, and restore matplotlib's settings afterwards."""
    theme = THEMES[name]
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(theme.rc())
        yield theme


#: Marks of the first ten classes, the second ten, and so on, as named by matplotlib and by Plotly.
CLASS_MARKS: tuple[tuple[str, str], ...] = (("o", "circle"), ("s", "square"), ("D", "diamond"))


def class_colours(n_classes: int) -> list[str]:
    """Colour of each class; they repeat after ten classes, with another mark (see :func:`class_marks`)."""
    return [CLASS_COLOURS[k % len(CLASS_COLOURS)] for k in range(n_classes)]


def class_marks(n_classes: int) -> list[tuple[str, str]]:
    """Mark of each class, as named by matplotlib and by Plotly: one for ten classes, enough to distinguish 30.

    There are only ten colours because colour-blind readers cannot distinguish more. Beyond 30 classes, colours and
    marks repeat; the names beside the points and the selection of one class then distinguish them.
    """
    return [CLASS_MARKS[k // len(CLASS_COLOURS) % len(CLASS_MARKS)] for k in range(n_classes)]


def percent_ticks() -> FuncFormatter:
    """Labels of an axis of shares, in percent with no more digits than they need."""
    return FuncFormatter(lambda value, _: f"{round(100 * value, 6):g}%")


def halo(theme: Theme, width: float = 2.5) -> list[AbstractPathEffect]:
    """Outline in the colour of the page that keeps a label legible on top of marks."""
    return [withStroke(linewidth=width, foreground=theme.page)]


def only_bottom(ax: Axes) -> None:
    """Hide the vertical axis, for figures whose rows have labels."""
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels apart until neighbours are `gap` from each other, keeping their order.

    Parameters
    ----------
    positions
        Preferred positions of the labels.
    gap
        Smallest distance between two labels, in the units of the positions.
    low, high
        Range of the labels, as far as there is room.
    """
    order = np.argsort(positions, kind="stable")
    placed = np.asarray(positions, dtype=float)[order]
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + gap)
    placed[-1] = min(placed[-1], high)
    for i in range(len(placed) - 2, -1, -1):
        placed[i] = min(placed[i], placed[i + 1] - gap)
    placed += max(0.0, low - placed[0])
    result = np.empty_like(placed)
    result[order] = placed
    return result.tolist()


MOST_OUTLINED = 40
"""Number of rows of a matrix up to which its cells are outlined."""


PER_CELL = 6
"""Pixels along each side of a cell of such a matrix without outlines."""


def shade_cells(ax: Axes, strength: ArrayLike, theme: Theme) -> None:
    """Colour the cells of a square matrix, row 0 at y = 0, by strengths from 0 to 1; NaN and masked cells stay empty.

    Parameters
    ----------
    strength
        Shape (K, K).
    """
    cells = np.ma.masked_invalid(strength)
    if len(cells) > MOST_OUTLINED:  # one picture is smaller and faster to draw than thousands of outlined cells
        extent = (0, len(cells), len(cells), 0)
        # several pixels for each cell keep its edges sharp where a viewer smooths pictures
        pixels = np.repeat(np.repeat(cells, PER_CELL, axis=0), PER_CELL, axis=1)
        ax.imshow(pixels, cmap=theme.cmap, vmin=0, vmax=1, extent=extent, interpolation="none", aspect="equal")
        return
    edges = np.arange(len(cells) + 1)
    ax.pcolormesh(edges, edges, cells, cmap=theme.cmap, vmin=0, vmax=1, edgecolors=theme.page, linewidth=0.8)


def draw_placeholder(ax: Axes, text: str, theme: Theme) -> None:
    """Write a text in place of a figure without data."""
    ax.text(0.5, 0.5, text, ha="center", va="center", color=theme.muted)
    ax.set_axis_off()
