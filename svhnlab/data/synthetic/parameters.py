"""Parameters with which each generated image was drawn: the known properties by which errors can be explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from svhnlab.data.synthetic.glyphs import Atlas
from svhnlab.data.synthetic.layout import Field, Layouts

Values = NDArray[np.float32]

SIDE = 32  # height and width of a finished image in pixels
PARAMETERS_FILE = "parameters.npz"
"""File of the parameters in a folder of generated digits."""


@dataclass(frozen=True)
class Parameters:
    """Parameters of N generated images, each float32 of shape (N,).

    Those of the photograph, such as its exposure, are the same for all images that were cut from it.

    Attributes
    ----------
    blur
        Standard deviation of the blur in pixels of the finished image, the geometric mean of its two axes.
    sharpening
        Amplification of fine detail by the camera, 0 for none.
    contrast
        Luma difference between digit and background before blur and clipping; 1 is that of black and white.
    brightness
        Mean luma of the images of the photograph.
    noise
        Standard deviation of the luma noise, in luma.
    quality
        JPEG quality, 45 to 95.
    native_size
        Side of the crop in the photograph in pixels, before it is resized to 32.
    slant, rotation
        Angles in degrees: lean of the upright strokes, positive to the right; rotation of the number, positive
        clockwise.
    perspective
        Change of scale over a digit height.
    stroke
        Stroke width in digit heights.
    width
        Horizontal scale of the digit.
    hand_drawn, outlined, hollow
        1 for digits of a random hand instead of a font, with an outline, and with strokes that show the background;
        else 0.
    neighbours
        Share of the digits' area in the image that belongs to other digits.
    cut_off
        Share of the digit's area that is outside the image, as far as the photograph shows it.
    """

    blur: Values
    sharpening: Values
    contrast: Values
    brightness: Values
    noise: Values
    quality: Values
    native_size: Values
    slant: Values
    rotation: Values
    perspective: Values
    stroke: Values
    width: Values
    hand_drawn: Values
    outlined: Values
    hollow: Values
    neighbours: Values
    cut_off: Values

    def arrays(self) -> dict[str, Values]:
        """Return the values by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def empty(cls, count: int) -> Parameters:
        """Return parameters of `count` images that `put` fills in."""
        return cls(**{field.name: np.empty(count, dtype=np.float32) for field in fields(cls)})

    def put(self, rows: NDArray[np.bool_] | slice, values: Parameters, kept: slice = slice(None)) -> None:
        """Fill in the parameters of some rows, with some of the values."""
        for name, target in self.arrays().items():
            target[rows] = values.arrays()[name][kept]


@dataclass(frozen=True)
class Appearance:
    """How P photographs were painted and taken, each of shape (P,); see `Parameters`.

    Attributes
    ----------
    blur
        In pixels of the photograph.
    sharpening, contrast, brightness, noise, quality
        As in `Parameters`.
    """

    blur: NDArray[np.float64]
    sharpening: NDArray[np.float64]
    contrast: NDArray[np.float64]
    brightness: NDArray[np.float64]
    noise: NDArray[np.float64]
    quality: NDArray[np.int64]


@dataclass(frozen=True)
class Painted:
    """Photographs before the camera, and what was painted.

    Attributes
    ----------
    picture
        Planes of luma, blue and red difference, shape (P, 3, H, W).
    distances
        Signed distance to the strokes of each digit, positive inside, shape (P, D, H, W).
    outlined, hollow
        Booleans, shape (P,).
    """

    picture: Field
    distances: Field
    outlined: NDArray[np.bool_]
    hollow: NDArray[np.bool_]


def collect(layouts: Layouts, atlas: Atlas, painted: Painted, taken: Appearance) -> Parameters:
    """Return the parameters of the images of P photographs, in the order of the crops."""
    photograph, place = np.nonzero(layouts.digits >= 0)
    side = layouts.side[photograph, place]
    neighbours, cut_off = _visible_shares(layouts, painted.distances > 0, photograph, place)
    values = {
        "blur": taken.blur[photograph] * SIDE / side,
        "sharpening": taken.sharpening[photograph],
        "contrast": taken.contrast[photograph],
        "brightness": taken.brightness[photograph],
        "noise": taken.noise[photograph],
        "quality": taken.quality[photograph],
        "native_size": side,
        "slant": np.degrees(np.arctan(layouts.slant))[photograph],
        "rotation": np.degrees(layouts.turn)[photograph],
        "perspective": np.hypot(*layouts.perspective.T)[photograph],
        "stroke": 2 * (atlas.stroke[layouts.style] + layouts.weight)[photograph],
        "width": layouts.stretch[photograph],
        "hand_drawn": (layouts.style >= atlas.fonts)[photograph],
        "outlined": painted.outlined[photograph],
        "hollow": painted.hollow[photograph],
        "neighbours": neighbours,
        "cut_off": cut_off,
    }
    return Parameters(**{name: np.asarray(value, dtype=np.float32) for name, value in values.items()})


def _visible_shares(
    layouts: Layouts, inside: NDArray[np.bool_], photograph: NDArray[np.int64], place: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of other digits in each image, and of its digit outside it; `inside` is (P, D, H, W)."""
    shown, own, whole = (np.empty(len(photograph)) for _ in range(3))
    for image, (row, digit) in enumerate(zip(photograph, place, strict=True)):
        (top, left), side = layouts.corner[row, digit], layouts.side[row, digit]
        crop = inside[row, :, top : top + side, left : left + side]
        own[image], shown[image] = crop[digit].sum(), crop.any(axis=0).sum()
        whole[image] = inside[row, digit, : layouts.size[row, 0], : layouts.size[row, 1]].sum()
    # thin strokes of small digits may pass between the centres of pixels
    return 1 - own / np.maximum(shown, 1), 1 - own / np.maximum(whole, 1)


def write_parameters(path: Path, splits: Mapping[str, Parameters], digests: Mapping[str, str]) -> None:
    """Write the parameters of each split, with the SHA-256 of the file of its images in hexadecimal."""
    arrays = {f"{split}_{name}": values for split, part in splits.items() for name, values in part.arrays().items()}
    arrays |= {f"{split}_sha256": np.array(digest) for split, digest in digests.items()}
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]  # numpy's stub types every keyword as a flag


def read_parameters(path: Path, split: str, digest: str) -> Parameters | None:
    """Read the parameters of a split; None unless the file is intact and has this digest of the split's images."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            if str(archive[f"{split}_sha256"]) != digest:
                return None
            return Parameters(**{field.name: archive[f"{split}_{field.name}"] for field in fields(Parameters)})
    except (OSError, ValueError, KeyError, BadZipFile):
        return None
