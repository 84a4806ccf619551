"""Pictures made small: matplotlib's SVG with fewer decimals and shorter names, and its rasters packed better."""

from __future__ import annotations

import base64
import io
import re

from PIL import Image

# Coordinates lose what lies behind the second decimal, from 10 on behind the first: a tenth of a point is not seen.
_DECIMALS = re.compile(rb"(\d\d\.\d|(?<!\d)[1-9]\.\d\d)\d+")
# Line ends before the commands of a path, and spaces behind them.
_ENDS, _SPACES = re.compile(rb" ?\n(?=[MLQC] |z)"), re.compile(rb"(?<=[MLQC]) (?=-?\d)")
_NOISE = re.compile(
    rb"\s*<metadata>.*?</metadata>|<!--.*?-->|(?<=\n) +| id=\"(?:[a-z.]+(?:2d)?|[A-Z]\w+)_\d+\"", re.DOTALL
)
# The names of the letters, which stand wherever one is written.
_LETTERS = re.compile(rb"\bSourceSans3-([RB])\w+-")
_RASTER = re.compile(rb"<image (?P<head>[^>]*?)data:image/png;base64,(?P<data>[^\"]*)\"(?P<tail>[^>]*)>")
_COLOURS = 256


def compact(svg: bytes, *, screen: bool) -> bytes:
    """Return the same picture in fewer bytes: without metadata, needless names and decimals, and unused colours.

    Parameters
    ----------
    svg
        As matplotlib writes it.
    screen
        Whether browsers alone show it, which know smaller formats of photographs.
    """
    text = _LETTERS.sub(rb"\1", _DECIMALS.sub(rb"\1", _NOISE.sub(b"", svg)))
    text = _SPACES.sub(b"", _ENDS.sub(b"", text)).replace(b" xlink:href=", b" href=")
    return _RASTER.sub(lambda match: _smaller(match, screen), text)


def _smaller(match: re.Match[bytes], screen: bool) -> bytes:
    raster = Image.open(io.BytesIO(base64.b64decode(match["data"])))
    buffer = io.BytesIO()
    # Photographs are told apart by their style: they are shown pixel by pixel, in all their colours.
    photographs = b"image-rendering" in match["head"] + match["tail"]
    if photographs and not screen:
        return match[0]
    if photographs:
        kind = b"webp"
        raster.save(buffer, "WEBP", lossless=True, method=2, quality=50)
    else:
        kind = b"png"
        palette = raster.convert("RGBA").quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        palette.save(buffer, "PNG", compress_level=6)
    data = base64.b64encode(buffer.getvalue())
    return b'<image %sdata:image/%s;base64,%s"%s>' % (match["head"], kind, data, match["tail"])
