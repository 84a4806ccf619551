"""Generated digits as Format 2 files, in the layout of the official files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from svhnlab.config.recipes import DEMO_TEST, DEMO_TRAIN, GENERATOR_VERSION
from svhnlab.data.digests import file_digests
from svhnlab.data.mat import write_format2
from svhnlab.data.sources.format2 import GENERATED_RECORD
from svhnlab.data.synthetic.parameters import PARAMETERS_FILE, Parameters, read_parameters, write_parameters
from svhnlab.data.synthetic.split import generate
from svhnlab.errors import InputError
from svhnlab.files import flush, write_atomically


def write_generated(folder: Path, *, train: int = DEMO_TRAIN, test: int = DEMO_TEST, seed: int = 0) -> None:
    """Write train_32x32.mat, test_32x32.mat, generated.json and parameters.npz into a new folder.

    The MAT files have the official layout: ``X`` uint8 of shape (32, 32, 3, N), ``y`` uint8 of shape (N, 1) with 10 for
    the digit 0; and ``photograph``, the number of each image's photograph. The JSON file has the generator's version,
    the seed, and for each file the number of images and the injected label errors: positions, counted from 0, and the
    digits that these images show. The archive has the parameters of each image; they are no part of the data's digest,
    since a study needs only the images. The folder is created complete or not at all; only one process at a time may
    do so.

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
        files, parameters = {}, {}
        for split, count in (("train", train), ("test", test)):
            name = f"{split}_32x32.mat"
            digits = generate(count, seed=seed, split=split)
            write_format2(temporary / name, digits.images, digits.labels, photographs=digits.photographs)
            parameters[split] = digits.parameters
            files[name] = {
                "count": count,
                "sha256": file_digests(temporary / name).sha256,
                "planted": digits.injected.tolist(),
                "true_labels": digits.true_labels[digits.injected].tolist(),
            }
        digests = {split: str(files[f"{split}_32x32.mat"]["sha256"]) for split in parameters}
        write_parameters(temporary / PARAMETERS_FILE, parameters, digests)
        record = {"generator_version": GENERATOR_VERSION, "seed": seed, "files": files}
        write_atomically(temporary / GENERATED_RECORD, f"{json.dumps(record, indent=1)}\n".encode())
        temporary.rename(folder)
        flush(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def generation_parameters(folder: Path, split: str) -> Parameters | None:
    """Return the parameters with which the images of a split were drawn, in the order of its file.

    A folder of an earlier version has no parameters; its images are then drawn again from the recorded seed. None if
    they are those of another version of the generator.

    Parameters
    ----------
    folder
        Folder of generated digits.
    split
        "train" or "test".
    """
    record = json.loads((folder / GENERATED_RECORD).read_text(encoding="utf-8"))
    file = record["files"][f"{split}_32x32.mat"]
    stored = read_parameters(folder / PARAMETERS_FILE, split, file["sha256"])
    if stored is not None or record["generator_version"] != GENERATOR_VERSION:
        return stored
    drawn = generate(file["count"], seed=record["seed"], split=split)
    return drawn.parameters if drawn.injected.tolist() == file["planted"] else None
