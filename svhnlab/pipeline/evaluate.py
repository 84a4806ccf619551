"""Evaluation of a stored run on additional images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from svhnlab.analysis.metrics import Evaluation, evaluate
from svhnlab.data.mat import read_format2
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


def evaluate_file(
    stored: StoredResult, file: Path, device: DeviceOption = "auto", *, n_classes: int | None = None
) -> Evaluation:
    """Evaluate a stored run on a Format 2 file; ``InputError`` for a file that cannot be read.

    `n_classes` determines how the labels of the file map to classes, see :func:`svhnlab.data.mat.read_format2`.
    """
    test = read_format2(file, n_classes)
    torch_device = choose_device(device)
    shift = stored.json("settings.json")["recipe"]["test_shift"]
    _, logits = predict_arrays(load_model(stored).to(torch_device), test.images, torch_device, shift)
    return evaluate(test.labels, logits.argmax(axis=1), logits.shape[1])
