"""Appearance of the photographs: colours, plates, outlines, shadows, texture and light.

Photographs are composed in luma and two colour differences. Luma is relative here: the background is at 0 and the
digits are at +1 or -1. Brightness and contrast are set later (:mod:`svhnlab.data.synthetic.degrade`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.data.synthetic.glyphs import Atlas
from svhnlab.data.synthetic.layout import Field, Layouts, digit_distances, number_coordinates
from svhnlab.data.synthetic.parameters import Painted

# Colour differences (blue, red) of paints: enamel blue, navy, brown, orange, brass, red, green.
_PAINTS = np.array(
    [
        [0.16, -0.08],
        [0.12, -0.03],
        [-0.07, 0.05],
        [-0.15, 0.14],
        [-0.14, 0.03],
        [-0.03, 0.17],
        [-0.04, -0.07],
    ]
)
_PAINT_SHARES = np.array([0.3, 0.15, 0.2, 0.1, 0.1, 0.1, 0.05])


@dataclass(frozen=True)
class _Canvas:
    """Geometry and tone of P photographs.

    Attributes
    ----------
    layouts, atlas
        The numbers and the shapes of their digits.
    x, y
        Position of each pixel in digit heights from the middle of the number, shape (P, H, W).
    pixel
        Width of a pixel in digit heights, shape (P, 1, 1).
    tone
        Luma of the digits relative to their background, +1 or -1, shape (P,).
    """

    layouts: Layouts
    atlas: Atlas
    x: Field
    y: Field
    pixel: Field
    tone: NDArray[np.float64]


def paint(layouts: Layouts, atlas: Atlas, height: int, width: int, rng: np.random.Generator) -> Painted:
    """Paint photographs of a height and width in pixels.

    Photographs smaller than that are at the upper left; the scene continues around them.
    """
    x, y = number_coordinates(layouts, height, width)
    tone = rng.choice([-1.0, 1.0], size=len(layouts))
    canvas = _Canvas(layouts, atlas, x, y, _wide(layouts.pixel), tone)
    picture = _paint_wall(canvas, rng)
    _cast_shadow(picture, canvas, rng)
    distances = digit_distances(layouts, atlas, x, y)
    outlined, hollow = _paint_digits(picture, canvas, distances.max(axis=1), rng)
    _light(picture, canvas, rng)
    return Painted(picture, distances, outlined, hollow)


def _paint_wall(canvas: _Canvas, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the background: a plate with an edge, often with a border line, on a wall of another colour."""
    layouts, x, y, pixel = canvas.layouts, canvas.x, canvas.y, canvas.pixel
    count, size = len(layouts), x.shape[1:]
    ground = _flat(np.zeros(count), _draw_tints(count, 0.3, rng), size)
    ground[:, 0] += _wide(rng.lognormal(np.log(0.05), 0.8, count)) * _texture(count, size, rng)
    ground[:, 0] += _stripes(canvas, rng)

    drawn = layouts.digits >= 0
    centre_x, centre_y = np.where(drawn, layouts.centre_x, 0), np.where(drawn, layouts.centre_y, 0)
    left, right = centre_x.min(axis=1) - 0.3 * layouts.stretch, centre_x.max(axis=1) + 0.3 * layouts.stretch
    top, bottom = centre_y.min(axis=1) - 0.5, centre_y.max(axis=1) + 0.5
    # the edges of a plate are visible at the sides more often than above and below
    edged = rng.random((4, count)) < np.array([0.45, 0.45, 0.2, 0.2])[:, None]
    room = np.where(edged, rng.lognormal(np.log(0.2), 0.6, (4, count)), 9.0)
    inside = np.minimum(
        np.minimum(x - _wide(left - room[0]), _wide(right + room[1]) - x),
        np.minimum(y - _wide(top - 0.8 * room[2]), _wide(bottom + 0.8 * room[3]) - y),
    )
    wall = _flat(rng.normal(0, 0.8, count), _draw_tints(count, 0.3, rng), size)
    wall[:, 0] += _wide(rng.lognormal(np.log(0.12), 0.8, count)) * _texture(count, size, rng)
    _lay(wall, ground, _coverage(inside, pixel))

    bordered = rng.random(count) < 0.3
    luma = np.where(rng.random(count) < 0.6, canvas.tone, rng.normal(0, 1, count))
    border = _flat(luma, _draw_tints(count, 0.1, rng), size)
    inset, width = rng.uniform(0.0, 0.08, count), rng.uniform(0.015, 0.04, count)
    line = _coverage(_wide(width) - np.abs(inside - _wide(inset + width)), pixel)
    _lay(wall, border, line * _wide(bordered.astype(np.float64)))
    return wall


def _cast_shadow(picture: NDArray[np.float32], canvas: _Canvas, rng: np.random.Generator) -> None:
    """Darken or lighten the background beside the strokes of some photographs, as raised digits do, in place."""
    raised = np.flatnonzero(rng.random(len(picture)) < 0.3)
    if not len(raised):
        return
    count = len(raised)
    depth, angle = rng.uniform(0.03, 0.12, count), rng.uniform(0, 2 * np.pi, count)
    x = canvas.x[raised] - _wide(depth * np.cos(angle))
    y = canvas.y[raised] - _wide(depth * np.sin(angle))
    moved = digit_distances(canvas.layouts.take(raised), canvas.atlas, x, y).max(axis=1)
    softness = canvas.pixel[raised] + _wide(rng.uniform(0, 0.1, count))
    picture[raised, 0] += _coverage(moved, softness) * _wide(rng.normal(-0.25, 0.5, count))


