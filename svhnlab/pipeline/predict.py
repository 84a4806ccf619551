"""Predictions of a stored run for picture files, with prediction sets and distances to the training images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from svhnlab.analysis.centroids import centroid_distances
from svhnlab.analysis.conformal import LEVEL, sets_of
from svhnlab.errors import InputError
from svhnlab.pipeline.evaluate import load_model
from svhnlab.store.analysis_keys import AnalysisSpec
from svhnlab.store.load import load
from svhnlab.store.schema import ClassScores, Evidence, Statistics
from svhnlab.store.store import Store, StoredResult
from svhnlab.training.device import DeviceOption, choose_device
from svhnlab.training.predict import predict_arrays

#: Formats that are decoded, whatever the suffix of a file.
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
_CHUNK = 1_000  # pictures that are in memory at once
_DAMAGE = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)


@dataclass(frozen=True)
class PicturePrediction:
    """Prediction for one picture.

    Attributes
    ----------
    file
        Path as given.
    predicted
        Most probable class.
    probabilities
        Of each class, shape (K,).
    prediction_set
        Classes of the 90% prediction set; None if it is not computed.
    nearest_class, distance
        Class whose centroid of the training features is nearest, and the distance to it in root mean square distances
        of that class's training images: those are at about 1. None if the centroids are not computed.
    """

    file: Path
    predicted: int
    probabilities: NDArray[np.float64]
    prediction_set: tuple[int, ...] | None
    nearest_class: int | None
    distance: float | None


def read_pixels(path: Path, side: int) -> NDArray[np.uint8]:
    """Read a picture of any size as RGB, uint8, shape (3, side, side).

    It is turned as its metadata says, put on white where it is transparent, and resized with Pillow's bicubic filter,
    which averages over all pixels when it reduces.

    Raises
    ------
    InputError
        If the file is not a picture or cannot be read.
    """
    try:
        with Image.open(path, formats=FORMATS) as opened:
            picture = ImageOps.exif_transpose(opened)
            if picture.mode.startswith("I"):  # 16 bits
                grey = np.asarray(picture).astype(np.float64) / 257
                picture = Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8))
            layered = picture.convert("RGBA")
            white = Image.new("RGBA", layered.size, "white")
            flat = Image.alpha_composite(white, layered).convert("RGB")
            resized = flat.resize((side, side), Image.Resampling.BICUBIC)
    except _DAMAGE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path}: not a picture that can be read ({reason}); give {', '.join(FORMATS)}.") from error
    return np.ascontiguousarray(np.moveaxis(np.asarray(resized), -1, 0))


def predict_pictures(
    store: Store,
    stored: StoredResult,
    analysis: AnalysisSpec,
    name: str,
    files: Sequence[Path],
    side: int,
    device: DeviceOption = "auto",
) -> list[PicturePrediction]:
    """Predict the classes of picture files with a stored run.

    Parameters
    ----------
    analysis
        Keys of the results of the study; prediction sets and centroids are used if they are stored.
    name
        Name of the configuration.
    side
        Side in pixels of the images of the study.
    """
    statistics, evidence = store.find(analysis.statistics), store.find(analysis.evidence(name))
    sets = None if statistics is None else load(Statistics, statistics).runs[name].prediction_sets
    assert sets is None or sets.level == LEVEL
    centroids = None if evidence is None else load(Evidence, evidence).centroids
    torch_device = choose_device(device)
    model, shift = load_model(stored).to(torch_device), stored.json("settings.json")["recipe"]["test_shift"]
    predictions = []
    for start in range(0, len(files), _CHUNK):
        some = files[start : start + _CHUNK]
        images = np.stack([read_pixels(file, side) for file in some])
        features, logits = predict_arrays(model, images, torch_device, shift)
        scores = ClassScores(np.zeros(len(some), np.int64), logits)
        members = None if sets is None else sets_of(scores.probabilities, sets.threshold)
        distances = None
        if centroids is not None:
            distances = centroid_distances(features, scores.predicted, scores.predicted, centroids, scale_free=True)
        for i, file in enumerate(some):
            defined = distances is not None and distances.nearest[i] >= 0
            predictions.append(
                PicturePrediction(
                    file,
                    int(scores.predicted[i]),
                    scores.probabilities[i],
                    None if members is None else tuple(np.flatnonzero(members[i]).tolist()),
                    int(distances.nearest[i]) if distances is not None and defined else None,
                    float(distances.to_nearest[i]) if distances is not None and defined else None,
                )
            )
    return predictions
