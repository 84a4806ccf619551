"""Predictions of a stored run for picture files, with prediction sets and distances to the training images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.centroids import centroid_distances
from svhnlab.analysis.conformal import LEVEL, sets_of
from svhnlab.data.mat_check import SIDE
from svhnlab.data.pictures import FORMATS, UnreadablePicture, fit, read_picture
from svhnlab.errors import InputError
from svhnlab.pipeline.evaluate import load_model
from svhnlab.store.analysis_keys import AnalysisSpec
from svhnlab.store.load import load
from svhnlab.store.schema import ClassScores, Evidence, Statistics
from svhnlab.store.store import Store, StoredResult
from svhnlab.training.device import DeviceOption, choose_device
from svhnlab.training.predict import predict_arrays

_CHUNK = 1_000  # pictures that are in memory at once


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
    """Read a picture of any size as the pictures of a study are read: uint8, shape (3, side, side).

    See `svhnlab.data.pictures`: it keeps its proportions, and is resized with antialiasing.

    Raises
    ------
    InputError
        If the file is not a picture or cannot be read.
    """
    try:
        picture, _ = read_picture(path, side)
    except UnreadablePicture as error:
        raise InputError(f"{path}: not a picture that can be read ({error}); give {', '.join(FORMATS)}.") from error
    return fit(picture, side)


def predict_pictures(
    store: Store,
    stored: StoredResult,
    analysis: AnalysisSpec,
    name: str,
    files: Sequence[Path],
    device: DeviceOption = "auto",
) -> list[PicturePrediction]:
    """Predict the classes of picture files with a stored run.

    Parameters
    ----------
    analysis
        Keys of the results of the study; prediction sets and centroids are used if they are stored.
    name
        Name of the configuration.
    """
    statistics, evidence = store.find(analysis.statistics), store.find(analysis.evidence(name))
    sets = None if statistics is None else load(Statistics, statistics).runs[name].prediction_sets
    assert sets is None or sets.level == LEVEL
    centroids = None if evidence is None else load(Evidence, evidence).centroids
    torch_device = choose_device(device)
    model, settings = load_model(stored).to(torch_device), stored.json("settings.json")
    # trainings of earlier versions did not record the size of their images
    side, shift = settings.get("stored_size", SIDE), settings["recipe"]["test_shift"]
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
