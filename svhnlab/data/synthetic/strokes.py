"""Digits drawn as stroke skeletons, in random hand-drawn styles.

The fonts of plotting libraries are text fonts; the lettering of house numbers is more varied. A skeleton is a set of
centre lines in a box of height one and width ``Hand.width``, with y downwards. The pen is an ellipse, so the same
skeleton can have thick stems and thin bars or strokes of even width.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Points = NDArray[np.float64]

_POINTS_PER_UNIT = 120


@dataclass(frozen=True)
class Hand:
    """Parameters of one style of hand-drawn digits; lengths are shares of the digit's height.

    Attributes
    ----------
    width
        Width of the box of the centre lines.
    waist
        Height at which the two halves of 3, 6, 8 and 9 meet, from the top for 3 and 8.
    squareness
        Exponent of the superellipses: 2 gives ellipses, larger values give rounded rectangles.
    pen
        Half the stroke width where the pen is widest.
    nib
        Ratio of the pen's width to its height: 1 gives even strokes, larger values give thin bars.
    flag, foot
        Length of the upstroke of the 1 and half the length of its base; zero for none.
    serif
        Half the length of the serifs on the open ends of 2, 5 and 7; zero for none.
    ball
        Radius of the balls at the ends of the curves of 2, 3, 5, 6 and 9; zero for none.
    curl
        Additional angle of these curves in degrees.
    wave
        Deviation of the base of the 2 and the tops of 5 and 7 from a straight line.
    flat_three, straight_six, curved_seven, open_four
        Whether these variants of 3, of 6 and 9, of 7, and of 4 are used.
    four_bar
        Height of the bar of the 4.
    """

    width: float
    waist: float
    squareness: float
    pen: float
    nib: float
    flag: float
    foot: float
    serif: float
    ball: float
    curl: float
    wave: float
    flat_three: bool
    straight_six: bool
    curved_seven: bool
    open_four: bool
    four_bar: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Hand:
        """Draw a random style."""
        serifed = rng.random() < 0.5
        width = rng.uniform(0.32, 0.66)
        pen = rng.uniform(0.05, min(0.11, 0.24 * width))
        return cls(
            width=width,
            waist=rng.uniform(0.42, 0.52),
            squareness=rng.choice([2.0, 2.3, 2.8, 3.6], p=[0.45, 0.25, 0.2, 0.1]),
            pen=pen,
            nib=rng.uniform(1.6, 3.0) if serifed else rng.uniform(1.0, 1.5),
            flag=rng.choice([0.0, 0.12, 0.2, 0.28, 0.38], p=[0.22, 0.28, 0.28, 0.14, 0.08]),
            foot=rng.uniform(0.12, 0.22) if serifed or rng.random() < 0.15 else 0.0,
            serif=rng.uniform(0.05, 0.1) if serifed else 0.0,
            ball=max(min(rng.uniform(0.09, 0.16), 0.27 * width), 1.1 * pen) if serifed and rng.random() < 0.8 else 0.0,
            curl=rng.uniform(-15, 25),
            wave=rng.uniform(0.04, 0.12) if rng.random() < (0.7 if serifed else 0.1) else 0.0,
            flat_three=rng.random() < (0.5 if serifed else 0.2),
            straight_six=rng.random() < 0.2,
            curved_seven=rng.random() < 0.4,
            open_four=rng.random() < 0.08,
            four_bar=rng.uniform(0.64, 0.76),
        )

    def strokes(self, digit: int) -> list[Points]:
        """Return the centre lines of a digit, each of shape (P, 2) with columns x and y."""
        return _SKELETONS[digit](self)

    def distance(self, digit: int, x: Points, y: Points) -> Points:
        """Return the signed distance to the digit's outline at each (x, y), in digit heights, positive inside.

        The digit is centred on the origin, and its outline, including the pen, has a height of one.
        """
        strokes = self.strokes(digit)
        points = np.concatenate(strokes)
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        scale = self._scale
        distance = self.distance_of(strokes, x, y)
        limit = np.array([points[:, 0].max() - middle[0] + self.pen, 0.5]) - self.ball
        for stroke, end in _BALLS.get(digit, ()) if self.ball else ():
            centre = (strokes[stroke][end] - middle) * scale
            # the ball is at the inner side of the curve's end, within the outline of the digit
            centre = np.clip(centre, -limit, limit)
            distance = np.maximum(distance, self.ball - np.hypot(x - centre[0], y - centre[1]))
        return np.asarray(distance)

    def distance_of(self, strokes: list[Points], x: Points, y: Points) -> Points:
        """Return the signed distance to the outline of any strokes drawn with the pen, as `distance` does."""
        points = np.concatenate(strokes)
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        # the pen is an ellipse: scaling y by the nib's ratio makes it a circle
        stretch = np.array([1.0, self.nib])
        tree = cKDTree((points - middle) * self._scale * stretch)
        reach = tree.query(np.stack([x.ravel(), y.ravel()], axis=1) * stretch)[0].reshape(x.shape)
        return np.asarray(self.pen - reach)

    @property
    def _scale(self) -> Points:
        """Factors along x and y that make room for the pen in the height of one."""
        return np.array([1.0, 1.0 - 2 * self.pen / self.nib])


def line(*corners: tuple[float, float]) -> Points:
    """Return evenly spaced points on the polyline through the corners."""
    ends = np.array(corners, dtype=np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(ends, axis=0).T))])
    steps = np.linspace(0, along[-1], max(2, int(along[-1] * _POINTS_PER_UNIT)))
    return np.stack([np.interp(steps, along, ends[:, 0]), np.interp(steps, along, ends[:, 1])], axis=1)


def _arc(box: tuple[float, float, float, float], start: float, stop: float, squareness: float = 2.0) -> Points:
    """Return points on the superellipse in box (x0, y0, x1, y1) between two angles.

    Angles are in degrees, 0 to the right and 90 down.
    """
    x0, y0, x1, y1 = box
    angle = np.radians(np.linspace(start, stop, int(abs(stop - start) / 3) + 2))
    cos, sin = np.cos(angle), np.sin(angle)
    power = 2.0 / squareness
    x = (x0 + x1) / 2 + (x1 - x0) / 2 * np.sign(cos) * np.abs(cos) ** power
    y = (y0 + y1) / 2 + (y1 - y0) / 2 * np.sign(sin) * np.abs(sin) ** power
    # equal steps of the angle are far apart near the corners of a superellipse; even spacing leaves no gaps
    return line(*zip(x.tolist(), y.tolist(), strict=True))


def _bezier(*control: tuple[float, float]) -> Points:
    """Return points on the cubic Bézier curve with the four control points."""
    p0, p1, p2, p3 = (np.array(point, dtype=np.float64) for point in control)
    t = np.linspace(0, 1, 60)[:, None]
    return np.asarray((1 - t) ** 3 * p0 + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t**2 * p2 + t**3 * p3)


def _swing(start: tuple[float, float], stop: tuple[float, float], wave: float) -> Points:
    """Return points on a horizontal bar with one wave, downwards if positive."""
    (x0, y), (x1, _) = start, stop
    return _bezier(start, (x0 + 0.4 * (x1 - x0), y + 1.6 * wave), (x0 + 0.7 * (x1 - x0), y + 0.4 * wave), stop)


def _zero(h: Hand) -> list[Points]:
    return [_arc((0, 0, h.width, 1), 0, 360, h.squareness)]


def _one(h: Hand) -> list[Points]:
    strokes = [line((0, 0), (0, 1))]
    if h.flag:
        strokes.append(line((0, 0), (-h.flag, h.flag * 0.8)))
    if h.foot:
        strokes.append(line((-h.foot, 1), (h.foot, 1)))
    return strokes


def _two(h: Hand) -> list[Points]:
    w = h.width
    bowl = h.waist * 1.25
    strokes = [
        _arc((0, 0, w, bowl), -170 - h.curl, 10, h.squareness),
        _bezier((w * 0.99, bowl * 0.58), (w * 0.92, 0.68), (w * 0.12, 0.78), (0, 1)),
        _swing((0, 1), (w, 1), -h.wave),
    ]
    if h.serif:
        strokes.append(line((w, 1), (w * 1.02, 1 - 1.6 * h.serif)))
    return strokes


def _three(h: Hand) -> list[Points]:
    w, waist = h.width, h.waist
    lower = _arc((0, waist, w, 1), -95, 165 + h.curl, h.squareness)
    if h.flat_three:
        top = [line((0.03 * w, 0), (0.95 * w, 0), (0.42 * w, waist))]
        if h.serif:
            top.append(line((0.03 * w, 0), (0.03 * w, 1.6 * h.serif)))
        return [lower, *top]
    upper = _arc((0.06 * w, 0, 0.94 * w, waist), -165 - h.curl, 90, h.squareness)
    return [lower, upper, line((0.34 * w, waist), (0.5 * w, waist))]


def _four(h: Hand) -> list[Points]:
    w, bar = h.width * 1.05, h.four_bar
    stem = 0.74 * w
    strokes = [line((0, bar), (w, bar)), line((stem, 0), (stem, 1))]
    strokes.append(line((0.1 * w if h.open_four else stem, 0), (0, bar)))
    if h.foot:
        strokes.append(line((stem - h.foot * 0.8, 1), (stem + h.foot * 0.8, 1)))
    return strokes


def _five(h: Hand) -> list[Points]:
    w = h.width
    top = h.waist * 0.85
    strokes = [
        _swing((0.14 * w, 0), (0.92 * w, 0), h.wave),
        line((0.14 * w, 0), (0.07 * w, top + 0.06)),
        _arc((-0.04 * w, top - 0.03, w, 1), -140, 160 + h.curl, h.squareness),
    ]
    if h.serif:
        strokes.append(line((0.92 * w, 0), (0.95 * w, h.serif)))
    return strokes


def _six(h: Hand) -> list[Points]:
    w = h.width
    top = 1 - h.waist * 1.2
    bowl = _arc((0, top, w, 1), 0, 360, h.squareness)
    if h.straight_six:
        return [bowl, line((0.72 * w, 0), (0.06 * w, top + (1 - top) * 0.38))]
    tail = _arc((0, 0, w, 1.05), 182, 318 + 0.6 * h.curl, h.squareness)
    return [bowl, tail, line((0, 0.52), (0, top + (1 - top) / 2))]


def _seven(h: Hand) -> list[Points]:
    w = h.width
    end = (0.25 * w, 1.0)
    down = _bezier((w, 0), (0.62 * w, 0.35), (0.28 * w, 0.6), end) if h.curved_seven else line((w, 0), end)
    strokes = [_swing((0, 0), (w, 0), h.wave), down]
    if h.serif:
        strokes.append(line((0, 0), (0, 1.6 * h.serif)))
    return strokes


def _eight(h: Hand) -> list[Points]:
    w, waist = h.width, h.waist
    upper = _arc((0.07 * w, 0, 0.93 * w, waist), 0, 360, h.squareness)
    return [upper, _arc((0, waist, w, 1), 0, 360, h.squareness)]


def _nine(h: Hand) -> list[Points]:
    return [np.array([h.width, 1.0]) - stroke for stroke in _six(h)]


# Stroke ends with a ball, by digit: (stroke, end).
_BALLS: dict[int, tuple[tuple[int, int], ...]] = {
    2: ((0, 0),),
    3: ((0, -1), (1, 0)),
    5: ((2, -1),),
    6: ((1, -1),),
    9: ((1, -1),),
}
_SKELETONS = (_zero, _one, _two, _three, _four, _five, _six, _seven, _eight, _nine)
