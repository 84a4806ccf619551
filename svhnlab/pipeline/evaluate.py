"""Evaluation of a stored run on additional images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from svhnlab.analysis.metrics import Evaluation, evaluate
from svhnlab.data.labelled_images import LabelledImages
from svhnlab.data.mat import read_format2
from svhnlab.data.pictures import ReadingOptions
from svhnlab.data.source import find_data
from svhnlab.data.sources.base import Part
from svhnlab.errors import InputError
from svhnlab.store.analysis_keys import SCHEMAS
from svhnlab.store.store import StoredResult
from svhnlab.training.device import DeviceOption, choose_device
from svhnlab.training.predict import predict_arrays

if TYPE_CHECKING:
    from svhnlab.models.networks import Classifier


def load_model(stored: StoredResult, *, random_weights: int | None = None) -> Classifier:
    """Load the model of a stored run onto the CPU; ``InputError`` if it has another schema version.

    Parameters
    ----------
    random_weights
        Seed of random weights that the model then has instead of its own.
    """
    import torch  # noqa: PLC0415
    from safetensors.torch import load_file  # noqa: PLC0415

    from svhnlab.models.networks import build_model  # noqa: PLC0415

    if stored.manifest["inputs"]["schema"] != SCHEMAS["run"]:
        raise InputError(
            f"{stored.path.name} was trained by another version of svhnlab; train it again with `svhnlab train`."
        )
    settings = stored.json("settings.json")
    recipe = settings["recipe"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(random_weights or 0)
        model = build_model(recipe["model"], image_size=recipe["image_size"], classes=len(settings["classes"]))
    if random_weights is None:
        model.load_state_dict(load_file(stored.file("weights.safetensors")))
    return model


def read_part(
    data: Path, part: Part, class_names: Sequence[str], options: ReadingOptions, *, digits: bool
) -> LabelledImages:
    """Read a part of any data, or a single Format 2 file, with labels that are classes of a study.

    Parameters
    ----------
    part
        Part of the data; a single Format 2 file has no parts.
    class_names
        Names of the classes of the study. The data may have only some of these, and name them in any order; whole
        numbers are the numbers of the classes where they are not names.
    digits
        Whether the classes are the ten digits of SVHN: label 10 of a Format 2 file is then digit 0.

    Raises
    ------
    InputError
        If the data cannot be read, do not have the part, or have other classes.
    """
    n_classes = None if digits else len(class_names)
    if data.suffix == ".mat":
        return read_format2(data, n_classes)
    source = find_data(data, replace(options, training=False))
    parts = source.read(n_classes)
    if part not in parts:
        raise InputError(f"{data} has no {part} images; it has: {', '.join(parts)} (option --part).")
    images = parts[part]
    if source.class_names is None:
        return images
    numbers = {str(k): k for k in range(len(class_names))} | {name: k for k, name in enumerate(class_names)}
    foreign = [name for name in source.class_names if name not in numbers]
    if foreign:
        raise InputError(
            f"{data}: the class {foreign[0]!r} is none of the study, which has {', '.join(map(repr, class_names[:5]))}"
            f"{' and others' if len(class_names) > 5 else ''}; rename or remove it."
        )
    return replace(images, labels=np.array([numbers[name] for name in source.class_names])[images.labels])


def evaluate_images(stored: StoredResult, images: LabelledImages, device: DeviceOption = "auto") -> Evaluation:
    """Evaluate a stored run on labelled images."""
    torch_device = choose_device(device)
    shift = stored.json("settings.json")["recipe"]["test_shift"]
    _, logits = predict_arrays(load_model(stored).to(torch_device), images.images, torch_device, shift)
    return evaluate(images.labels, logits.argmax(axis=1), logits.shape[1])
