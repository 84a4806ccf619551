"""What the digits look like: colours, plates, outlines, shadows, texture and light.

Pictures are composed in luma and two colour differences. Here luma is relative, with the ground at 0 and the digits
at +1 or -1; exposure, in the module on degradation, gives it brightness and contrast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from svhnlab.data.generated.glyphs import Atlas
from svhnlab.data.generated.layout import Field, Layouts, digit_distance, number_coordinates

# Colour differences (blue, red) of paints, at most about 0.5: enamel blue, navy, brown, orange, brass, red, green.
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


def paint(
    layouts: Layouts, atlas: Atlas, native: int, margin: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return pictures as planes of luma, blue and red difference, shape (N, 3, S, S), S = native + 2 margin."""
    count, size = len(layouts), native + 2 * margin
    x, y = number_coordinates(layouts, native, margin)
    pixel = _wide(layouts.side / native)
    distance = digit_distance(layouts, atlas, x, y)
    tone = rng.choice([-1.0, 1.0], size=count)

    ground = _flat(np.zeros(count), _draw_tints(count, 0.3, rng), size)
    ground[:, 0] += _wide(rng.lognormal(np.log(0.07), 0.8, count)) * _texture(count, size, rng)
    ground[:, 0] += _stripes(count, x, y, rng)
    picture = _hang_plate(ground, layouts, x, y, pixel, tone, rng)
    _cast_shadow(picture, layouts, atlas, x, y, pixel, rng)

    outlined = rng.random(count) < 0.15
    width = np.where(outlined, rng.uniform(0.03, 0.1, count), 0.0)
    rim = _flat(rng.normal(0, 1.1, count), _draw_tints(count, 0.1, rng), size)
    _lay(picture, rim, _coverage(distance + _wide(width), pixel) * _wide(outlined.astype(np.float64)))

    digit = _flat(tone, _draw_tints(count, 0.2, rng), size)
    digit[:, 0] += _wide(rng.lognormal(np.log(0.05), 0.8, count)) * _texture(count, size, rng)
    slope = rng.normal(0, 0.12, (2, count))
    digit[:, 0] += _wide(slope[0]) * x + _wide(slope[1]) * y
    coverage = _coverage(distance, pixel)
    # Neon, wire and stencilled digits show the ground inside their strokes.
    hollow = rng.random(count) < 0.03
    core = _coverage(distance - _wide(0.4 * atlas.stroke[layouts.style]), pixel)
    coverage *= 1 - core * _wide(hollow.astype(np.float64))
    _lay(picture, digit, coverage)
    _light(picture, x, y, rng)
    return picture


def _wide(values: NDArray[np.float64]) -> Field:
    """Return one value per picture in a shape that spreads over its pixels."""
    return values.astype(np.float32)[:, None, None]


def _flat(luma: NDArray[np.float64], tint: NDArray[np.float64], size: int) -> NDArray[np.float32]:
    """Return pictures of one colour each, shape (N, 3, size, size)."""
    colour = np.concatenate([luma[:, None], tint], axis=1).astype(np.float32)
    return np.repeat(np.repeat(colour[:, :, None, None], size, axis=2), size, axis=3)


def _lay(picture: NDArray[np.float32], paint_: NDArray[np.float32], coverage: Field) -> None:
    """Lay paint over pictures where it covers them; changes the pictures."""
    picture += (paint_ - picture) * coverage[:, None]


def _coverage(distance: Field, pixel: Field) -> Field:
    """Return how much of each pixel lies inside, from the signed distance of its centre."""
    return np.asarray(np.clip(distance / pixel + 0.5, 0, 1))


