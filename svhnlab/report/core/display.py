"""Base classes of figures, which hold numbers and represent themselves as Markdown for both site and PDF.

A figure is drawn with matplotlib in the three themes of `style`. The pictures are written into `figures/` below the
current folder (a chapter is executed in its own folder), and the Markdown shows the right one in each output format.
File names have a digest of the pictures, so equal numbers give equal files.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure, SubFigure

from svhnlab.report.core.figure_footer import figure_footer
from svhnlab.report.core.markdown import escape_attribute
from svhnlab.report.core.recolour import recoloured
from svhnlab.report.core.style import CSS_DPI, PHONE_WIDTH, RASTER_DPI, THEMES, WIDTH, Theme, ThemeName, theme_context
from svhnlab.report.core.svg import pack_rasters, shorten

FIGURES = Path("figures")


def needed_themes() -> tuple[ThemeName, ...]:
    """Return the themes that the output shows: all, unless Quarto executes the chapter for only one format.

    Quarto (from 1.8) names a JSON file in ``QUARTO_EXECUTE_INFO`` that gives the format.
    """
    info = os.environ.get("QUARTO_EXECUTE_INFO")
    if info is None:
        return tuple(THEMES)
    target = json.loads(Path(info).read_text(encoding="utf-8"))["format"]["identifier"]["base-format"]
    return ("light", "dark") if target == "html" else ("print",)


def freeze_layout(figure: Figure) -> None:
    """Compute the layout of a figure once, as its SVG will have it.

    `Figure.savefig` would draw the whole figure a second time to do so.
    """
    FigureCanvasSVG(figure)  # its renderer measures text
    if engine := figure.get_layout_engine():
        engine.execute(figure)
        figure.set_layout_engine(None)


class Display(ABC):
    """A figure with the numbers that it shows.

    Subclasses are dataclasses of these numbers, with a constructor `from_study`, and implement `size`, `alt`, `frame`
    and `draw`. If `size` and `draw` follow `width`, phones show a narrow picture that is drawn for them.

    Attributes
    ----------
    width
        Width of the figure in inches: that of the page or, in the form for phones, `PHONE_WIDTH`.
    """

    width: float = WIDTH

    # matplotlib's layout engine; None if the display places its axes itself.
    layout: ClassVar[Literal["constrained"] | None] = "constrained"
    # Whether rasters, such as many points, have no colour of the theme: the dark picture then needs no drawing.
    same_rasters: ClassVar[bool] = False

    @property
    @abstractmethod
    def size(self) -> tuple[float, float]:
        """Width and height of the figure in inches."""

    @property
    @abstractmethod
    def alt(self) -> str:
        """Text alternative: the content of the figure in one sentence; `frame` has the numbers."""

    @abstractmethod
    def frame(self) -> pd.DataFrame:
        """Return the numbers behind the figure."""

    @abstractmethod
    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw onto an empty figure, with the theme's settings active."""

    def plot(self, figure: Figure | SubFigure | None = None, *, theme: ThemeName = "light") -> Figure | SubFigure:
        """Draw the display.

        Parameters
        ----------
        figure
            An empty figure or subfigure to draw on; by default a new one of the right size.
        theme
            "light", "dark" or "print".

        Returns
        -------
        The figure.
        """
        with theme_context(theme) as current:
            if figure is None:
                figure = Figure(figsize=self.size, layout=self.layout)
            self.draw(figure, current)
            return figure

    def svg(self, theme: ThemeName) -> bytes:
        """Draw in one theme and return the picture as SVG; the same numbers give the same bytes."""
        return self._pictures([theme])[theme]

    def _pictures(self, themes: Iterable[ThemeName]) -> dict[ThemeName, bytes]:
        """Return the pictures in several themes: the light one is drawn, and the others have its colours replaced.

        A picture that the colours of the theme do not determine, such as a matrix, is drawn again for the dark theme.
        """
        wanted = list(themes)
        light = self._drawn("light")
        drawn: dict[ThemeName, bytes] = {
            name: light
            if name == "light"
            else recoloured(light, name, same_rasters=self.same_rasters) or self._drawn(name)
            for name in wanted
        }
        return {name: pack_rasters(drawn[name], screen=name != "print") for name in wanted}

    def _drawn(self, theme: ThemeName) -> bytes:
        """Draw in one theme; rasters are not packed yet."""
        with theme_context(theme) as current:
            figure = Figure(figsize=self.size, layout=self.layout)
            self.draw(figure, current)
            freeze_layout(figure)
            buffer = io.BytesIO()
            figure.savefig(buffer, format="svg", dpi=RASTER_DPI, metadata={"Date": None, "Creator": None})
        return shorten(buffer.getvalue())

    def save(self, folder: Path = FIGURES, themes: Iterable[ThemeName] = tuple(THEMES)) -> dict[ThemeName, Path]:
        """Write the pictures of some themes into a folder and return their paths by theme."""
        pictures = self._pictures(themes)
        digest = hashlib.sha256(b"".join(pictures.values())).hexdigest()[:12]
        folder.mkdir(parents=True, exist_ok=True)
        paths: dict[ThemeName, Path] = {}
        for name, picture in pictures.items():
            paths[name] = folder / f"{type(self).__name__}-{digest}-{name}.svg"
            if not paths[name].exists():
                # Written under another name and renamed: two formats may be rendered at the same time.
                unfinished = paths[name].with_suffix(f".{id(self):x}.tmp")
                unfinished.write_bytes(picture)
                unfinished.replace(paths[name])
        return paths

    def markdown(self) -> str:
        """Write the pictures that the output needs and return the Markdown that shows them."""
        paths = self.save(themes=needed_themes())
        alt = escape_attribute(self.alt)
        parts = []
        if "light" in paths:
            below = figure_footer(type(self).__name__, self._drawn_by, self.frame(), FIGURES, table=False)
            shown = f"{self._html_part(paths, alt)}\n\n{below}"
            parts.append(f'::: {{.content-visible when-format="html"}}\n{shown}\n:::')
        if "print" in paths:
            picture = f'![]({paths["print"].as_posix()}){{fig-alt="{alt}"}}'
            parts.append(f'::: {{.content-visible unless-format="html"}}\n{picture}\n:::')
        return "\n\n".join(parts)

    @property
    def narrow(self) -> bool:
        """Whether this is the form for phones."""
        return self.width < WIDTH

    def for_phone(self) -> Self | None:
        """Return the form for phones; None if the size of the figure does not follow `width`: phones scroll it."""
        phone = copy(self)
        object.__setattr__(phone, "width", PHONE_WIDTH)  # most displays are frozen dataclasses
        return phone if phone.size[0] <= PHONE_WIDTH else None

    @property
    def _drawn_by(self) -> Callable[..., None]:
        """The function that the link to the code points to."""
        return type(self).draw

    def _html_part(self, paths: Mapping[ThemeName, Path], alt: str) -> str:
        """Markdown of the pictures on a page, one for each theme and width; style sheets select one of them."""
        phone = self.for_phone()
        if phone is None:
            return self._images(paths, alt)
        narrow = phone.save(themes=("light", "dark"))
        phone_alt = escape_attribute(phone.alt)
        return f"{self._images(paths, alt, ' .wide-content')}\n\n{phone._images(narrow, phone_alt, ' .narrow-content')}"

    def _images(self, paths: Mapping[ThemeName, Path], alt: str, where: str = "") -> str:
        # The size in pixels keeps the page from moving while they load. Each image has its own paragraph, because
        # Quarto's figures keep only the first image of a paragraph.
        width, height = (round(side * CSS_DPI) for side in self.size)
        return "\n\n".join(
            f'![]({paths[name].as_posix()}){{.{name}-content{where} fig-alt="{alt}" width={width} height={height}}}'
            for name in ("light", "dark")
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Represent the display as Markdown, which both report engines and both formats understand."""
        return {"text/markdown": self.markdown(), "text/plain": self.alt}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.alt}>"


class PrintDisplay(Display):
    """A figure only for print; a page has something interactive instead."""

    def markdown(self) -> str:
        """Write the picture for print and return its Markdown."""
        picture = self.save(themes=("print",))["print"].as_posix()
        return f'![]({picture}){{fig-alt="{escape_attribute(self.alt)}"}}'


class AxesDisplay(Display):
    """A figure with a single pair of axes, which can also be drawn onto given axes."""

    @abstractmethod
    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw onto axes, with the theme's settings active."""

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw onto the only axes of a figure."""
        self.draw_axes(figure.add_subplot(), theme)

    @property
    def _drawn_by(self) -> Callable[..., None]:
        return type(self).draw_axes

    def plot(  # type: ignore[override]
        self, ax: Axes | None = None, *, theme: ThemeName = "light"
    ) -> Axes:
        """Draw the display.

        Parameters
        ----------
        ax
            Axes to draw on; by default those of a new figure of the right size.
        theme
            "light", "dark" or "print".

        Returns
        -------
        The axes.
        """
        with theme_context(theme) as current:
            if ax is None:
                ax = Figure(figsize=self.size, layout=self.layout).add_subplot()
            self.draw_axes(ax, current)
            return ax
