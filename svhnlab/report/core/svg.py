"""Compression of matplotlib's SVG: shorter paths and names, smaller rasters."""

from __future__ import annotations

import base64
import io
import re
from functools import lru_cache

from PIL import Image

# Coordinates below 10 keep two decimals, others one: a tenth of a point is not visible.
_DECIMALS = re.compile(rb"(\d\d\.\d|(?<!\d)[1-9]\.\d\d)\d+")
_NOISE = re.compile(
    rb"^<\?xml.*?\?>\s*|<!DOCTYPE.*?>\s*|\s*<metadata>.*?</metadata>|<!--.*?-->|(?<=\n) +"
    rb"| id=\"(?:[a-z.]+(?:2d)?|[A-Z]\w+)_\d+\"",
    re.DOTALL,
)
# Names of the glyphs, repeated at each use, and positions of the glyphs in a line.
_LETTERS = re.compile(rb"\bSourceSans3-([RB])\w+-")
_PLACES = re.compile(rb'(<use [^>]*?) transform="translate\(([-\d.]+) 0\)"')
# Outlined text: the same path twice, first with a stroke.
_OUTLINED = re.compile(
    rb'(?P<path><path d="(?P<d>[^"]*)" style=")(?P<fill>fill: #\w+)(?P<line>; stroke: #\w+; stroke-width: [\d.]+)"/>\n'
    rb'<path d="(?P=d)" style="(?P=fill)"/>'
)
# Commands and numbers of a path; a path with numbers in another notation is left unchanged.
_PATH = re.compile(rb'(?<= d=")[MLQCz\d.\s-]+(?=")')
_STEPS = re.compile(rb"([MLQCz])([^MLQCz]*)")
_BETWEEN = re.compile(rb">\s+<")
_HUNDREDTHS = 100
_RASTER = re.compile(rb"<image (?P<head>[^>]*?)data:image/png;base64,(?P<data>[^\"]*)\"(?P<tail>[^>]*)>")
_COLOURS = 256


def shorten(svg: bytes) -> bytes:
    """Return the same picture, as written by matplotlib, in fewer bytes; its rasters are unchanged.

    Metadata, unused names and surplus decimals are removed. Outlined text is drawn once, and the coordinates of paths
    become relative to the previous point.
    """
    text = _LETTERS.sub(rb"\1", _DECIMALS.sub(rb"\1", _NOISE.sub(b"", svg)))
    text = _PLACES.sub(rb'\1 x="\2"', text)
    text = _OUTLINED.sub(rb'\g<path>\g<fill>\g<line>; paint-order: stroke"/>', text)
    return _BETWEEN.sub(b"><", _PATH.sub(lambda path: _relative(path[0]), text)).replace(b" xlink:href=", b" href=")


# Glyphs occur in many pictures, and other paths in both the light and the dark picture.
@lru_cache(maxsize=20_000)
def _relative(path: bytes) -> bytes:
    """Convert a path from absolute to relative commands, in whole hundredths to avoid accumulated rounding errors."""
    steps, place, start = [], (0, 0), (0, 0)
    for command, values in _STEPS.findall(path):
        if command == b"z":
            steps.append("z")
            place = start
            continue
        numbers = [round(_HUNDREDTHS * float(value)) for value in values.split()]
        # All points of a curve are relative to its start.
        moves = [number - place[i % 2] for i, number in enumerate(numbers)]
        steps.append(command.decode().lower() + " ".join(map(_short, moves)).replace(" -", "-"))
        place = (numbers[-2], numbers[-1])
        if command == b"M":
            start = place
    return "".join(steps).encode()


def _short(hundredths: int) -> str:
    """Write a number of hundredths without leading and trailing zeros."""
    whole, rest = divmod(abs(hundredths), _HUNDREDTHS)
    digits = f"{whole or ''}.{rest:02d}".rstrip("0") if rest else str(whole)
    return f"-{digits}" if hundredths < 0 else digits


def pack_rasters(svg: bytes, *, screen: bool) -> bytes:
    """Return the same picture with smaller rasters: drawings with few colours, photographs without loss.

    Parameters
    ----------
    screen
        Whether only browsers show it; they support smaller formats.
    """
    return _RASTER.sub(lambda match: _smaller(match, screen), svg)


def has_drawing_as_raster(svg: bytes) -> bool:
    """Return whether a picture has a raster that is not a photograph: a drawing with many points."""
    return not all(map(_is_photograph, _RASTER.finditer(svg)))


def _is_photograph(raster: re.Match[bytes]) -> bool:
    """Return whether a raster shows photographs, which are drawn without interpolation."""
    return b"image-rendering" in raster["head"] + raster["tail"]


def _smaller(match: re.Match[bytes], screen: bool) -> bytes:
    photographs = _is_photograph(match)
    if photographs and not screen:
        return match[0]
    return b"<image %sdata:image/%s%s>" % (match["head"], _packed(match["data"], photographs, screen), match["tail"])


# Most rasters are the same in the light and the dark picture.
@lru_cache(maxsize=64)
def _packed(data: bytes, photographs: bool, screen: bool) -> bytes:
    """Return a PNG in base64 in a smaller format, with the name of the format."""
    raster: Image.Image = Image.open(io.BytesIO(base64.b64decode(data)))
    if not photographs:
        raster = raster.convert("RGBA").quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    if screen:
        kind = b"webp"
        raster.convert("RGBA").save(buffer, "WEBP", lossless=True, method=2, quality=50)
    else:
        kind = b"png"
        raster.save(buffer, "PNG", compress_level=6)
    return b'%s;base64,%s"' % (kind, base64.b64encode(buffer.getvalue()))
