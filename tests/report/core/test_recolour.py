"""The picture of one theme from that of another."""

from __future__ import annotations

import re

import pytest

from svhnlab.report import (
    AccuracyChart,
    AgreementFigure,
    ConfusedClasses,
    ConfusionMatrix,
    EmbeddingMaps2D,
    ErrorGallery,
)
from svhnlab.report.core.display import Display
from svhnlab.report.core.recolour import recoloured
from svhnlab.report.core.style import CLASS_COLOURS, THEMES, ThemeName
from svhnlab.store.schema import Study

# Names of shared shapes are digests that depend on the colour; black is the default fill of SVG.
INVISIBLE = rb'(?<=[#"])[a-z]+[0-9a-f]{10}| style="fill: #000000"|fill: #000000; ?'


def visible(svg: bytes) -> bytes:
    return re.sub(INVISIBLE, b"", svg)


class TestRecoloured:
    @pytest.mark.parametrize("target", ["dark", "print"])
    @pytest.mark.parametrize("kind", [AccuracyChart, ErrorGallery, ConfusedClasses, AgreementFigure, ConfusionMatrix])
    def test_equals_the_drawing(self, study: Study, kind: type[Display], target: ThemeName) -> None:
        """The recoloured picture equals the one drawn in the other theme; photographs are unchanged.

        So are points and maps that have no colour of the theme.
        """
        display = kind.from_study(study, *(["cnn"] if kind in (ConfusedClasses, ConfusionMatrix) else []))
        new = recoloured(display._drawn("light"), target, same_rasters=display.same_rasters)
        assert new is not None
        assert visible(new) == visible(display._drawn(target))

    def test_rasters_are_drawn_again(self, study: Study) -> None:
        """Points of a raster have other colours in the dark theme."""
        light = EmbeddingMaps2D.from_study(study)._drawn("light")
        assert recoloured(light, "dark") is None
        assert recoloured(light, "print") is not None

    @pytest.mark.parametrize("target", ["dark", "print"])
    def test_every_colour_of_the_theme(self, target: ThemeName) -> None:
        """Each colour of the light theme is replaced by the one with the same meaning; classes keep theirs."""
        light, other = THEMES["light"], THEMES[target]
        for one, another in [
            *((getattr(light, name), getattr(other, name)) for name in ("text", "muted", "line", "faint", "page")),
            (light.accent, other.accent),
            (light.error, other.error),
            *zip(light.hues, other.hues, strict=True),
            *zip(light.ramp[::2], other.ramp[::2], strict=True),
            *((colour, colour) for colour in CLASS_COLOURS),
        ]:
            assert (
                recoloured(f'<path style="fill: {one}"/>'.encode(), target)
                == f'<path style="fill: {another}"/>'.encode()
            )

    def test_colour_that_is_not_the_themes(self) -> None:
        """A drawing with another colour can't be recoloured for the dark theme."""
        assert recoloured(b'<path style="fill: #123456"/>', "dark") is None

    def test_print_has_the_colour_scale_of_the_light_theme(self) -> None:
        """So a matrix need not be drawn again for print."""
        assert THEMES["light"].ramp == THEMES["print"].ramp
        assert THEMES["light"].page == THEMES["print"].page
