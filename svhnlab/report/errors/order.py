"""Orders of the misclassified images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from svhnlab.analysis.centroids import centroid_distances
from svhnlab.report.core.select import NotComputed, NotImported, statistics_of
from svhnlab.report.core.text import confidence, listing, number
from svhnlab.store.schema import RunResult, Study


@dataclass(frozen=True)
class Order:
    """An order of misclassified images.

    Attributes
    ----------
    description
        Value by which the images are ordered, and which comes first.
    show
        Formats the value below an image.
    ascending
        Whether the smallest value comes first.
    typical
        Whether the value closest to the median of the selected errors comes first.
    """

    description: str
    show: Callable[[float], str]
    ascending: bool = False
    typical: bool = False


ORDERS: dict[str, Order] = {
    "typical": Order(
        "distance of the loss (nats) from the median, the most typical first",
        lambda value: f"loss {number(value, 1)}",
        typical=True,
    ),
    "confidence": Order("confidence, the highest first", confidence),
    "loss": Order("loss (nats), the largest first", lambda value: f"loss {number(value, 1)}"),
    "margin": Order(
        "margin (class RMS radii), the lowest first", lambda value: f"margin {number(value, 2)}", ascending=True
    ),
    "label": Order("label quality, the lowest first", lambda value: f"quality {number(value, 2)}", ascending=True),
}


def order_values(study: Study, run: RunResult, order: str) -> NDArray[np.float64]:
    """Return the value of each test image by which the images are ordered, shape (N,).

    Parameters
    ----------
    study
        The study of the run.
    run
        A trained run.
    order
        "confidence": probability of the predicted class. "loss" and "typical": minus the logarithm of the probability
        of the true class, in nats. "margin": distance to the nearest other centroid minus that to the centroid of the
        true class, in RMS radii of the classes; positive where an image lies nearest to its own class. "label": quality
        of the label, low where the label is suspected to be wrong.

    Raises
    ------
    ValueError
        If the order is none of these.
    NotComputed
        If the centroids or the statistics that it needs are not computed yet.
    """
    test = run.test
    if order == "confidence":
        return test.confidence
    if order in ("loss", "typical"):
        # From the logits: a probability may be too small to have a logarithm.
        logits = test.logits.astype(np.float64)
        return np.asarray(logsumexp(logits, axis=1) - logits[np.arange(len(test.labels)), test.labels])
    if order == "margin":
        if run.evidence is None or test.features is None:
            if run.imported:
                raise NotImported("features of the training and test images", [run.title])
            raise NotComputed(f"the class centroids of {run.name} are not computed yet")
        centroids = run.evidence.centroids
        return centroid_distances(test.features, test.labels, test.predicted, centroids, scale_free=True).margin
    if order == "label":
        return statistics_of(study).labels.quality.astype(np.float64)
    raise ValueError(f"images are ordered by {listing(list(ORDERS), 'or')}, not by {order!r}")


def rank_key(values: NDArray[np.float64], order: str, selected: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the number by which images are ranked, the largest first, shape (N,).

    Parameters
    ----------
    values
        Of `order_values`, shape (N,).
    order
        A key of `ORDERS`.
    selected
        The images that are ranked, shape (N,).
    """
    if ORDERS[order].typical:
        return -np.abs(values - (np.median(values[selected]) if selected.any() else 0.0))
    return -values if ORDERS[order].ascending else values
