"""Many small photographs on one pair of axes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray


def place_images(
    ax: Axes, images: Iterable[NDArray[np.uint8]], positions: Iterable[tuple[float, float]], side: float = 1.0
) -> None:
    """Put images on axes, pixels unsmoothed.

    Parameters
    ----------
    ax
        Axes whose limits are set afterwards; the vertical axis may point down.
    images
        uint8, each of shape (3, H, W).
    positions
        Horizontal and vertical coordinate of each image's centre.
    side
        Side of each image in the units of the axes.
    """
    half = side / 2
    for image, (x, y) in zip(images, positions, strict=True):
        ax.imshow(
            np.moveaxis(image, 0, -1),
            extent=(x - half, x + half, y + half, y - half),
            interpolation="nearest",
        )


def frame_images(ax: Axes, width: float, height: float) -> None:
    """Show the rectangle from (0, 0) to (width, height), vertical axis down, without axes."""
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    ax.set_axis_off()
