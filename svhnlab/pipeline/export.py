"""Export of a stored run as TorchScript or ONNX, with a check that the exported model gives the same answers."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor, nn

from svhnlab.errors import InputError, SvhnlabError
from svhnlab.files import replacing
from svhnlab.models.networks import Classifier
from svhnlab.pipeline.evaluate import load_model
from svhnlab.store.store import StoredResult
from svhnlab.training.predict import predict_arrays, shifted_views

Format = Literal["torchscript", "onnx"]
SUFFIXES: dict[Format, str] = {"torchscript": ".pt", "onnx": ".onnx"}
TOLERANCE = 1e-3
"""Largest difference of a probability between the exported and the stored model."""
CHECKED = 256
"""Test images on which the two are compared."""
_NEEDED = ("onnx", "onnxscript", "onnxruntime")


class ExportedModel(nn.Module):
    """A classifier from pixels, 0 to 1, float32 of shape (N, 3, H, W), to logits of shape (N, K).

    Its preprocessing and test-time augmentation are included.
    """

    def __init__(self, model: Classifier, shift: int) -> None:
        super().__init__()
        self.model, self.shift = model.for_inference(), shift

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the logits."""
        views = [self.model.forward_features(view) for view in shifted_views(pixels, self.shift)]
        return self.model.forward_head(torch.stack(views).mean(dim=0))


@dataclass(frozen=True)
class ExportCheck:
    """Comparison of an exported model with the stored one.

    Attributes
    ----------
    images
        Number of test images.
    difference
        Largest absolute difference of a probability.
    same
        Number of images with the same predicted class.
    """

    images: int
    difference: float
    same: int


def check_packages(kind: Format) -> None:
    """Raise ``InputError`` if packages for a format are not installed."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if kind == "onnx" and missing:
        raise InputError(f"--format onnx needs {', '.join(missing)}: pip install {' '.join(missing)}")


def export_model(stored: StoredResult, path: Path, kind: Format, images: NDArray[np.uint8]) -> ExportCheck:
    """Write the model of a stored run to a file, after a check on test images.

    Parameters
    ----------
    images
        Test images, uint8, shape (N, 3, H, W).

    Raises
    ------
    InputError
        If a package is not installed.
    SvhnlabError
        If the exported model gives other answers; the file is then not written.
    """
    check_packages(kind)
    cpu, shift = torch.device("cpu"), stored.json("settings.json")["recipe"]["test_shift"]
    model = load_model(stored).eval()
    some = images[:CHECKED]
    _, logits = predict_arrays(model, some, cpu, shift)
    exported, example = ExportedModel(model, shift).eval(), torch.rand(2, *images.shape[1:])
    pixels = np.asarray(some / 255, dtype=np.float32)
    with replacing(path) as stream:
        temporary = Path(stream.name)
        run = (
            _write_torchscript(exported, example, temporary)
            if kind == "torchscript"
            else _write_onnx(exported, example, temporary)
        )
        answers = np.concatenate([run(pixels[:1]), run(pixels[1:])]) if len(pixels) > 1 else run(pixels)
        check = compare(logits, answers)
        if check.difference > TOLERANCE:
            raise SvhnlabError(
                f"The exported model differs from the stored one by {check.difference:.2g} in a probability, more than "
                f"{TOLERANCE:g}; it is not written."
            )
    return check


def compare(logits: NDArray[np.floating], exported: NDArray[np.floating]) -> ExportCheck:
    """Compare the logits of two models for the same images."""
    one, other = (softmax(values.astype(np.float64), axis=1) for values in (logits, exported))
    return ExportCheck(len(one), float(np.abs(one - other).max()), int((one.argmax(1) == other.argmax(1)).sum()))


Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def _write_torchscript(model: nn.Module, example: Tensor, path: Path) -> Run:
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of comparisons of sizes, which are the same for every image
        torch.jit.trace(model, example).save(str(path))
        loaded = torch.jit.load(str(path))

    def run(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return np.asarray(loaded(torch.from_numpy(pixels)).numpy())

    return run


def _write_onnx(model: nn.Module, example: Tensor, path: Path) -> Run:
    import onnxruntime  # noqa: PLC0415

    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (example,),
            str(path),
            input_names=["pixels"],
            output_names=["logits"],
            dynamic_shapes={"pixels": {0: torch.export.Dim("images")}},
            external_data=False,
            dynamo=True,
            verbose=False,
        )
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def run(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(session.run(None, {"pixels": pixels})[0])

    return run
