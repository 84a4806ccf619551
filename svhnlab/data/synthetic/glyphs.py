"""Atlas of the shapes of characters: signed distance fields of fonts and of random hand-drawn styles.

Unlike a bitmap, a distance field can be sampled at any scale, slant and perspective with clean edges, and its threshold
sets the weight and the outline of the strokes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import distance_transform_edt, map_coordinates

from svhnlab.data.synthetic.strokes import Hand, Points

# matplotlib's fonts whose digits look like house numbers. Excluded are symbol fonts, old-style figures (cmmi10), dotted
# zeros (DejaVu Sans Mono), and oblique fonts, because the layout adds a slant.
FONT_FILES = (
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSerif-Bold.ttf",
    "STIXGeneral.ttf",
    "STIXGeneralBol.ttf",
    "STIXGeneralBolIta.ttf",
    "STIXGeneralItalic.ttf",
    "cmb10.ttf",
    "cmr10.ttf",
    "cmss10.ttf",
    "cmti10.ttf",
    "cmtt10.ttf",
)
HANDS = 48
CELL = 80  # samples along each side of a field
PER_HEIGHT = 46.0  # samples per height of a digit
_FONT_SIZE = 140  # pixels; digits are then about 100 pixels high, twice the resolution of the atlas
_HANDS_SEED = 20_111  # the hand-drawn styles are the same for every data set


@dataclass(frozen=True)
class Atlas:
    """Distance fields of C characters, such as the ten digits, in all styles.

    Attributes
    ----------
    fields
        Signed distance to the outline in digit heights, positive inside, float32, shape
        (styles, C, CELL, CELL). A character has a height of one and is centred in its cell.
    half_width
        Half the width of each character in digit heights, shape (styles, C).
    stroke
        Half the stroke width of each style in digit heights, shape (styles,).
    fonts
        Number of styles that are fonts; they come first, followed by the hand-drawn styles.
    """

    fields: NDArray[np.float32]
    half_width: NDArray[np.float64]
    stroke: NDArray[np.float64]
    fonts: int


@lru_cache(maxsize=1)
def load_atlas() -> Atlas:
    """Build the atlas of the digits, which takes about a second; later calls return the cached object."""
    return build_atlas("0123456789", lambda hand, digit, x, y: hand.distance(int(digit), x, y))


def build_atlas(
    characters: Sequence[str], draw: Callable[[Hand, str, Points, Points], Points], hands: int = HANDS
) -> Atlas:
    """Build the atlas of some characters, in the fonts and the hand-drawn styles of all data sets.

    Parameters
    ----------
    characters
        The characters, C of them.
    draw
        Returns the signed distance to the outline of a character in a hand-drawn style at each (x, y); see
        `svhnlab.data.synthetic.strokes.Hand.distance`.
    hands
        Number of hand-drawn styles, the first of all.
    """
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    fonts: list[ImageFont.FreeTypeFont | ImageFont.ImageFont] = [
        ImageFont.truetype(str(folder / name), _FONT_SIZE) for name in FONT_FILES
    ]
    fonts.append(ImageFont.load_default(_FONT_SIZE))
    rng = np.random.default_rng(_HANDS_SEED)
    axis = (np.arange(CELL) - (CELL - 1) / 2) / PER_HEIGHT
    y, x = np.meshgrid(axis, axis, indexing="ij")
    styles = [np.stack([_font_field(font, character) for character in characters]) for font in fonts]
    for hand in (Hand.draw(rng) for _ in range(hands)):
        styles.append(np.stack([draw(hand, character, x, y) for character in characters]))
    fields = np.stack(styles).astype(np.float32)
    columns = (fields > 0).any(axis=2)
    half_width = columns.sum(axis=2) / (2 * PER_HEIGHT)
    stroke = np.median(fields.max(axis=(2, 3)), axis=1)
    return Atlas(fields, half_width, stroke.astype(np.float64), len(fonts))


def _font_field(font: ImageFont.FreeTypeFont | ImageFont.ImageFont, character: str) -> NDArray[np.float64]:
    """Return the distance field of a font's character, shape (CELL, CELL)."""
    image = Image.new("L", (2 * _FONT_SIZE, 2 * _FONT_SIZE))
    ImageDraw.Draw(image).text((_FONT_SIZE, _FONT_SIZE), character, font=font, fill=255, anchor="mm")
    inside = np.asarray(image) > 127
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    height = rows[-1] - rows[0] + 1
    distance = distance_transform_edt(inside) - distance_transform_edt(~inside)
    axis = (np.arange(CELL) - (CELL - 1) / 2) / PER_HEIGHT * height
    grid = np.meshgrid(axis + (rows[0] + rows[-1]) / 2, axis + (columns[0] + columns[-1]) / 2, indexing="ij")
    return np.asarray(map_coordinates(distance, grid, order=1, mode="nearest") / height)


def sample_fields(
    fields: NDArray[np.float32], index: NDArray[np.int64], x: NDArray[np.float32], y: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Sample fields at points, with bilinear interpolation.

    Parameters
    ----------
    fields
        Shape (G, CELL, CELL).
    index
        Field to sample for each leading element of x and y, shape (N,).
    x, y
        Position relative to the digit's centre in digit heights, shape (N, H, W); positions outside the cell get the
        value at its border.
    """
    column = np.clip(x * PER_HEIGHT + (CELL - 1) / 2, 0, CELL - 1.001)
    row = np.clip(y * PER_HEIGHT + (CELL - 1) / 2, 0, CELL - 1.001)
    left, top = column.astype(np.int32), row.astype(np.int32)
    column -= left
    row -= top
    flat = fields.reshape(-1)
    corner = top * CELL + left + (index * (CELL * CELL)).astype(np.int32)[:, None, None]
    upper = flat[corner] * (1 - column) + flat[corner + 1] * column
    lower = flat[corner + CELL] * (1 - column) + flat[corner + CELL + 1] * column
    return np.asarray(upper * (1 - row) + lower * row)
