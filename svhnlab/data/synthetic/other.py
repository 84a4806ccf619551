"""Generated images that show no digit: letters and empty walls, drawn like the photographs of digits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from svhnlab.data.synthetic.glyphs import Atlas, build_atlas
from svhnlab.data.synthetic.split import draw_images
from svhnlab.data.synthetic.strokes import Hand, Points, line

#: Letters of straight strokes that resemble no digit; left out are I, L, Z and the round ones, such as O, S and B.
LETTERS = "AEFHKMNTVWXY"
_MOST = 4  # letters of a word
_HANDS = 16  # hand-drawn styles: a third of those of the digits, as each takes time to build
#: Corners of the straight strokes of each letter: x as a share of the width, y downwards as a share of the height.
_CORNERS: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "A": (((0, 1), (0.5, 0), (1, 1)), ((0.2, 0.62), (0.8, 0.62))),
    "E": (((1, 0), (0, 0), (0, 1), (1, 1)), ((0, 0.5), (0.8, 0.5))),
    "F": (((1, 0), (0, 0), (0, 1)), ((0, 0.5), (0.8, 0.5))),
    "H": (((0, 0), (0, 1)), ((1, 0), (1, 1)), ((0, 0.5), (1, 0.5))),
    "K": (((0, 0), (0, 1)), ((1, 0), (0, 0.6)), ((0.3, 0.42), (1, 1))),
    "M": (((0, 1), (0, 0), (0.5, 0.7), (1, 0), (1, 1)),),
    "N": (((0, 1), (0, 0), (1, 1), (1, 0)),),
    "T": (((0, 0), (1, 0)), ((0.5, 0), (0.5, 1))),
    "V": (((0, 0), (0.5, 1), (1, 0)),),
    "W": (((0, 0), (0.25, 1), (0.5, 0.3), (0.75, 1), (1, 0)),),
    "X": (((0, 0), (1, 1)), ((1, 0), (0, 1))),
    "Y": (((0, 0), (0.5, 0.5), (1, 0)), ((0.5, 0.5), (0.5, 1))),
}
_WIDE = {"M": 1.4, "W": 1.6}  # width of these letters in widths of a digit


@dataclass(frozen=True)
class OtherImages:
    """Images that show no digit.

    Attributes
    ----------
    images
        uint8, shape (N, 3, 32, 32), red, green, blue.
    photographs
        Photograph from which each image was cut, int64, shape (N,): ascending numbers from 0.
    """

    images: NDArray[np.uint8]
    photographs: NDArray[np.int64]


def draw_letters(count: int, rng: np.random.Generator) -> OtherImages:
    """Draw letters in typefaces of the digits, in words of one to four letters with equal probability."""
    length = 1 + rng.integers(_MOST, size=count)
    letters = rng.integers(len(LETTERS), size=(count, _MOST))
    return _draw(np.where(np.arange(_MOST) < length[:, None], letters, -1), load_letters(), count, rng)


def draw_walls(count: int, rng: np.random.Generator) -> OtherImages:
    """Draw walls and plates without a character, each from its own photograph.

    Like every generated photograph they are exposed to the contrast of photographs of digits, so contrast alone does
    not distinguish them.
    """
    letters = load_letters()
    empty = replace(letters, fields=np.full_like(letters.fields[:, :1], -1.0), half_width=letters.half_width[:, :1])
    return _draw(np.zeros((count, 1), dtype=np.int64), empty, count, rng)


@lru_cache(maxsize=1)
def load_letters() -> Atlas:
    """Build the atlas of the letters, which takes half a second; later calls return the cached object."""
    return build_atlas(LETTERS, _letter_distance, _HANDS)


def _letter_distance(hand: Hand, letter: str, x: Points, y: Points) -> Points:
    width = hand.width * _WIDE.get(letter, 1.1)
    strokes = [line(*((width * along, down) for along, down in corners)) for corners in _CORNERS[letter]]
    return hand.distance_of(strokes, x, y)


def _draw(words: NDArray[np.int64], atlas: Atlas, count: int, rng: np.random.Generator) -> OtherImages:
    """Draw words, shape (P, D), -1 beyond their ends, until there are `count` images."""
    photographs = np.nonzero(words >= 0)[0][:count]
    words = words[: photographs[-1] + 1]
    images, _ = draw_images(words, atlas, rng)
    return OtherImages(images[:count], photographs.astype(np.int64))
