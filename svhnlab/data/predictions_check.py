"""Validation of imported predictions against the images of a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from svhnlab.data.predictions_file import Split, SplitArrays
from svhnlab.printable import printable
from svhnlab.store.schema import Predictions

Scores = Literal["auto", "logits", "probabilities"]
SMALLEST = 1e-7
"""Probabilities below are raised to it, since the logarithm of 0 is not finite."""
MAX_FEATURES = 4_096
"""Features per image; their covariance is computed and stored."""
_TOLERANCE = 1e-3  # by which the probabilities of an image may miss 1: those of float16 do by 0.0005
_NAMES = {"test": "test", "validation": "validation", "train": "training"}


@dataclass
class CheckedSplit:
    """Outcome of the validation of one split.

    Attributes
    ----------
    faults
        One sentence for each fault; the predictions are None if there are any.
    read_as
        How the scores were read.
    predictions
        In the order of the study's images.
    """

    faults: list[str] = field(default_factory=list)
    read_as: Literal["logits", "probabilities"] = "logits"
    predictions: Predictions | None = None


def check_split(
    split: Split,
    given: SplitArrays,
    labels: NDArray[np.int64],
    indices: NDArray[np.int64],
    class_names: Sequence[str],
    scores: Scores = "auto",
    *,
    names: NDArray[np.str_] | None = None,
) -> CheckedSplit:
    """Validate the predictions for one split, and bring them into the order of the study.

    Parameters
    ----------
    labels, indices
        Class and number of each image of the split in the study, shape (N,).
    names
        Name of each image, such as the path of its file, shape (N,); None without names.
    scores
        What the scores are; "auto" reads them as probabilities if they are between 0 and 1 and the rows add up to 1.

    Returns
    -------
    CheckedSplit
        With every fault that was found.
    """
    checked, name = CheckedSplit(), _NAMES[split]
    say = checked.faults.append
    rows = _check_shapes(split, given, len(labels), len(class_names), say)
    if not rows:
        return checked
    values = np.asarray(given.scores, dtype=np.float64)
    if bad := int((~np.isfinite(values)).any(axis=1).sum()):
        first = int((~np.isfinite(values)).any(axis=1).argmax())
        say(f"{split}: {bad:,} of {len(values):,} rows have NaN or infinite scores, the first is row {first}.")
    else:
        checked.read_as = _read_as(split, values, scores, say)
    if given.features is not None and not np.isfinite(given.features).all():
        first = int((~np.isfinite(given.features)).any(axis=1).argmax())
        say(f"{split}: the features have NaN or infinite values, first in row {first}.")
    order = np.arange(len(indices)) if given.ids is None else _order(split, given.ids, indices, names, say)
    if given.labels is not None and order is not None:
        _compare_labels(split, given.labels[order], labels, indices, class_names, say)
    if checked.faults or order is None:
        return checked
    if checked.read_as == "probabilities":
        values = np.log(np.maximum(values, SMALLEST))
    with np.errstate(over="ignore"):  # reported below
        features = None if given.features is None else np.asarray(given.features, dtype=np.float32)[order]
        checked.predictions = Predictions(labels, values.astype(np.float32)[order], features, indices)
    if features is not None and not np.isfinite(features).all():
        say(f"{split}: some features are too large for 32-bit numbers; scale them.")
    if not np.isfinite(checked.predictions.logits).all():
        say(f"{split}: some {name} logits are too large for 32-bit numbers; give probabilities.")
    return checked


def _check_shapes(split: Split, given: SplitArrays, images: int, classes: int, say: Any) -> bool:
    """Check number of images, classes and features, and that they are numbers."""
    scores, before = given.scores, f"{split}: "
    if scores.ndim != 2 or scores.dtype.kind not in "fiu":
        say(f"{before}must be numbers of shape (images, classes), is {scores.dtype} of shape {scores.shape}.")
        return False
    fits = True
    if len(scores) != images:
        say(
            f"{before}has {len(scores):,} rows, but the study has {images:,} {_NAMES[split]} images; give one for each."
        )
        fits = False
    if scores.shape[1] != classes:
        say(f"{before}has scores for {scores.shape[1]} classes, but the study has {classes}.")
        fits = False
    for name in ("features", "labels", "ids"):
        array = getattr(given, name)
        if array is not None and (len(array.shape) != (2 if name == "features" else 1) or len(array) != len(scores)):
            shape = "(images, features)" if name == "features" else "(images,)"
            say(f"{split}_{name}: must have the shape {shape} with {len(scores):,} images, has {array.shape}.")
            fits = False
    features = given.features
    if features is not None and features.ndim == 2:
        if features.dtype.kind not in "fiu":
            say(f"{split}_features: must be numbers, is {features.dtype}.")
            fits = False
        if not 1 <= features.shape[1] <= MAX_FEATURES:
            say(
                f"{split}_features: has {features.shape[1]:,} features; give 1 to {MAX_FEATURES:,}, for example by PCA."
            )
            fits = False
    return fits


def _read_as(split: Split, values: NDArray[np.float64], scores: Scores, say: Any) -> Literal["logits", "probabilities"]:
    """Return whether the scores are logits or probabilities; report probabilities that do not add up to 1."""
    if scores == "logits":
        return "logits"
    in_range = bool(((values >= 0) & (values <= 1)).all())
    if scores == "probabilities" and not in_range:
        first = int(((values < 0) | (values > 1)).any(axis=1).argmax())
        say(f"{split}: probabilities must be between 0 and 1, but row {first} has others; are these logits?")
        return "probabilities"
    if not in_range:
        return "logits"
    sums = values.sum(axis=1)
    off = np.abs(sums - 1) > _TOLERANCE
    if off.any():
        first = int(off.argmax())
        say(
            f"{split}: the probabilities of {int(off.sum()):,} of {len(off):,} images do not add up to 1, the first in "
            f"row {first} ({sums[first]:.4g}); normalise them, or give --scores logits if they are logits."
        )
    return "probabilities"


def _order(
    split: Split, ids: NDArray[Any], indices: NDArray[np.int64], names: NDArray[np.str_] | None, say: Any
) -> NDArray[np.int64] | None:
    """Return the row of each image of the study; None if the identifiers do not fit."""
    numbers, known_as = _whole_numbers(ids), "numbers"
    if numbers is None and names is not None:
        numbers, known_as = _numbers_of_names(split, ids, indices, names, say), "names"
        if numbers is None:
            return None
    if numbers is None:
        what = "the whole numbers of the images in their file" + ("" if names is None else ", or their names")
        say(f"{split}_ids: must be {what}.")
        return None
    unknown = ~np.isin(numbers, indices)
    if unknown.any():
        row = int(unknown.argmax())
        say(
            f"{split}_ids: {int(unknown.sum()):,} are not {known_as} of {_NAMES[split]} images of the study, the first "
            f"is {_shown(ids[row])} in row {row}."
        )
    order = np.argsort(numbers, kind="stable")
    repeated = np.flatnonzero((np.diff(numbers[order]) == 0) & ~unknown[order][1:])
    if len(repeated):
        say(f"{split}_ids: {len(repeated):,} are repeated, the first is {_shown(ids[order[repeated[0]]])}.")
    if unknown.any() or len(repeated):
        return None
    return order[np.searchsorted(numbers[order], indices)]


def _whole_numbers(ids: NDArray[Any]) -> NDArray[np.int64] | None:
    """Return identifiers as whole numbers; None if some are none."""
    try:
        numbers = ids.astype(np.int64)
        exact = bool((numbers == ids.astype(np.float64)).all())
    except (ValueError, TypeError, OverflowError):
        return None
    return numbers if exact else None


def _numbers_of_names(
    split: Split, ids: NDArray[Any], indices: NDArray[np.int64], names: NDArray[np.str_], say: Any
) -> NDArray[np.int64] | None:
    """Return the number of the image that each identifier names, -1 for none; None if a file name is not unique.

    An identifier is the whole name of an image, or the last part of it, which is then that of one image only.
    """
    whole = [normalize("NFC", name) for name in names.tolist()]
    last = [PurePosixPath(name).name for name in whole]
    known = dict(zip([*last, *whole], [*indices.tolist()] * 2, strict=True))
    several = {name for name, count in Counter(last).items() if count > 1}.difference(whole)
    given = [normalize("NFC", printable(_text(one).strip().replace("\\", "/"))) for one in ids]
    unclear = next((one for one in given if one in several), None)
    if unclear is not None:
        path = whole[last.index(unclear)]
        say(f"{split}_ids: several {_NAMES[split]} images have the name {unclear!r}; give paths such as {path!r}.")
        return None
    return np.array([known.get(one, -1) for one in given], dtype=np.int64)


def _text(identifier: Any) -> str:
    return identifier.decode("utf-8", "replace") if isinstance(identifier, bytes) else str(identifier)


def _shown(identifier: Any) -> str:
    """Return a number as it is, and a name in quotes."""
    return repr(_text(identifier)) if isinstance(identifier, str | bytes) else str(identifier)


def _compare_labels(
    split: Split,
    given: NDArray[Any],
    labels: NDArray[np.int64],
    indices: NDArray[np.int64],
    class_names: Sequence[str],
    say: Any,
) -> None:
    """Report labels that are no class, or differ from those of the study."""
    if given.dtype.kind in "iuf":
        classes = given.astype(np.float64)
        known = np.isin(classes, np.arange(len(class_names)))
    else:
        numbers = {str(k): k for k in range(len(class_names))} | {name: k for k, name in enumerate(class_names)}
        classes = np.array([numbers.get(str(label).strip(), -1) for label in given], dtype=np.float64)
        known = classes >= 0
    if not known.all():
        say(f"{split}_labels: {str(given[int((~known).argmax())])!r} is no class of the study.")
        return
    differ = classes != labels
    if differ.any():
        first = int(differ.argmax())
        theirs, ours = class_names[int(classes[first])], class_names[labels[first]]
        say(
            f"{split}_labels: {int(differ.sum()):,} of {len(labels):,} differ from those of the study, the first is "
            f"image {indices[first]}: {theirs!r} instead of {ours!r}; are the images in the order of the study?"
        )