def _draw_tints(count: int, painted: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return colour differences, shape (N, 2): a share of strong paints, the others greyish."""
    grey = rng.normal([0.0, 0.0], [0.02, 0.012], (count, 2))
    strong = _PAINTS[rng.choice(len(_PAINTS), size=count, p=_PAINT_SHARES)]
    strong = strong * rng.uniform(0.1, 0.9, (count, 1))
    return np.where(rng.random((count, 1)) < painted, strong, 0.0) + grey


def _texture(count: int, size: int, rng: np.random.Generator) -> Field:
    """Return noise of zero mean and unit deviation whose spectrum falls off as a random power of frequency."""
    noise = rng.standard_normal((count, size, size), dtype=np.float32)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.rfftfreq(size), indexing="ij"))
    frequency[0, 0] = np.inf
    power = _wide(rng.uniform(0.4, 1.8, count))
    spectrum = np.fft.rfft2(noise) * (frequency.astype(np.float32)[None] * size) ** -power
    field = np.fft.irfft2(spectrum, s=(size, size)).astype(np.float32)
    return np.asarray(field / field.std(axis=(1, 2), keepdims=True))


def _stripes(count: int, x: Field, y: Field, rng: np.random.Generator) -> Field:
    """Return the joints of bricks and boards on some pictures: dark or light lines across the ground."""
    strength = np.where(rng.random(count) < 0.12, rng.normal(0, 0.4, count), 0.0)
    level = rng.random(count) < 0.6
    phase = np.where(level[:, None, None], y, x) * _wide(rng.uniform(0.6, 2.5, count)) + _wide(
        rng.random(count)
    )
    return np.asarray(_wide(strength) * (np.abs(phase % 1 - 0.5) < 0.08))


def _hang_plate(
    ground: NDArray[np.float32],
    layouts: Layouts,
    x: Field,
    y: Field,
    pixel: Field,
    tone: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return the ground as a plate with an edge, often a border line, on a wall of another colour."""
    count, size = len(layouts), x.shape[1]
    drawn = layouts.digits >= 0
    left = np.where(drawn, layouts.centre_x, 0).min(axis=1) - 0.3 * layouts.stretch
    right = np.where(drawn, layouts.centre_x, 0).max(axis=1) + 0.3 * layouts.stretch
    room = np.where(rng.random((4, count)) < 0.45, rng.lognormal(np.log(0.2), 0.6, (4, count)), 9.0)
    inside = np.minimum(
        np.minimum(x - _wide(left - room[0]), _wide(right + room[1]) - x),
        np.minimum(y + _wide(0.5 + 0.8 * room[2]), _wide(0.5 + 0.8 * room[3]) - y),
    )
    wall = _flat(rng.normal(0, 0.9, count), _draw_tints(count, 0.3, rng), size)
    wall[:, 0] += _wide(rng.lognormal(np.log(0.12), 0.8, count)) * _texture(count, size, rng)
    bordered = rng.random(count) < 0.3
    border = _flat(
        np.where(rng.random(count) < 0.6, tone, rng.normal(0, 1, count)), _draw_tints(count, 0.1, rng), size
    )
    _lay(wall, ground, _coverage(inside, pixel))
    inset, width = rng.uniform(0.0, 0.08, count), rng.uniform(0.015, 0.04, count)
    line = _coverage(_wide(width) - np.abs(inside - _wide(inset + width)), pixel)
    _lay(wall, border, line * _wide(bordered.astype(np.float64)))
    return wall


def _cast_shadow(
    picture: NDArray[np.float32],
    layouts: Layouts,
    atlas: Atlas,
    x: Field,
    y: Field,
    pixel: Field,
    rng: np.random.Generator,
) -> None:
    """Darken or lighten the ground beside the strokes of some pictures, as raised digits do; changes them."""
    raised = np.flatnonzero(rng.random(len(layouts)) < 0.3)
    if not len(raised):
        return
    count = len(raised)
    depth = rng.uniform(0.03, 0.12, count)
    angle = rng.uniform(0, 2 * np.pi, count)
    moved = digit_distance(
        layouts.take(raised),
        atlas,
        x[raised] - _wide(depth * np.cos(angle)),
        y[raised] - _wide(depth * np.sin(angle)),
    )
    softness = pixel[raised] + _wide(rng.uniform(0, 0.1, count))
    shadow = _coverage(moved, softness) * _wide(rng.normal(-0.25, 0.5, count))
    picture[raised, 0] += shadow


def _light(picture: NDArray[np.float32], x: Field, y: Field, rng: np.random.Generator) -> None:
    """Add a gradient of light to all pictures and the edge of a cast shadow to some; changes them."""
    count = len(picture)
    slope = rng.normal(0, 0.2, (2, count))
    picture[:, 0] += _wide(slope[0]) * x + _wide(slope[1]) * y
    angle = rng.uniform(0, 2 * np.pi, count)
    along = _wide(np.cos(angle)) * x + _wide(np.sin(angle)) * y
    edge = (along - _wide(rng.normal(0, 0.5, count))) / _wide(rng.uniform(0.05, 0.6, count))
    strength = np.where(rng.random(count) < 0.12, rng.normal(0, 0.7, count), 0.0)
    picture[:, 0] += _wide(strength) / (1 + np.exp(np.clip(-edge * 4, -30, 30)))
