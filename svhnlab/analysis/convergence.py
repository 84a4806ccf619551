"""Convergence of a training: whether the validation accuracy still rose when the training stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LAST_SHARE = 0.1
"""Share of the epochs that count as the last ones; at least one epoch does."""


@dataclass(frozen=True)
class Convergence:
    """Rise of the validation accuracy over the last epochs of a training.

    Attributes
    ----------
    epochs
        Number of last epochs.
    gain
        Validation accuracy after the last epoch minus the highest before the last epochs; NaN if no epoch precedes.
    standard_error
        Standard error of the validation accuracy after the last epoch, by photograph.
    """

    epochs: int
    gain: float
    standard_error: float

    @property
    def still_rising(self) -> bool:
        """Whether the gain exceeds one standard error, so that more epochs would probably raise the accuracy."""
        return self.gain > self.standard_error


def convergence(validation_accuracies: Sequence[float], images: int, effect: float = 1.0) -> Convergence:
    """Measure whether the validation accuracy still rose when a training stopped.

    The gain is taken over the highest earlier accuracy, not over that of one epoch, which may be low by chance.

    Parameters
    ----------
    validation_accuracies
        One for each epoch, at least one.
    images
        Number of validation images.
    effect
        Design effect of the validation accuracy, see :func:`svhnlab.analysis.clusters.design_effect`; 1 if each image
        is from its own photograph. That of one epoch serves for all.

    References
    ----------
    L. Breiman, J. Friedman, R. A. Olshen, C. J. Stone (1984), Classification and Regression Trees, Wadsworth, section
    3.4 (differences of less than one standard error are not interpreted).

    Examples
    --------
    >>> rising, flat = convergence([0.60, 0.70, 0.79], 400), convergence([0.60, 0.78, 0.79], 400)
    >>> round(rising.gain, 2), round(rising.standard_error, 2), rising.still_rising, flat.still_rising
    (0.09, 0.02, True, False)
    """
    accuracies = np.asarray(validation_accuracies, dtype=np.float64)
    last = max(1, round(LAST_SHARE * len(accuracies)))
    final = float(accuracies[-1])
    earlier = accuracies[:-last]
    gain = final - float(earlier.max()) if len(earlier) else float("nan")
    return Convergence(last, gain, float(np.sqrt(final * (1 - final) / images * effect)))
