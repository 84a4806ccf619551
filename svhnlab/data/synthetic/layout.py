"""Geometry of each picture: number, neighbouring digits, lettering, perspective and crop.

An image in SVHN's Format 2 is the bounding box of one digit of a house number, widened to a square. It is tight
vertically, and parts of the neighbouring digits are visible on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from svhnlab.data.synthetic.glyphs import Atlas, sample_fields

Floats = NDArray[np.float64]
Field = NDArray[np.float32]

REACH = 2  # neighbours drawn on each side
SLOTS = 2 * REACH + 1
_NUMBER_LENGTH = (0.08, 0.47, 0.35, 0.10)  # shares of numbers with one to four digits
_FONT_SHARE = 0.4  # of the pictures; the others have a hand-drawn style


@dataclass(frozen=True)
class Layouts:
    """Geometry of N pictures. Lengths are in digit heights unless noted otherwise.

    Attributes
    ----------
    style
        Row of the atlas, shape (N,).
    digits
        Digit in each slot, -1 for none, shape (N, SLOTS); the middle slot has the labelled digit.
    centre_x, centre_y
        Centre of each slot's digit relative to the middle one, shape (N, SLOTS).
    stretch
        Horizontal scale of the digits.
    weight
        Width added on each side of a stroke.
    waist
        Downward shift of the middle of every digit.
    wobble
        Amplitude of the waves that bend the strokes horizontally and vertically, shape (N, 2).
    wobble_phase
        Phase of these waves in radians, shape (N, 2).
    slant, turn
        Shear of the upright strokes; rotation of the number in radians.
    perspective
        Convergence along x and y per digit height, shape (N, 2).
    shift
        Centre of the crop relative to the digit's centre, shape (N, 2).
    side
        Side of the square crop.
    """

    style: NDArray[np.int64]
    digits: NDArray[np.int64]
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
    shift: Floats
    side: Floats

    def __len__(self) -> int:
        return len(self.style)

    def take(self, rows: NDArray[np.int64]) -> Layouts:
        """Return the layouts of the given rows."""
        return Layouts(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def draw_layouts(labels: NDArray[np.int64], atlas: Atlas, rng: np.random.Generator) -> Layouts:
    """Draw a layout for each label, shape (N,)."""
    count = len(labels)
    hands = len(atlas.fields) - atlas.fonts
    style = np.where(
        rng.random(count) < _FONT_SHARE,
        rng.integers(atlas.fonts, size=count),
        atlas.fonts + rng.integers(hands, size=count),
    )
    digits = _draw_numbers(labels, rng)
    stretch = np.exp(rng.normal(-0.18, 0.22, count))
    stroke = atlas.stroke[style]
    weight = np.maximum(rng.normal(0.005, 0.022, count), 0.03 - stroke)
    gap = np.clip(rng.lognormal(np.log(0.14), 0.6, count), 0.02, 0.7) + 2 * np.maximum(weight, 0)

    half = np.where(digits >= 0, atlas.half_width[style[:, None], digits], 0.0) * stretch[:, None]
    centre_x = np.zeros((count, SLOTS))
    for step in range(1, REACH + 1):
        for slot, inner in ((REACH + step, REACH + step - 1), (REACH - step, REACH - step + 1)):
            distance = half[:, slot] + half[:, inner] + gap * rng.normal(1.0, 0.1, count)
            centre_x[:, slot] = centre_x[:, inner] + np.sign(slot - inner) * distance
    # some numbers slope up or down without rotated digits
    climb = np.where(rng.random(count) < 0.12, rng.normal(0, 0.25, count), rng.normal(0, 0.02, count))
    centre_y = centre_x * climb[:, None] + rng.normal(0, 0.012, (count, SLOTS))
    centre_y[:, REACH] = 0

    slant = np.where(rng.random(count) < 0.25, rng.normal(0.15, 0.15, count), rng.normal(0, 0.06, count))
    turn = np.where(rng.random(count) < 0.12, rng.normal(0, 0.25, count), rng.normal(0, 0.06, count))
    half_x = half[:, REACH] + np.maximum(weight, 0)
    half_y = 0.5 + np.maximum(weight, 0)
    lean = half_x + np.abs(slant) * half_y
    cos, sin = np.abs(np.cos(turn)), np.abs(np.sin(turn))
    box_x, box_y = cos * lean + sin * half_y, sin * lean + cos * half_y
    loose = np.clip(rng.lognormal(np.log(1.2), 0.13, count), 0.92, 2.0)
    side = 2 * loose * np.maximum(box_x * np.clip(rng.normal(1.05, 0.12, count), 0.9, None), box_y)
    shift = rng.normal(0, 1, (count, 2)) * (0.025 + 0.25 * np.clip(loose - 1, 0, 0.3))[:, None]
    return Layouts(
        style=style,
        digits=digits,
        centre_x=centre_x,
        centre_y=centre_y,
        stretch=stretch,
        weight=weight,
        waist=rng.normal(0, 0.02, count),
        wobble=rng.normal(0, 0.018, (count, 2)),
        wobble_phase=rng.uniform(0, 2 * np.pi, (count, 2)),
        slant=slant,
        turn=turn,
        perspective=rng.normal(0, 0.05, (count, 2)),
        shift=shift,
        side=side,
    )


def _draw_numbers(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the digits in each slot around the labels, shape (N, SLOTS), -1 beyond the ends of the number."""
    count = len(labels)
    # a number of n digits gives n pictures
    share = np.array(_NUMBER_LENGTH) * np.arange(1, len(_NUMBER_LENGTH) + 1)
    length = 1 + rng.choice(len(share), size=count, p=share / share.sum())
    position = (rng.random(count) * length).astype(np.int64)
    # no number starts with 0
    position = np.where((labels == 0) & (length > 1) & (position == 0), 1, position)
    place = position[:, None] + np.arange(-REACH, REACH + 1)
    digits = rng.integers(0, 10, (count, SLOTS))
    digits = np.where((place == 0) & (digits == 0), 1, digits)
    digits = np.where((place >= 0) & (place < length[:, None]), digits, -1)
    digits[:, REACH] = labels
    return np.asarray(digits)


