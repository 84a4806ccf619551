"""The predictions that travel with a site, from which its headline numbers can be computed again."""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.calibration import confidence_bins
from svhnlab.errors import InputError
from svhnlab.store.schema import Predictions, Study

PREDICTIONS = "data/predictions.npz"
MOST_BYTES = 2**30
"""Most that a file of predictions may hold when it is unpacked: 26 million images of ten classes."""

_RUN = "run_"  # before the names of runs, so that none can be taken for another array
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class SitePredictions:
    """What the models of a report say about its N test images.

    Attributes
    ----------
    labels
        True classes, 0 to K - 1, shape (N,).
    images
        SHA-256 of the test images, in hexadecimal: equal for reports on the same images in the same order.
    probabilities
        By name of the run, float32, shape (N, K); rows sum to one.
    """

    labels: NDArray[np.int64]
    images: str
    probabilities: dict[str, NDArray[np.float32]]


def site_predictions(study: Study) -> SitePredictions:
    """Take the predictions of a study's runs on its test images."""
    images = np.ascontiguousarray(study.data.test_images)
    digest = hashlib.sha256(f"{images.dtype} {images.shape}".encode() + images.tobytes()).hexdigest()
    return SitePredictions(
        labels=study.data.test_labels,
        images=digest,
        probabilities={name: rounded(run.test) for name, run in study.runs.items()},
    )


def rounded(predictions: Predictions) -> NDArray[np.float32]:
    """Round probabilities to float32 so that neither the predicted class nor the bin of confidence changes.

    Where rounding alone would move a confidence over the edge of its bin, or make two classes equal, the neighbouring
    float32 is taken.
    """
    found = predictions.probabilities.astype(np.float32)
    rows, best = np.arange(len(found)), predictions.predicted
    wanted, moved = confidence_bins(predictions.confidence), confidence_bins(found[rows, best])
    for row in np.flatnonzero(wanted != moved):
        towards = np.float32(np.inf if moved[row] < wanted[row] else -np.inf)
        found[row, best[row]] = np.nextafter(found[row, best[row]], towards)
    for row in np.flatnonzero(found.argmax(axis=1) != best):
        others = found[row] >= found[row, best[row]]
        others[best[row]] = False
        found[row, others] = np.nextafter(found[row, best[row]], np.float32(-np.inf))
    return found


def write_predictions(predictions: SitePredictions, path: Path) -> None:
    """Write the predictions; equal ones give equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    runs = {_RUN + name: array for name, array in predictions.probabilities.items()}
    np.savez_compressed(path, labels=predictions.labels, images=np.array(predictions.images), **runs)  # type: ignore[arg-type]


def read_predictions(path: Path) -> SitePredictions:
    """Read predictions from a file that may come from anywhere.

    Raises
    ------
    InputError
        The file can't be read, holds too much, or holds something else than predictions.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise InputError(
                    f"{path} holds more than {MOST_BYTES >> 20} MiB; these are no predictions of a report."
                )
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
        labels, images = found.pop("labels"), str(found.pop("images"))
    except (OSError, ValueError, KeyError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path} can't be read as predictions ({' '.join(str(error).split())}).") from error
    runs = {name.removeprefix(_RUN): array for name, array in found.items()}
    _check(path, labels, images, runs, all(name.startswith(_RUN) for name in found))
    return SitePredictions(labels.astype(np.int64), images, runs)


def _check(
    path: Path, labels: NDArray[np.int64], images: str, runs: dict[str, NDArray[np.float32]], named: bool
) -> None:
    classes = {array.shape[1:] for array in runs.values()}
    sound = (
        named
        and bool(_DIGEST.fullmatch(images))
        and labels.ndim == 1
        and np.issubdtype(labels.dtype, np.integer)
        and len(labels) > 0
        and all(array.dtype == np.float32 and array.ndim == 2 and len(array) == len(labels) for array in runs.values())
        and len(classes) <= 1
        and labels.min() >= 0
        and all(labels.max() < k for (k,) in classes)
    )
    if not sound:
        raise InputError(f"{path} holds other arrays than labels, a digest of the images, and probabilities.")
    for name, array in runs.items():
        # a NaN fails the comparison too
        if not (array.min() >= 0 and np.abs(array.sum(axis=1, dtype=np.float64) - 1).max() < 1e-4):
            raise InputError(f"{path}: the probabilities of {name} do not sum to one.")