def _paint_digits(
    picture: NDArray[np.float32], canvas: _Canvas, distance: Field, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Paint the strokes in place, some with an outline and some hollow; return which, both of shape (P,)."""
    count, size = len(picture), picture.shape[2:]
    outlined = rng.random(count) < 0.15
    width = rng.uniform(0.03, 0.1, count)
    rim = _flat(rng.normal(0, 1.1, count), _draw_tints(count, 0.1, rng), size)
    outline = _coverage(distance + _wide(width), canvas.pixel)
    _lay(picture, rim, outline * _wide(outlined.astype(np.float64)))

    digit = _flat(canvas.tone, _draw_tints(count, 0.2, rng), size)
    digit[:, 0] += _wide(rng.lognormal(np.log(0.05), 0.8, count)) * _texture(count, size, rng)
    slope = rng.normal(0, 0.12, (2, count))
    digit[:, 0] += _wide(slope[0]) * canvas.x + _wide(slope[1]) * canvas.y
    # neon, wire and stencilled digits show the background inside their strokes
    hollow = rng.random(count) < 0.03
    core = _coverage(distance - _wide(0.4 * canvas.atlas.stroke[canvas.layouts.style]), canvas.pixel)
    coverage = _coverage(distance, canvas.pixel) * (1 - core * _wide(hollow.astype(np.float64)))
    _lay(picture, digit, coverage)
    return outlined, hollow


def _light(picture: NDArray[np.float32], canvas: _Canvas, rng: np.random.Generator) -> None:
    """Add a gradient of light to all photographs and the edge of a cast shadow to some, in place."""
    count = len(picture)
    slope = rng.normal(0, 0.12, (2, count))
    picture[:, 0] += _wide(slope[0]) * canvas.x + _wide(slope[1]) * canvas.y
    angle = rng.uniform(0, 2 * np.pi, count)
    along = _wide(np.cos(angle)) * canvas.x + _wide(np.sin(angle)) * canvas.y
    # the edge of the shadow is somewhere on the number
    reach = 0.5 - canvas.layouts.centre_x[:, 0]
    edge = (along - _wide(rng.normal(0, 1, count) * reach)) / _wide(rng.uniform(0.05, 0.6, count))
    strength = np.where(rng.random(count) < 0.08, rng.normal(0, 0.7, count), 0.0)
    picture[:, 0] += _wide(strength) / (1 + np.exp(np.clip(-edge * 4, -30, 30)))


def _stripes(canvas: _Canvas, rng: np.random.Generator) -> Field:
    """Return the joints of bricks and boards on some photographs: dark or light lines across the background."""
    count = len(canvas.tone)
    strength = np.where(rng.random(count) < 0.12, rng.normal(0, 0.4, count), 0.0)
    level = rng.random((count, 1, 1)) < 0.6
    frequency, phase = rng.uniform(0.6, 2.5, count), rng.random(count)
    place = np.where(level, canvas.y, canvas.x) * _wide(frequency) + _wide(phase)
    return np.asarray(_wide(strength) * (np.abs(place % 1 - 0.5) < 0.08))


def _wide(values: NDArray[np.float64]) -> Field:
    """Return one value per photograph, in a shape that broadcasts over its pixels."""
    return values.astype(np.float32)[:, None, None]


def _flat(luma: NDArray[np.float64], tint: NDArray[np.float64], size: tuple[int, ...]) -> NDArray[np.float32]:
    """Return photographs of one colour each, shape (P, 3, height, width) for a size (height, width)."""
    colour = np.concatenate([luma[:, None], tint], axis=1).astype(np.float32)
    return np.broadcast_to(colour[:, :, None, None], (*colour.shape, *size)).copy()


def _lay(picture: NDArray[np.float32], paint_: NDArray[np.float32], coverage: Field) -> None:
    """Blend paint over photographs by its coverage, in place."""
    picture += (paint_ - picture) * coverage[:, None]


def _coverage(distance: Field, pixel: Field) -> Field:
    """Return the share of each pixel that lies inside, from the signed distance of its centre."""
    return np.asarray(np.clip(distance / pixel + 0.5, 0, 1))


def _draw_tints(count: int, painted: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return colour differences, shape (P, 2): strong paints for a share of the photographs, else nearly grey."""
    grey = rng.normal([0.0, 0.0], [0.032, 0.02], (count, 2))
    strong = _PAINTS[rng.choice(len(_PAINTS), size=count, p=_PAINT_SHARES)]
    strong = strong * rng.uniform(0.1, 0.9, (count, 1))
    return np.where(rng.random((count, 1)) < painted, strong, 0.0) + grey


def _texture(count: int, size: tuple[int, ...], rng: np.random.Generator) -> Field:
    """Return noise with a standard deviation of 1 whose spectrum falls off as a random power of frequency."""
    noise = rng.standard_normal((count, *size), dtype=np.float32)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(size[0]), np.fft.rfftfreq(size[1]), indexing="ij"))
    frequency[0, 0] = np.inf
    power = _wide(rng.uniform(0.4, 1.8, count))
    spectrum = np.fft.rfft2(noise) * (frequency.astype(np.float32)[None] * max(size)) ** -power
    field = np.fft.irfft2(spectrum, s=size).astype(np.float32)
    return np.asarray(field / field.std(axis=(1, 2), keepdims=True))
