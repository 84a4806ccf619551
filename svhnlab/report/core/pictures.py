"""Many small images on one pair of axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

# Space between images in image pixels, half of it on each side of an image.
GUTTER = 2


def place_images(
    ax: Axes,
    images: Sequence[NDArray[np.uint8]],
    corners: Sequence[tuple[float, float]],
    width: float,
    height: float,
) -> None:
    """Show images on axes without interpolation, ticks or frame.

    All images are combined into one picture with transparent gaps, which is faster to draw.

    Parameters
    ----------
    ax
        Axes; their limits are set to 0 to `width`, left to right, and 0 to `height`, top to bottom.
    images
        uint8, each of shape (3, H, H).
    corners
        Left and upper edge of the field of each image; a field is one unit wide and high.
    width, height
        Size of the axes in fields.
    """
    side = images[0].shape[-1]
    field = side + GUTTER
    canvas = np.zeros((round(height * field), round(width * field), 4), dtype=np.uint8)
    for image, (left, top) in zip(images, corners, strict=True):
        y, x = round(top * field) + GUTTER // 2, round(left * field) + GUTTER // 2
        canvas[y : y + side, x : x + side, :3] = np.moveaxis(image, 0, -1)
        canvas[y : y + side, x : x + side, 3] = 255
    ax.imshow(canvas, extent=(0, width, height, 0), interpolation="none")
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    ax.set_axis_off()
