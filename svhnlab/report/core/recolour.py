"""The picture of one theme from that of another, by replacing its colours instead of drawing it again."""

from __future__ import annotations

import re
from functools import cache

from matplotlib.colors import to_hex

from svhnlab.report.core.style import CLASS_COLOURS, LEVELS, THEMES, ThemeName
from svhnlab.report.core.svg import has_drawing_as_raster

_COLOUR = re.compile(rb"(?<=[ \"])#[0-9a-f]{6}\b")


def recoloured(light: bytes, target: ThemeName, *, same_rasters: bool = False) -> bytes | None:
    """Return a picture of the light theme in the colours of another theme.

    Parameters
    ----------
    same_rasters
        Whether its rasters have no colour of the theme.

    Returns
    -------
    The picture that drawing in the other theme would give; None if that can't be had from this one. For print, only
    rasters keep their colours. For the dark theme, a picture with a rasterised drawing has to be drawn; photographs are
    the same in every theme.
    """
    new = _replacements(target)
    if target == "dark":
        rasters_differ = not same_rasters and has_drawing_as_raster(light)
        if rasters_differ or not new.keys() >= set(_COLOUR.findall(light)):
            return None
    return _COLOUR.sub(lambda match: new.get(match[0], match[0]), light)


@cache
def _replacements(target: ThemeName) -> dict[bytes, bytes]:
    """Colours of the light theme and of the classes, with those of another theme."""
    light, other = THEMES["light"], THEMES[target]
    pairs = [
        *((getattr(light, name), getattr(other, name)) for name in ("text", "muted", "line", "faint", "page")),
        (light.accent, other.accent),
        (light.error, other.error),
        *zip(light.hues, other.hues, strict=True),
        *zip(light.on_ramp, other.on_ramp, strict=True),
        *((to_hex(light.cmap(level)), to_hex(other.cmap(level))) for level in range(LEVELS)),
        *((colour, colour) for colour in CLASS_COLOURS),
    ]
    return {one.encode(): another.encode() for one, another in pairs}
