"""Predictions published with a site, from which its headline metrics can be recomputed."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.calibration import confidence_bins
from svhnlab.errors import InputError
from svhnlab.store.schema import Predictions, Study

PREDICTIONS = "data/predictions.npz"
MOST_BYTES = 2**30
"""Maximum uncompressed size of a predictions file: 26 million images of ten classes."""

_RUN = "run_"  # prefix of the configurations' arrays, which distinguishes them from other arrays
_PHOTOGRAPHS = "photographs"
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class SitePredictions:
    """Predictions of all models of a report on its N test images.

    Attributes
    ----------
    labels
        True classes, 0 to K - 1, shape (N,).
    images
        Digest of the test images, see :attr:`svhnlab.store.schema.DataSummary.images_digest`.
    probabilities
        By configuration, float32, shape (N, K); rows sum to one.
    photographs
        Number of the photograph of each image, shape (N,); None in the files of versions that did not store it, whose
        intervals treat each image as its own photograph.
    """

    labels: NDArray[np.int64]
    images: str
    probabilities: dict[str, NDArray[np.float32]]
    photographs: NDArray[np.int64] | None = None


def site_predictions(study: Study) -> SitePredictions:
    """Return the predictions of a study's models on its test images."""
    return SitePredictions(
        labels=study.data.test_labels,
        images=study.data.images_digest,
        probabilities={name: rounded(run.test) for name, run in study.runs.items()},
        photographs=study.data.test_photographs,
    )


def rounded(predictions: Predictions) -> NDArray[np.float32]:
    """Round probabilities to float32 without changing the predicted class or the confidence bin.

    The next float32 is used where rounding would move a confidence into another bin or create a tie of two classes.
    """
    single = predictions.probabilities.astype(np.float32)
    rows, best = np.arange(len(single)), predictions.predicted
    exact_bin, rounded_bin = confidence_bins(predictions.confidence), confidence_bins(single[rows, best])
    for row in np.flatnonzero(exact_bin != rounded_bin):
        direction = np.float32(np.inf if rounded_bin[row] < exact_bin[row] else -np.inf)
        single[row, best[row]] = np.nextafter(single[row, best[row]], direction)
    for row in np.flatnonzero(single.argmax(axis=1) != best):
        others = single[row] >= single[row, best[row]]
        others[best[row]] = False
        single[row, others] = np.nextafter(single[row, best[row]], np.float32(-np.inf))
    return single


def write_predictions(predictions: SitePredictions, path: Path) -> None:
    """Write the predictions; identical predictions give identical bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {_RUN + name: array for name, array in predictions.probabilities.items()}
    if predictions.photographs is not None:
        arrays[_PHOTOGRAPHS] = predictions.photographs  # type: ignore[assignment]
    np.savez_compressed(path, labels=predictions.labels, images=np.array(predictions.images), **arrays)  # type: ignore[arg-type]


def read_predictions(path: Path) -> SitePredictions:
    """Read predictions from an untrusted file.

    Raises
    ------
    InputError
        If the file can't be read, is too large, or is not a predictions file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked <= MOST_BYTES:
            with np.load(path, allow_pickle=False) as arrays:
                content = {name: np.asarray(arrays[name]) for name in arrays.files}
            labels, images = content.pop("labels"), str(content.pop("images"))
            photographs = content.pop(_PHOTOGRAPHS, None)
    except Exception as error:  # zipfile and numpy raise many types of errors on damaged files
        raise InputError(f"{path} can't be read as predictions ({' '.join(str(error).split())}).") from error
    if unpacked > MOST_BYTES:
        raise InputError(f"{path} holds more than {MOST_BYTES >> 20} MiB; it can't be the predictions of a report.")
    runs = {name.removeprefix(_RUN): array for name, array in content.items()}
    _check(path, labels, images, runs, all(name.startswith(_RUN) for name in content))
    if photographs is not None and (photographs.shape != labels.shape or photographs.dtype.kind not in "iu"):
        raise InputError(f"{path}: there must be the number of a photograph for each image.")
    return SitePredictions(
        labels.astype(np.int64), images, runs, None if photographs is None else photographs.astype(np.int64)
    )


def _check(
    path: Path, labels: NDArray[np.int64], images: str, runs: dict[str, NDArray[np.float32]], prefixed: bool
) -> None:
    classes = {array.shape[1:] for array in runs.values()}
    valid = (
        prefixed
        and bool(_DIGEST.fullmatch(images))
        and labels.ndim == 1
        and np.issubdtype(labels.dtype, np.integer)
        and len(labels) > 0
        and all(array.dtype == np.float32 and array.ndim == 2 and len(array) == len(labels) for array in runs.values())
        and len(classes) <= 1
        and labels.min() >= 0
        and all(labels.max() < k for (k,) in classes)
    )
    if not valid:
        raise InputError(f"{path} holds other arrays than labels, a digest of the images, and probabilities.")
    for name, array in runs.items():
        # a NaN fails the comparison too
        if not (array.min() >= 0 and np.abs(array.sum(axis=1, dtype=np.float64) - 1).max() < 1e-4):
            raise InputError(f"{path}: the probabilities of {name} do not sum to one.")
