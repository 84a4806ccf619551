"""Causes of errors: evidence for each cause and image, and regression on the generator's parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from svhnlab.store.schema.estimate import Estimate
from svhnlab.store.schema.files import Files, Stored


@dataclass(frozen=True)
class Threshold:
    """Value of a measure of an image beyond which errors are at least twice as frequent as on the other images.

    Attributes
    ----------
    measure
        Name of the measure.
    above
        Whether images at or above the threshold are affected; else those at or below it.
    limit
        The threshold.
    share
        Share of the test images that are affected.
    rate, rest
        Mean error rate of the configurations on the affected and on the other images with labels beyond doubt.
    p_adjusted
        Of the difference of the two rates, two-sided, by photograph, after Holm's correction for all thresholds tried.
    """

    measure: str
    above: bool
    limit: float
    share: float
    rate: float
    rest: float
    p_adjusted: float


@dataclass(frozen=True)
class OddsRatio:
    """Odds ratio of an error for one parameter of the generator, the other parameters, class and configuration fixed.

    Attributes
    ----------
    parameter
        Name of the parameter.
    unit
        Change of the parameter that the ratio stands for, e.g. "per standard deviation of its logarithm".
    is_binary
        Whether the parameter is a property that a digit has or does not have.
    ratio
        Odds ratio, with its 95% interval by photograph.
    p_value, p_adjusted
        Of the hypothesis that the ratio is 1, two-sided; after Holm's correction for the parameters of this regression.
    """

    parameter: str
    unit: str
    is_binary: bool
    ratio: Estimate
    p_value: float
    p_adjusted: float


@dataclass(frozen=True)
class Causes(Stored):
    """Evidence for the causes of errors, without the known labels; see `svhnlab.analysis.causes`.

    Attributes
    ----------
    runs
        Configurations, in the order of the arrays; M of them.
    applies
        By cause, in the order of the rules: whether its rule applies to each configuration and test image, whether or
        not that is an error; booleans, shape (M, N).
    measures
        Values of the measures of each test image, by name, each of shape (N,).
    thresholds
        Of the measures that have one in this study.
    look_alikes
        Pairs of classes that are confused more often than chance, the smaller class first.
    others
        Number of other trainings that classify each test image correctly, by configuration, shape (M, N): those of the
        other configurations with the first seed, and those of the same configuration with other seeds.
    trainings
        Number of these other trainings, by configuration.
    truth
        Cause of each test image according to the generator's parameters, a place in the list of causes, shape (N,): a
        wrong label, an ambiguous or a degraded picture; the number of causes where there is none of these. None if the
        parameters are unknown.
    parameter_thresholds
        Of the parameters that have one; empty if they are unknown.
    parameters
        Values of the generator's parameters for each test image, by name; empty if unknown.
    regressions
        By configuration and, under "all", over all of them; empty if the parameters are unknown or errors are too few.
    """

    FILES: ClassVar[Files] = Files(arrays="causes.npz", json="causes.json")

    runs: tuple[str, ...]
    applies: dict[str, NDArray[np.bool_]]
    measures: dict[str, NDArray[np.float32]]
    thresholds: tuple[Threshold, ...]
    look_alikes: tuple[tuple[int, int], ...]
    others: NDArray[np.int64]
    trainings: tuple[int, ...]
    truth: NDArray[np.int64] | None = None
    parameter_thresholds: tuple[Threshold, ...] = ()
    parameters: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    regressions: dict[str, tuple[OddsRatio, ...]] = field(default_factory=dict)
