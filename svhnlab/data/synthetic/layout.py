"""Geometry of each photograph: house number, lettering, perspective, and the crop of each digit.

An image in SVHN's Format 2 is the bounding box of one digit of a house number, widened to a square: it is tight in
height, and parts of the neighbouring digits are visible at both sides. The crops of one number overlap.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from svhnlab.data.synthetic.glyphs import Atlas, sample_fields

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Field = NDArray[np.float32]

MARGIN = 4  # native pixels around the crops, for blur and the grid of JPEG blocks
# Mean side in pixels of the crops of a number before they are resized to 32, and how often each occurs: most numbers
# are small.
_NATIVE_SIZES = np.array([10, 12, 14, 16, 19, 22, 26, 32, 40, 50])
_NATIVE_SHARES = np.array([0.04, 0.08, 0.11, 0.13, 0.15, 0.15, 0.13, 0.1, 0.07, 0.04])
_NUMBER_LENGTH = np.array([0.08, 0.47, 0.35, 0.10])  # shares of numbers with one to four digits
_FONT_SHARE = 0.4  # of the photographs; the others have digits of a random hand
_BOX_JITTER = 0.02  # standard deviation of the logarithm of a crop's side within a number
_MAX_CONVERGENCE = 0.3  # largest change of scale by perspective between the middle and an end of a number


@dataclass(frozen=True)
class Layouts:
    """Geometry of P photographs of numbers with up to D digits. Lengths are in digit heights unless stated otherwise.

    Attributes
    ----------
    style
        Row of the atlas, shape (P,).
    digits
        Digits from left to right, -1 beyond the end of the number, shape (P, D).
    centre_x, centre_y
        Centre of each digit relative to the middle of the number, shape (P, D).
    stretch
        Horizontal scale of the digits.
    weight
        Width added at each side of a stroke.
    waist
        Downward shift of the middle of every digit.
    wobble
        Amplitude of the waves that bend the strokes horizontally and vertically, shape (P, 2).
    wobble_phase
        Phase of these waves in radians, shape (P, 2).
    slant, turn
        Shear of the upright strokes; rotation of the number in radians.
    perspective
        Convergence along x and y per digit height, shape (P, 2).
    pixel
        Width of a pixel, shape (P,).
    origin
        Row and column of the photograph's first pixel, in pixels from the middle of the number, shape (P, 2).
    size
        Height and width of the photograph in pixels: the crops and MARGIN pixels around them, shape (P, 2).
    corner
        Row and column of the first pixel of each digit's crop in the photograph, shape (P, D, 2).
    side
        Side of each crop in pixels, shape (P, D); 0 beyond the end of the number.
    """

    style: Integers
    digits: Integers
    centre_x: Floats
    centre_y: Floats
    stretch: Floats
    weight: Floats
    waist: Floats
    wobble: Floats
    wobble_phase: Floats
    slant: Floats
    turn: Floats
    perspective: Floats
    pixel: Floats
    origin: Integers
    size: Integers
    corner: Integers
    side: Integers

    def __len__(self) -> int:
        return len(self.style)

    def take(self, rows: NDArray[np.int64]) -> Layouts:
        """Return the layouts of some photographs."""
        return Layouts(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def draw_numbers(count: int, share: Floats, rng: np.random.Generator) -> Integers:
    """Draw house numbers whose digits have given frequencies and of which none starts with 0.

    Parameters
    ----------
    count
        Number of house numbers, P.
    share
        Expected share of each digit 0-9 among the digits of all numbers, shape (10,).
    rng
        Random generator.

    Returns
    -------
    int64, shape (P, D), -1 beyond the end of a number.
    """
    most = len(_NUMBER_LENGTH)
    mean = float((_NUMBER_LENGTH * np.arange(1, most + 1)).sum())
    first = np.where(np.arange(10) == 0, 0.0, share) / (1 - share[0])
    # zeros occur only after the first digit, where they are more frequent in return
    zero = share[0] * mean / (mean - 1)
    later = (1 - zero) * first
    later[0] = zero
    length = 1 + rng.choice(most, size=count, p=_NUMBER_LENGTH)
    digits = rng.choice(10, size=(count, most), p=later)
    digits[:, 0] = rng.choice(10, size=count, p=first)
    return np.where(np.arange(most) < length[:, None], digits, -1)


def draw_layouts(digits: Integers, atlas: Atlas, rng: np.random.Generator) -> Layouts:
    """Draw the layout of a photograph of each number, shape (P, D), -1 beyond the end of a number."""
    count, most = len(digits), digits.shape[1]
    drawn = digits >= 0
    hands = len(atlas.fields) - atlas.fonts
    style = np.where(
        rng.random(count) < _FONT_SHARE,
        rng.integers(atlas.fonts, size=count),
        atlas.fonts + rng.integers(hands, size=count),
    )
    stretch = np.exp(rng.normal(-0.18, 0.22, count))
    weight = np.maximum(rng.normal(0.005, 0.022, count), 0.03 - atlas.stroke[style])
    gap = np.clip(rng.lognormal(np.log(0.14), 0.6, count), 0.02, 0.7) + 2 * np.maximum(weight, 0)

    half = np.where(drawn, atlas.half_width[style[:, None], digits], 0.0) * stretch[:, None]
    steps = half[:, 1:] + half[:, :-1] + gap[:, None] * rng.normal(1.0, 0.1, (count, most - 1))
    centre_x = np.concatenate([np.zeros((count, 1)), np.cumsum(np.where(drawn[:, 1:], steps, 0), axis=1)], axis=1)
    centre_x -= centre_x[:, -1:] / 2
    # some numbers rise or fall without a rotation of their digits
    climb = np.where(rng.random(count) < 0.12, rng.normal(0, 0.25, count), rng.normal(0, 0.02, count))
    centre_y = centre_x * climb[:, None] + rng.normal(0, 0.012, (count, most))
    limit = _MAX_CONVERGENCE / (0.5 - centre_x[:, :1])
    layouts = Layouts(
        style=style,
        digits=digits,
        centre_x=centre_x,
        centre_y=centre_y,
        stretch=stretch,
        weight=weight,
        waist=rng.normal(0, 0.02, count),
        wobble=rng.normal(0, 0.018, (count, 2)),
        wobble_phase=rng.uniform(0, 2 * np.pi, (count, 2)),
        slant=np.where(rng.random(count) < 0.25, rng.normal(0.15, 0.15, count), rng.normal(0, 0.06, count)),
        turn=np.where(rng.random(count) < 0.12, rng.normal(0, 0.25, count), rng.normal(0, 0.06, count)),
        perspective=np.clip(rng.normal(0, 0.05, (count, 2)), -limit, limit),
        pixel=np.ones(count),
        origin=np.zeros((count, 2), dtype=np.int64),
        size=np.zeros((count, 2), dtype=np.int64),
        corner=np.zeros((count, most, 2), dtype=np.int64),
        side=np.zeros((count, most), dtype=np.int64),
    )
    return _draw_crops(layouts, half, rng)


def _draw_crops(layouts: Layouts, half: Floats, rng: np.random.Generator) -> Layouts:
    """Return layouts with the crops of the digits, whose half width has the shape (P, D), and the photographs' sizes.

    As in SVHN, the boxes of one number differ a little in height and position, and crops start at whole pixels.
    """
    count, most = len(layouts), layouts.digits.shape[1]
    drawn = layouts.digits >= 0
    bold = np.maximum(layouts.weight, 0)[:, None]
    slant, turn = layouts.slant[:, None], layouts.turn[:, None]
    # the digits' centres in the plane of the photograph: the inverse of `number_coordinates`
    across = layouts.centre_x - slant * layouts.centre_y
    x = np.cos(turn) * across - np.sin(turn) * layouts.centre_y
    y = np.sin(turn) * across + np.cos(turn) * layouts.centre_y
    depth = 1 / (1 - layouts.perspective[:, :1] * x - layouts.perspective[:, 1:] * y)

    half_y = 0.5 + bold
    lean = half + bold + np.abs(slant) * half_y
    cos, sin = np.abs(np.cos(turn)), np.abs(np.sin(turn))
    box_x, box_y = cos * lean + sin * half_y, sin * lean + cos * half_y
    loose = np.clip(rng.lognormal(np.log(1.2), 0.13, (count, 1)), 0.92, 2.0)
    widened = np.clip(rng.normal(1.05, 0.12, (count, 1)), 0.9, None)
    side = 2 * loose * depth * np.maximum(box_x * widened * depth, box_y)
    side *= np.exp(rng.normal(0, _BOX_JITTER, (count, most)))
    native = rng.choice(_NATIVE_SIZES, size=count, p=_NATIVE_SHARES)
    pixel = np.where(drawn, side, 0).sum(axis=1) / drawn.sum(axis=1) / native

    # half of the variance of the position is common to the crops of a number
    shift = (rng.normal(0, 1, (count, 1, 2)) + rng.normal(0, 1, (count, most, 2))) / np.sqrt(2)
    shift *= (0.025 + 0.25 * np.clip(loose - 1, 0, 0.3))[:, :, None]
    centre = np.stack([depth * y, depth * x], axis=2) + shift
    pixels = np.where(drawn, np.rint(side / pixel[:, None]), 0).astype(np.int64)
    corner = np.rint(centre / pixel[:, None, None] - pixels[:, :, None] / 2).astype(np.int64)
    shown = drawn[:, :, None]
    first = np.where(shown, corner, np.iinfo(np.int64).max).min(axis=1) - MARGIN
    last = np.where(shown, corner + pixels[:, :, None], np.iinfo(np.int64).min).max(axis=1) + MARGIN
    return replace(layouts, pixel=pixel, origin=first, size=last - first, corner=corner - first[:, None], side=pixels)


def number_coordinates(layouts: Layouts, height: int, width: int) -> tuple[Field, Field]:
    """Return the position of each pixel in digit heights from the middle of the number.

    Photographs smaller than the given size in pixels continue to the right and below; both results have the shape
    (P, height, width).
    """

    def wide(values: Floats) -> Field:
        return values.astype(np.float32)[:, None, None]

    u_axis = (layouts.origin[:, 1:] + 0.5 + np.arange(width)) * layouts.pixel[:, None]
    v_axis = (layouts.origin[:, :1] + 0.5 + np.arange(height)) * layouts.pixel[:, None]
    u: Field = u_axis.astype(np.float32)[:, None, :]
    v: Field = v_axis.astype(np.float32)[:, :, None]
    depth = 1 + wide(layouts.perspective[:, 0]) * u + wide(layouts.perspective[:, 1]) * v
    # beyond the edge of a photograph the depth can approach zero
    np.maximum(depth, 0.2, out=depth)
    u, v = np.divide(u, depth, dtype=np.float32), np.divide(v, depth, dtype=np.float32)
    cos, sin = wide(np.cos(layouts.turn)), wide(np.sin(layouts.turn))
    across, down = cos * u + sin * v, cos * v - sin * u
    across += wide(layouts.slant) * down
    # waves about as long as a digit is high, so that the same digit of a style differs between places
    bend_x = wide(layouts.wobble[:, 0]) * np.sin(5 * down + wide(layouts.wobble_phase[:, 0]))
    bend_y = wide(layouts.wobble[:, 1]) * np.sin(5 * across + wide(layouts.wobble_phase[:, 1]))
    return across + bend_x, down + bend_y


def digit_distances(layouts: Layouts, atlas: Atlas, x: Field, y: Field) -> Field:
    """Return the signed distance to the strokes of each digit at (x, y), positive inside, shape (P, D, H, W)."""
    flat = atlas.fields.reshape(-1, *atlas.fields.shape[2:])
    count, height, width = x.shape
    result = np.full((count, layouts.digits.shape[1], height, width), -1.0, dtype=np.float32)
    for place in range(layouts.digits.shape[1]):
        drawn = np.flatnonzero(layouts.digits[:, place] >= 0)
        if not len(drawn):
            continue
        centre_x = layouts.centre_x[drawn, place].astype(np.float32)[:, None, None]
        centre_y = layouts.centre_y[drawn, place].astype(np.float32)[:, None, None]
        stretch = layouts.stretch[drawn].astype(np.float32)[:, None, None]
        waist = layouts.waist[drawn].astype(np.float32)[:, None, None]
        glyph_x = (x[drawn] - centre_x) / stretch
        glyph_y = y[drawn] - centre_y
        glyph_y = glyph_y - waist * np.clip(1 - 4 * glyph_y * glyph_y, 0, 1)
        index = layouts.style[drawn] * atlas.fields.shape[1] + layouts.digits[drawn, place]
        result[drawn, place] = np.maximum(sample_fields(flat, index, glyph_x, glyph_y), -1)
    result += layouts.weight.astype(np.float32)[:, None, None, None]
    return result
