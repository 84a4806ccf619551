"""Time and peak memory of reading a Format 2 file as large as SVHN's training file.

Run with `python benchmarks/read_format2.py`. It writes 73,257 synthetic images to a temporary folder,
compressed as the official file is, reads them in a process of its own, and prints seconds, the peak of
resident memory and its ratio to the 225 MB of pixels. The aim is a ratio of at most three.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.io import savemat

from svhnlab.data.mat import read_format2
from svhnlab.data.svhn import OFFICIAL_FILES

N_IMAGES = OFFICIAL_FILES["train"].n_images


def write_like_the_training_file(path: Path) -> None:
    rng = np.random.default_rng(0)
    savemat(
        path,
        {
            # Values from a narrow range compress about as well as the photographs do.
            "X": rng.integers(0, 56, (32, 32, 3, N_IMAGES), dtype=np.uint8),
            "y": rng.integers(1, 11, (N_IMAGES, 1), dtype=np.uint8),
        },
        do_compression=True,
    )


def peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def measure_here(path: Path) -> None:
    before = peak_bytes()
    start = time.perf_counter()
    data = read_format2(path)
    seconds = time.perf_counter() - start
    figures = {"seconds": seconds, "before": before, "peak": peak_bytes(), "pixels": data.images.nbytes}
    print(json.dumps(figures))


def in_own_process(verb: str, path: Path) -> str:
    """Run one step by itself: on Linux a child's peak starts at the peak of its parent."""
    command = [sys.executable, __file__, verb, str(path)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train_32x32.mat"
        in_own_process("write", path)
        size = path.stat().st_size
        figures = json.loads(in_own_process("read", path))
    print(f"file            {size / 1e6:8.1f} MB")
    print(f"pixels          {figures['pixels'] / 1e6:8.1f} MB")
    print(f"read in         {figures['seconds']:8.2f} s")
    ratio = figures["peak"] / figures["pixels"]
    print(f"peak memory     {figures['peak'] / 1e6:8.1f} MB, {ratio:.2f} × the pixels")
    print(f"  of these, the interpreter and its packages before reading: {figures['before'] / 1e6:.1f} MB")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", path]:
            write_like_the_training_file(Path(path))
        case ["read", path]:
            measure_here(Path(path))
        case _:
            main()
