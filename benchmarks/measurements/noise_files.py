"""Format 2 files of any size with random images."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from svhnlab.data.mat import write_format2


def write(file: str, images: int) -> int:
    """Write random images and labels of ten classes, uncompressed, and return the size of the file in bytes."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (images, 3, 32, 32), dtype=np.uint8)
    write_format2(Path(file), pixels, rng.integers(0, 10, images))
    return Path(file).stat().st_size
