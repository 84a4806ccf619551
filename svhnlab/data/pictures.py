"""Reading of single picture files: any size and colour mode, as RGB pixels of one size.

Files are untrusted: only the decoders of `FORMATS` are used, and pictures of too many pixels are refused before they
are decoded.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
"""Formats that are decoded, whatever the suffix of the file."""
SUFFIXES = frozenset([".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"])
"""Suffixes of picture files, in lower case."""
THUMBNAIL = 64
"""Largest side in pixels of an image in the report, and the smallest at which pictures are stored by default."""
BACKGROUND = (255, 255, 255)
"""Colour behind transparent parts."""
MAX_PIXELS = 89_478_485
"""Pictures with more pixels are refused, as by Pillow."""

#: Errors that Pillow raises on damaged files, depending on where the damage is.
DAMAGE_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    ZeroDivisionError,
    MemoryError,
    NotImplementedError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)

#: What is converted, by Pillow's mode of the picture.
_MODES = {
    "1": "grey",
    "L": "grey",
    "P": "with a palette",
    "RGBX": "with an unused channel",
    "CMYK": "in CMYK",
    "YCbCr": "in YCbCr",
    "HSV": "in HSV",
}
_TRANSPARENT = ("RGBA", "LA", "PA", "RGBa", "La")
_ORIENTATION = 0x0112  # EXIF tag
_SIXTEEN_BITS = 65_535


@dataclass(frozen=True)
class ReadingOptions:
    """How pictures are read; Format 2 files do not need it.

    Attributes
    ----------
    side
        Height and width in pixels at which pictures are stored, one of `svhnlab.config.recipes.STORED_SIZES`.
    skip_broken
        Whether files that cannot be read are left out; otherwise they are an error.
    cache
        Folder for the stored pictures if the folder of the data cannot be written to; None without such a folder.
    training
        Whether training images of each class are needed; they are not where a trained model is evaluated.
    """

    side: int = THUMBNAIL
    skip_broken: bool = False
    cache: Path | None = None
    training: bool = True


class UnreadablePicture(Exception):
    """A file that is not a picture, is damaged, or has pixels that cannot be converted; the text is the reason."""


@contextmanager
def strict_decoding() -> Iterator[None]:
    """Make Pillow's warning of too many pixels an error. For a whole process: do not enter it in several threads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata, which is not used
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def read_picture(file: Path | BinaryIO, side: int) -> tuple[Image.Image, tuple[str, ...]]:
    """Read a picture file as RGB.

    The orientation in the EXIF metadata is applied, transparent parts are put on white, 16 bits are scaled to 8, grey
    is repeated in all channels, and of several frames the first is used. Colour profiles are ignored.

    Parameters
    ----------
    file
        Path of the file, or its content.
    side
        Side in pixels that is needed: large JPEG files are decoded at a fraction of their size, at least twice this.

    Returns
    -------
    The picture, and what was converted, as phrases such as "grey" or "with transparency".

    Raises
    ------
    UnreadablePicture
        If the file cannot be used.
    """
    try:
        with Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise UnreadablePicture(_too_large(picture))
            found = [] if getattr(picture, "n_frames", 1) == 1 else ["with several frames"]
            if picture.mode in ("RGB", "L"):
                picture.draft(picture.mode, (2 * side, 2 * side))
            picture.load()
            if picture.getexif().get(_ORIENTATION, 1) != 1:
                found.append("turned by their metadata")
            upright = ImageOps.exif_transpose(picture)
            converted, kind = to_rgb(upright)
    except Image.UnidentifiedImageError:
        raise UnreadablePicture(f"not a {', '.join(FORMATS[:-1])} or {FORMATS[-1]} picture") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnreadablePicture(f"more than {MAX_PIXELS:,} pixels") from None
    except DAMAGE_ERRORS as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UnreadablePicture(f"damaged ({reason[:120]})") from error
    return converted, (*found, *kind)


def _too_large(picture: Image.Image) -> str:
    return f"{picture.width:,} by {picture.height:,} pixels, more than {MAX_PIXELS:,}"


def to_rgb(picture: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """Convert a picture to RGB, and return what was converted; ``UnreadablePicture`` if it cannot be."""
    mode = picture.mode
    if mode.startswith("I"):
        return _from_integers(np.asarray(picture)), ("of 16 bits",)
    if mode in _TRANSPARENT or "transparency" in picture.info:
        return _on_background(picture), ("with transparency",)
    if mode == "RGB":
        return picture, ()
    if mode not in _MODES:
        raise UnreadablePicture(f"pixels of kind {mode}; save it as RGB with 8 or 16 bits")
    return picture.convert("RGB"), (_MODES[mode],)


def _on_background(picture: Image.Image) -> Image.Image:
    layered = picture.convert("RGBA")
    background = Image.new("RGBA", layered.size, (*BACKGROUND, 255))
    return Image.alpha_composite(background, layered).convert("RGB")


def _from_integers(values: NDArray[Any]) -> Image.Image:
    if values.size and not 0 <= values.min() <= values.max() <= _SIXTEEN_BITS:
        raise UnreadablePicture(f"pixels from {values.min()} to {values.max()}; save it with 8 or 16 bits")
    return Image.fromarray(eight_bits(values.astype(np.uint16))).convert("RGB")


def eight_bits(values: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Scale 16-bit values to 0–255."""
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def fit(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    """Resize an RGB picture to a square, and keep its proportions.

    The longer side becomes `side`; the rest is filled evenly at both ends with the picture's mean colour. Pillow's
    bicubic filter is used, which averages over all pixels when it reduces (antialiasing).

    Returns
    -------
    uint8, shape (3, side, side); the pixels of a picture that has this size are not changed.
    """
    if picture.size == (side, side):
        return np.ascontiguousarray(np.moveaxis(np.asarray(picture), -1, 0))
    scale = side / max(picture.size)
    width, height = (max(1, round(length * scale)) for length in picture.size)
    pixels = np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0))
    square = np.empty((3, side, side), dtype=np.uint8)
    square[:] = np.rint(pixels.mean(axis=(0, 1))).astype(np.uint8)[:, None, None]
    left, top = (side - width) // 2, (side - height) // 2
    square[:, top : top + height, left : left + width] = np.moveaxis(pixels, -1, 0)
    return square


def resized(images: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Resize square images of shape (N, 3, H, H) as `fit` does, to shape (N, 3, side, side)."""
    if images.shape[-1] == side:
        return images
    return np.stack([fit(Image.fromarray(np.moveaxis(image, 0, -1)), side) for image in images])


def at_most(images: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Reduce square images that are larger than a side in pixels."""
    return resized(images, min(side, images.shape[-1]))
