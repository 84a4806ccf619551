"""Average of the predictions of several models.

Averaging removes errors that depend on the training, such as its random start, and keeps those that all models make.

References
----------
L. K. Hansen, P. Salamon (1990), Neural network ensembles, IEEE Transactions on Pattern Analysis and Machine
Intelligence 12, 993-1001. B. Lakshminarayanan, A. Pritzel, C. Blundell (2017), Simple and scalable predictive
uncertainty estimation using deep ensembles, NeurIPS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.bootstrap import percentile_estimate
from svhnlab.analysis.metric_registry import HEADLINE, METRICS, resample
from svhnlab.analysis.paired import paired_p_value
from svhnlab.store.schema import Ensemble

Floats = NDArray[np.float64]
_AVERAGE = ""  # name of the average among its members


def average_probabilities(members: Sequence[Floats]) -> Floats:
    """Return the mean of the members' probabilities, shape (N, K), of at least one array of this shape.

    Examples
    --------
    >>> average_probabilities([np.array([[1.0, 0.0]]), np.array([[0.4, 0.6]])]).tolist()
    [[0.7, 0.3]]
    """
    return np.asarray(np.mean(members, axis=0))


def compare_average(
    labels: NDArray[np.int64],
    members: Mapping[str, Floats],
    *,
    resamples: int,
    seed: int,
    photographs: NDArray[np.int64] | None = None,
) -> Ensemble:
    """Compare the average of several models with the best of them and with their mean accuracy.

    Parameters
    ----------
    labels
        True classes, shape (N,).
    members
        Probabilities by name of the member, shape (N, K), at least two.
    resamples, seed
        Number and seed of the bootstrap resamples.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Returns
    -------
    The best member is chosen by its accuracy on the same images. The choice favours it in the test, so a significant
    advantage of the average is not overstated.

    Examples
    --------
    >>> labels = np.arange(90) % 3
    >>> def member(first: int) -> np.ndarray:
    ...     wrong = np.arange(90) // 30 == first
    ...     return 0.7 * np.eye(3)[(labels + wrong) % 3] + 0.1
    >>> average = compare_average(labels, {"a": member(0), "b": member(1), "c": member(2)}, resamples=100, seed=0)
    >>> average.metrics["accuracy"].value, round(average.over_best.value, 3), average.p_value < 0.001
    (1.0, 0.333, True)
    """
    average = average_probabilities(list(members.values()))
    correct = {name: one.argmax(axis=1) == labels for name, one in members.items()}
    best = max(correct, key=lambda name: int(correct[name].sum()))
    shared = {"resamples": resamples, "seed": seed, "photographs": photographs}
    own = resample(labels, {_AVERAGE: average}, metrics=HEADLINE, **shared)[_AVERAGE]  # type: ignore[arg-type]
    accuracy_of = METRICS["accuracy"].value
    sums = resample(labels, members, metrics={"accuracy": METRICS["accuracy"]}, **shared)  # type: ignore[arg-type]
    observed, draws = (
        {name: accuracy_of(getattr(one, part)) for name, one in sums.items()} for part in ("observed", "draws")
    )
    accuracy, drawn = accuracy_of(own.observed), accuracy_of(own.draws)
    means = np.mean(list(observed.values())), np.mean(list(draws.values()), axis=0)
    return Ensemble(
        members=tuple(members),
        metrics=own.estimates(HEADLINE),
        best=best,
        over_best=percentile_estimate(float(accuracy - observed[best]), drawn - draws[best]),
        over_mean=percentile_estimate(float(accuracy - means[0]), drawn - means[1]),
        p_value=paired_p_value(correct[best], average.argmax(axis=1) == labels, photographs),
    )