def number_coordinates(layouts: Layouts, native: int, margin: int) -> tuple[Field, Field]:
    """Return the position of each pixel of the crop, in digit heights from the middle digit's centre.

    The crop is ``native`` pixels wide with ``margin`` more on every side; both results have the shape
    (N, native + 2 margin, native + 2 margin).
    """
    axis = (np.arange(native + 2 * margin) - (native + 2 * margin - 1) / 2) / native
    y, x = np.meshgrid(axis, axis, indexing="ij")

    def wide(values: Floats) -> Field:
        return values.astype(np.float32)[:, None, None]

    side = wide(layouts.side)
    u = x.astype(np.float32) * side + wide(layouts.shift[:, 0])
    v = y.astype(np.float32) * side + wide(layouts.shift[:, 1])
    depth = 1 + wide(layouts.perspective[:, 0]) * u + wide(layouts.perspective[:, 1]) * v
    u /= depth
    v /= depth
    cos, sin = wide(np.cos(layouts.turn)), wide(np.sin(layouts.turn))
    across, down = cos * u + sin * v, cos * v - sin * u
    across += wide(layouts.slant) * down
    # waves of about one digit height, so that the same digit in the same style differs between pictures
    bend_x = wide(layouts.wobble[:, 0]) * np.sin(5 * down + wide(layouts.wobble_phase[:, 0]))
    bend_y = wide(layouts.wobble[:, 1]) * np.sin(5 * across + wide(layouts.wobble_phase[:, 1]))
    return across + bend_x, down + bend_y


def digit_distance(layouts: Layouts, atlas: Atlas, x: Field, y: Field) -> Field:
    """Return the signed distance to the strokes of the number at (x, y), positive inside, shape (N, H, W)."""
    flat = atlas.fields.reshape(-1, *atlas.fields.shape[2:])
    result = np.full(x.shape, -1.0, dtype=np.float32)
    for slot in range(SLOTS):
        drawn = np.flatnonzero(layouts.digits[:, slot] >= 0)
        if not len(drawn):
            continue
        centre_x = layouts.centre_x[drawn, slot].astype(np.float32)[:, None, None]
        centre_y = layouts.centre_y[drawn, slot].astype(np.float32)[:, None, None]
        stretch = layouts.stretch[drawn].astype(np.float32)[:, None, None]
        waist = layouts.waist[drawn].astype(np.float32)[:, None, None]
        glyph_x = (x[drawn] - centre_x) / stretch
        glyph_y = y[drawn] - centre_y
        glyph_y = glyph_y - waist * np.clip(1 - 4 * glyph_y * glyph_y, 0, 1)
        index = layouts.style[drawn] * 10 + layouts.digits[drawn, slot]
        result[drawn] = np.maximum(result[drawn], sample_fields(flat, index, glyph_x, glyph_y))
    return result + layouts.weight.astype(np.float32)[:, None, None]
