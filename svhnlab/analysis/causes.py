"""Causes of errors: rules in a fixed order.

The cause of an error is the first one of `CAUSES` whose rule applies, so every error has exactly one. A rule uses only
images, labels and predictions, so it works for photographs; on generated digits, it can be compared with the parameters
with which the digits were drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.cause_measures import MEASURES, PARAMETERS, Measure, beyond, calibrate, measure_images
from svhnlab.analysis.error_regression import odds_ratios
from svhnlab.analysis.look_alikes import look_alike_pairs
from svhnlab.image_rows import ImageArray
from svhnlab.store.schema import Causes, ClassScores, OddsRatio, Threshold

Booleans = NDArray[np.bool_]

ALL = "all"
"""Name of all configurations together."""


@dataclass(frozen=True)
class CauseInputs:
    """What the rules use, of M configurations and N test images.

    Attributes
    ----------
    labels
        Shape (N,).
    predicted, runner_up
        Most probable and second most probable class, shape (M, N).
    suspected
        Whether the label is suspected to be wrong, shape (N,).
    affected
        By cause: whether a measure of the image is beyond its threshold, shape (N,).
    look_alikes
        Whether two classes are confused more often than chance, symmetric, shape (K, K).
    others
        Share of the other trainings that classify the image correctly, 0 if there are none, shape (M, N).
    """

    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    runner_up: NDArray[np.int64]
    suspected: Booleans
    affected: Mapping[str, Booleans]
    look_alikes: Booleans
    others: NDArray[np.float64]


@dataclass(frozen=True)
class Cause:
    """A cause of errors and its rule.

    Attributes
    ----------
    name
        Name in results and addresses.
    title
        Name for readers.
    clause
        What errors with this cause have in common, after "errors", e.g. "have a wrong label".
    rule
        When it applies, as a sentence.
    applies
        The rule: booleans that broadcast to shape (M, N). It is evaluated for all images, and used for errors.
    """

    name: str
    title: str
    clause: str
    rule: str
    applies: Callable[[CauseInputs], Booleans]


CAUSES: tuple[Cause, ...] = (
    Cause(
        "wrong-label",
        "wrong label",
        "have a wrong label",
        "The label is known to be wrong, from the generator or from a person’s verdict; where neither is known, it is "
        "suspected to be wrong.",
        lambda known: known.suspected[None],
    ),
    Cause(
        "degraded",
        "degraded picture",
        "are on a degraded picture",
        "Sharpness, contrast or noise is beyond its threshold. This rule precedes the next, because structures at the "
        "sides are measured unreliably on a degraded picture.",
        lambda known: known.affected["degraded"][None],
    ),
    Cause(
        "ambiguous",
        "ambiguous picture",
        "are on an ambiguous picture",
        "Structures at the sides, or at the upper or lower edge, are beyond their threshold, as where neighbouring "
        "objects are visible or the object is cut off; or a person calls the image unclear.",
        lambda known: known.affected["ambiguous"][None],
    ),
    Cause(
        "look-alike",
        "look-alike class",
        "confuse look-alike classes",
        "The label is the second most probable class, and the models confuse this pair of classes more often than "
        "chance.",
        lambda known: (known.runner_up == known.labels[None]) & known.look_alikes[known.labels[None], known.predicted],
    ),
    Cause(
        "this-model",
        "only this model",
        "are made by one model, but not by most others",
        "More than half of the other models classify the image correctly: the other configurations, and the "
        "same configuration with other seeds.",
        lambda known: known.others > 0.5,
    ),
)
"""The causes in the order of their rules. An error to which none applies is unexplained."""

UNEXPLAINED = len(CAUSES)
"""Code of an error without a cause; the code of a cause is its place in `CAUSES`."""

CORRECT = -1
"""Code of a correctly classified image."""

TITLES = (*(cause.title for cause in CAUSES), "unexplained")
"""Title of each code."""

NAMES = (*(cause.name for cause in CAUSES), "unexplained")
"""Name of each code in results and addresses."""

CLAUSES = (*(cause.clause for cause in CAUSES), "have none of these causes")
"""What the errors with each code have in common."""

PICTURE = ("wrong-label", "degraded", "ambiguous")
"""Causes that the parameters of the generator determine."""


def find_causes(
    tests: Mapping[str, ClassScores],
    images: ImageArray,
    suspected: NDArray[np.int64],
    *,
    photographs: NDArray[np.int64] | None = None,
    repeats: Mapping[str, Sequence[NDArray[np.int64]]] | None = None,
    true_labels: NDArray[np.int64] | None = None,
    parameters: Mapping[str, NDArray[np.float32]] | None = None,
) -> Causes:
    """Evaluate the rules on the test images and, with known parameters, what the parameters say.

    Parameters
    ----------
    tests
        Predictions on the N test images by configuration, at least one.
    images
        uint8, shape (N, 3, H, W).
    suspected
        Rows of the labels that are suspected to be wrong, shape (S,).
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.
    repeats
        Predicted classes of further trainings by configuration, each of shape (N,).
    true_labels
        Class that each image shows, shape (N,); None if unknown.
    parameters
        Parameters of the generator by name, each of shape (N,); None if unknown. They are used only with true labels.

    Examples
    --------
    >>> labels = np.arange(200) % 10
    >>> test = ClassScores(labels, np.eye(10, dtype=np.float32)[np.where(np.arange(200) == 7, 3, labels)])
    >>> pictures = np.random.default_rng(0).integers(0, 256, (200, 3, 32, 32), dtype=np.uint8)
    >>> causes = find_causes({"cnn": test}, pictures, np.array([7]))
    >>> causes.applies["wrong-label"][0, 5:9].tolist(), causes.thresholds
    ([False, False, True, False], ())
    """
    scores = list(tests.values())
    labels, n_classes = scores[0].labels, scores[0].logits.shape[1]
    predicted = np.stack([one.predicted for one in scores])
    in_doubt = np.isin(np.arange(len(labels)), suspected)
    measures = measure_images(images)
    rate = (predicted != labels).mean(axis=0)
    thresholds = calibrate(measures, MEASURES, rate, photographs, ~in_doubt)
    pairs = look_alike_pairs(labels, predicted, n_classes, photographs, ~in_doubt)
    others, trainings = _other_trainings(tests, repeats or {})
    known = CauseInputs(
        labels=labels,
        predicted=predicted,
        runner_up=np.stack([np.argsort(-one.logits, axis=1, kind="stable")[:, 1] for one in scores]),
        suspected=in_doubt,
        affected=_affected(thresholds, MEASURES, measures),
        look_alikes=_matrix(pairs, n_classes),
        others=others / np.maximum(trainings, 1)[:, None],
    )
    found = {cause.name: np.array(np.broadcast_to(cause.applies(known), predicted.shape)) for cause in CAUSES}
    blind = Causes(tuple(tests), found, measures, thresholds, pairs, others, tuple(trainings.tolist()))
    if parameters is None or true_labels is None:
        return blind
    return _with_parameters(blind, labels, predicted, true_labels, parameters, photographs)


def _other_trainings(
    tests: Mapping[str, ClassScores], repeats: Mapping[str, Sequence[NDArray[np.int64]]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many other trainings are correct on each image, shape (M, N), and how many there are, shape (M,)."""
    labels = next(iter(tests.values())).labels
    correct = {name: ~one.wrong for name, one in tests.items()}
    counts, numbers = [], []
    for name in tests:
        others = [correct[other] for other in tests if other != name]
        others += [predicted == labels for predicted in repeats.get(name, ())]
        counts.append(np.sum(others, axis=0, dtype=np.int64) if others else np.zeros(len(labels), dtype=np.int64))
        numbers.append(len(others))
    return np.stack(counts), np.array(numbers, dtype=np.int64)


