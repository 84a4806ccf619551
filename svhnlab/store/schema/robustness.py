"""Predictions on changed test images, and statistics of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from svhnlab.store.schema.comparison import ALPHA
from svhnlab.store.schema.estimate import Estimate
from svhnlab.store.schema.files import Files, Stored


@dataclass(frozen=True)
class Condition:
    """One change of the images.

    Attributes
    ----------
    corruption
        A key of :data:`svhnlab.config.corruptions.CORRUPTIONS`.
    severity
        1 to 5.
    strength
        In the unit of the corruption.
    """

    corruption: str
    severity: int
    strength: float


@dataclass(frozen=True)
class CorruptionError:
    """Errors of a configuration on changed images, in relation to those of the reference.

    Attributes
    ----------
    mean
        Mean corruption error: the mean of `by_corruption`; 1 for the reference.
    by_corruption
        Errors over the severities of a corruption, divided by those of the reference; NaN if the reference has none.
    """

    mean: Estimate
    by_corruption: dict[str, Estimate]


@dataclass(frozen=True)
class Intervention:
    """What a change does to the errors and to the correct predictions of a configuration.

    Attributes
    ----------
    repaired
        Share of the images misclassified without a change that are classified correctly with it.
    broken
        Share of the images classified correctly without a change that are misclassified with it.
    p_adjusted
        Of the exact McNemar test by photograph of the accuracy without and with the change, after Holm's correction
        for all changes of all configurations.
    """

    repaired: Estimate
    broken: Estimate
    p_adjusted: float


@dataclass(frozen=True)
class RunRobustness:
    """Results of one configuration on the sampled test images.

    Attributes
    ----------
    unchanged
        Accuracy without a change, on the same images and from one view.
    accuracy
        Accuracy under each condition.
    mean
        Accuracy under a change: the mean over corruptions of the means over their severities.
    errors
        In relation to the reference.
    interventions
        One for each condition.
    any_repaired, any_broken
        Share of the errors that at least one condition repairs, and of the correct predictions that at least one
        breaks.
    """

    unchanged: Estimate
    accuracy: tuple[Estimate, ...]
    mean: Estimate
    errors: CorruptionError
    interventions: tuple[Intervention, ...]
    any_repaired: Estimate
    any_broken: Estimate


@dataclass(frozen=True)
class CorruptionDifference:
    """Difference between two configurations under one corruption, second minus first.

    Attributes
    ----------
    first, second
        Names of the configurations.
    corruption
        Name of the corruption; empty for the mean over all.
    accuracy
        Difference of the mean accuracies over the severities.
    p_adjusted
        Of the exact sign-change test by photograph after Holm's correction for all corruptions of all pairs, or, for
        the mean over all corruptions, for all pairs.
    beyond
        `accuracy` minus the difference on the unchanged images.
    beyond_p_adjusted
        Of the same test of `beyond`.
    """

    first: str
    second: str
    corruption: str
    accuracy: Estimate
    p_adjusted: float
    beyond: Estimate
    beyond_p_adjusted: float

    @property
    def significant(self) -> bool:
        """Whether the accuracies differ significantly."""
        return self.p_adjusted < ALPHA

    @property
    def significant_beyond(self) -> bool:
        """Whether the difference differs significantly from that on the unchanged images."""
        return self.beyond_p_adjusted < ALPHA


@dataclass(frozen=True)
class Robustness(Stored):
    """Predictions of all configurations on changed test images.

    Attributes
    ----------
    rows
        Rows of the test split, ascending, shape (A,).
    sampled
        Whether an image belongs to the random sample on which accuracies are estimated, shape (A,); the others are
        errors of a configuration or images on the maps.
    seed
        Seed of the random parts of the changes.
    conditions
        The C changes; severities of one corruption are adjacent and ascend.
    predicted
        Predicted class by configuration without a change, in the first row, and under each condition, int16,
        shape (1 + C, A).
    confidence, label_share
        Probability of the predicted class and of the label, float16, shape (1 + C, A).
    reference
        Configuration to which corruption errors are related.
    runs
        Results by configuration.
    differences
        One for each pair of configurations and each corruption, and one for the mean over all.
    """

    FILES: ClassVar[Files] = Files(arrays="robustness.npz", json="robustness.json")

    rows: NDArray[np.int64]
    sampled: NDArray[np.bool_]
    seed: int
    conditions: tuple[Condition, ...]
    predicted: dict[str, NDArray[np.int16]]
    confidence: dict[str, NDArray[np.float16]]
    label_share: dict[str, NDArray[np.float16]]
    reference: str
    runs: dict[str, RunRobustness]
    differences: tuple[CorruptionDifference, ...]

    @cached_property
    def corruptions(self) -> dict[str, list[int]]:
        """Positions of the conditions of each corruption, by name; ascending severity."""
        positions: dict[str, list[int]] = {}
        for position, condition in enumerate(self.conditions):
            positions.setdefault(condition.corruption, []).append(position)
        return positions

    def difference(self, first: str, second: str, corruption: str = "") -> CorruptionDifference:
        """Return the difference of two configurations under a corruption, by default the mean over all.

        Raises
        ------
        KeyError
            If there is no such pair in this order.
        """
        for one in self.differences:
            if (one.first, one.second, one.corruption) == (first, second, corruption):
                return one
        raise KeyError((first, second, corruption))
