"""Generated digits as Format 2 files, in the layout of the official files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from svhnlab.config.recipes import DEMO_TEST, DEMO_TRAIN, GENERATOR_VERSION
from svhnlab.data.digests import file_digests
from svhnlab.data.mat import write_format2
from svhnlab.data.synthetic.split import generate
from svhnlab.errors import InputError
from svhnlab.files import flush, write_atomically


def write_generated(folder: Path, *, train: int = DEMO_TRAIN, test: int = DEMO_TEST, seed: int = 0) -> None:
    """Write train_32x32.mat, test_32x32.mat and generated.json into a new folder.

    The MAT files have the official layout: ``X`` uint8 of shape (32, 32, 3, N), ``y`` uint8 of shape (N, 1) with 10 for
    the digit 0; and ``photograph``, the number of each image's photograph. The JSON file has the generator's version,
    the seed, and for each file the number of images and the injected label errors: positions, counted from 0, and the
    digits that these images show. The folder is created complete or not at all; only one process at a time may do so.

    Raises
    ------
    InputError
        If the folder exists already.
    """
    if folder.exists():
        raise InputError(f"{folder} exists already; remove it or choose another folder for the generated digits.")
    temporary = folder.with_name(f".{folder.name}.writing")
    shutil.rmtree(temporary, ignore_errors=True)  # left by a process that was killed
    temporary.mkdir(parents=True)
    try:
        files = {}
        for split, count in (("train", train), ("test", test)):
            name = f"{split}_32x32.mat"
            digits = generate(count, seed=seed, split=split)
            write_format2(temporary / name, digits.images, digits.labels, photographs=digits.photographs)
            files[name] = {
                "count": count,
                "sha256": file_digests(temporary / name).sha256,
                "planted": digits.injected.tolist(),
                "true_labels": digits.true_labels[digits.injected].tolist(),
            }
        record = {"generator_version": GENERATOR_VERSION, "seed": seed, "files": files}
        write_atomically(temporary / "generated.json", f"{json.dumps(record, indent=1)}\n".encode())
        temporary.rename(folder)
        flush(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