def _affected(
    thresholds: Sequence[Threshold], measures: Mapping[str, Measure], values: Mapping[str, NDArray[np.float32]]
) -> dict[str, Booleans]:
    """Return whether a measure of each image is beyond its threshold, by cause, each of shape (N,)."""
    count = len(next(iter(values.values())))
    affected = {measure.cause: np.zeros(count, dtype=bool) for measure in measures.values()}
    for threshold in thresholds:
        affected[measures[threshold.measure].cause] |= beyond(threshold, values[threshold.measure])
    return affected


def _matrix(pairs: Sequence[tuple[int, int]], n_classes: int) -> Booleans:
    matrix = np.zeros((n_classes, n_classes), dtype=bool)
    for one, other in pairs:
        matrix[one, other] = matrix[other, one] = True
    return matrix


def _with_parameters(
    blind: Causes,
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64],
    true_labels: NDArray[np.int64],
    parameters: Mapping[str, NDArray[np.float32]],
    photographs: NDArray[np.int64] | None,
) -> Causes:
    """Add the causes according to the parameters, and the regressions of the errors on them."""
    wrong = predicted != true_labels  # against the true labels, which no error of a label disturbs
    every = np.ones(len(labels), dtype=bool)
    thresholds = calibrate(parameters, PARAMETERS, wrong.mean(axis=0), photographs, every)
    affected = _affected(thresholds, PARAMETERS, parameters) | {"wrong-label": labels != true_labels}
    truth = np.full(len(labels), UNEXPLAINED, dtype=np.int64)
    for name in reversed(PICTURE):
        truth[affected[name]] = NAMES.index(name)
    groups = np.arange(len(labels)) if photographs is None else photographs
    parts = {ALL: wrong} | {name: wrong[i : i + 1] for i, name in enumerate(blind.runs) if len(wrong) > 1}
    regressions: dict[str, tuple[OddsRatio, ...]] = {
        name: ratios for name, part in parts.items() if (ratios := odds_ratios(parameters, part, true_labels, groups))
    }
    return Causes(
        **vars(blind)
        | {
            "truth": truth,
            "parameter_thresholds": thresholds,
            "parameters": dict(parameters),
            "regressions": regressions,
        }
    )
