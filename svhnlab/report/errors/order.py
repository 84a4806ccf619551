"""The images that went wrong, and the classes that are taken for one another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.calibration import log_losses
from svhnlab.report.core.select import statistics_of
from svhnlab.report.core.text import confidence as confidence_words
from svhnlab.report.core.text import listing, number
from svhnlab.report.features.centroids import summarise
from svhnlab.store.schema import RunResult, Study


@dataclass(frozen=True)
class Order:
    """A way to order misclassified images.

    Attributes
    ----------
    words, value
        What comes first, and what the value is, as they stand in a sentence.
    shown
        Writes an image's value below it.
    """

    words: str
    value: str
    shown: Callable[[float], str]


ORDERS: dict[str, Order] = {
    "confidence": Order("the most confident errors first", "confidence", confidence_words),
    "loss": Order("the largest loss first", "loss in nats", lambda value: f"loss {number(value, 1)}"),
    "margin": Order(
        "the deepest in the predicted class first",
        "margin in class RMS radii",
        lambda value: f"margin {number(value, 2)}",
    ),
    "label": Order("the most suspect label first", "quality of the label", lambda value: f"quality {number(value, 2)}"),
}


def order_values(study: Study, run: RunResult, order: str) -> NDArray[np.float64]:
    """Return what test images are ordered by, shape (N,).

    Parameters
    ----------
    study
        The study that the run belongs to.
    run
        A stored run.
    order
        "confidence": probability of the predicted class. "loss": minus the logarithm of the probability of the true
        class, in nats. "margin": distance to the centroid of the true class minus that to the predicted one, in RMS
        radii of the classes; positive where an image lies nearer to the class it was taken for. "label": quality of
        the label, low where it is suspect.

    Raises
    ------
    ValueError
        If the order is none of these, or what it needs is not made yet.
    """
    test = run.test
    if order == "confidence":
        return test.confidence
    if order == "loss":
        return log_losses(test)
    if order == "margin":
        return summarise(run, scale_free=True).distances.margin
    if order == "label":
        return statistics_of(study).labels.quality.astype(np.float64)
    raise ValueError(f"images are ordered by {listing(list(ORDERS), 'or')}, not by {order!r}")
