"""Pictures made small: matplotlib's SVG with shorter paths and names, and its rasters packed better."""

from __future__ import annotations

import base64
import io
import re
from functools import lru_cache

from PIL import Image

# Coordinates lose what lies behind the second decimal, from 10 on behind the first: a tenth of a point is not seen.
_DECIMALS = re.compile(rb"(\d\d\.\d|(?<!\d)[1-9]\.\d\d)\d+")
_NOISE = re.compile(
    rb"^<\?xml.*?\?>\s*|<!DOCTYPE.*?>\s*|\s*<metadata>.*?</metadata>|<!--.*?-->|(?<=\n) +"
    rb"| id=\"(?:[a-z.]+(?:2d)?|[A-Z]\w+)_\d+\"",
    re.DOTALL,
)
# The names of the letters, which stand wherever one is written, and their places in a line.
_LETTERS = re.compile(rb"\bSourceSans3-([RB])\w+-")
_PLACES = re.compile(rb'(<use [^>]*?) transform="translate\(([-\d.]+) 0\)"')
# Words with an outline: the same path twice, first with a line around it.
_OUTLINED = re.compile(
    rb'(?P<path><path d="(?P<d>[^"]*)" style=")(?P<fill>fill: #\w+)(?P<line>; stroke: #\w+; stroke-width: [\d.]+)"/>\n'
    rb'<path d="(?P=d)" style="(?P=fill)"/>'
)
# What a path is made of; one with numbers in another notation stays as it is.
_PATH = re.compile(rb'(?<= d=")[MLQCz\d.\s-]+(?=")')
_STEPS = re.compile(rb"([MLQCz])([^MLQCz]*)")
_BETWEEN = re.compile(rb">\s+<")
_HUNDREDTHS = 100
_RASTER = re.compile(rb"<image (?P<head>[^>]*?)data:image/png;base64,(?P<data>[^\"]*)\"(?P<tail>[^>]*)>")
_COLOURS = 256


def shorten(svg: bytes) -> bytes:
    """Return the same picture, as matplotlib writes it, in fewer bytes; its rasters stay as they are.

    Metadata, needless names and decimals go. Outlined words are drawn once, paths run from point to point instead of
    from the corner of the picture.
    """
    text = _LETTERS.sub(rb"\1", _DECIMALS.sub(rb"\1", _NOISE.sub(b"", svg)))
    text = _PLACES.sub(rb'\1 x="\2"', text)
    text = _OUTLINED.sub(rb'\g<path>\g<fill>\g<line>; paint-order: stroke"/>', text)
    return _BETWEEN.sub(b"><", _PATH.sub(lambda path: _relative(path[0]), text)).replace(b" xlink:href=", b" href=")


# Letters stand in many pictures, and all else in the light and the dark one.
@lru_cache(maxsize=20_000)
def _relative(path: bytes) -> bytes:
    """Write a path of absolute commands with relative ones, in whole hundredths so that no error adds up."""
    steps, place, start = [], (0, 0), (0, 0)
    for command, values in _STEPS.findall(path):
        if command == b"z":
            steps.append("z")
            place = start
            continue
        numbers = [round(_HUNDREDTHS * float(value)) for value in values.split()]
        # All points of a curve count from where it begins.
        moves = [number - place[i % 2] for i, number in enumerate(numbers)]
        steps.append(command.decode().lower() + " ".join(map(_short, moves)).replace(" -", "-"))
        place = (numbers[-2], numbers[-1])
        if command == b"M":
            start = place
    return "".join(steps).encode()


def _short(hundredths: int) -> str:
    """Write a number of hundredths without needless zeros."""
    whole, rest = divmod(abs(hundredths), _HUNDREDTHS)
    digits = f"{whole or ''}.{rest:02d}".rstrip("0") if rest else str(whole)
    return f"-{digits}" if hundredths < 0 else digits


def pack_rasters(svg: bytes, *, screen: bool) -> bytes:
    """Return the same picture with smaller rasters: drawings with few colours, photographs unchanged pixel by pixel.

    Parameters
    ----------
    screen
        Whether browsers alone show it, which know smaller formats.
    """
    return _RASTER.sub(lambda match: _smaller(match, screen), svg)


def _smaller(match: re.Match[bytes], screen: bool) -> bytes:
    # Photographs are told apart by their style: they are shown pixel by pixel, in all their colours.
    photographs = b"image-rendering" in match["head"] + match["tail"]
    if photographs and not screen:
        return match[0]
    raster: Image.Image = Image.open(io.BytesIO(base64.b64decode(match["data"])))
    if not photographs:
        raster = raster.convert("RGBA").quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    if screen:
        kind = b"webp"
        raster.convert("RGBA").save(buffer, "WEBP", lossless=True, method=2, quality=50)
    else:
        kind = b"png"
        raster.save(buffer, "PNG", compress_level=6)
    data = base64.b64encode(buffer.getvalue())
    return b'<image %sdata:image/%s;base64,%s"%s>' % (match["head"], kind, data, match["tail"])
