"""Comparisons of configurations on the same test images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from svhnlab.store.schema.estimate import Estimate
from svhnlab.store.schema.files import Files, Stored

#: Significance level of all tests.
ALPHA = 0.05
#: Two models whose accuracies differ by less are called equivalent: one percentage point.
EQUIVALENCE_MARGIN = 0.01


@dataclass(frozen=True)
class ClassDifference:
    """Difference in recall of one class between two configurations, second minus first.

    Attributes
    ----------
    recall
        Difference with its paired bootstrap interval.
    p_adjusted
        Of the exact McNemar test on the images of the class, after Holm's correction for all classes of all pairs.
    """

    recall: Estimate
    p_adjusted: float


@dataclass(frozen=True)
class Equivalence:
    """90% interval of the difference in accuracy of two models, for two one-sided tests at the 5% level.

    Attributes
    ----------
    low, high
        Bounds of the interval.
    """

    low: float
    high: float

    def within(self, margin: float = EQUIVALENCE_MARGIN) -> bool:
        """Whether both tests reject a difference as large as the margin: the interval lies inside it."""
        return -margin < self.low and self.high < margin


@dataclass(frozen=True)
class PairedComparison:
    """Comparison of two configurations on the same test images; differences are second minus first.

    Attributes
    ----------
    first, second
        Names of the configurations.
    accuracy, macro_f1
        Differences, with paired bootstrap intervals.
    only_first, only_second
        Number of images that only the first, and only the second, classifies correctly.
    p_value
        Of the exact McNemar test, two-sided.
    p_adjusted
        The same after Holm's correction for all pairs.
    minimum_detectable_difference
        Smallest true difference in accuracy that the test detects with 80% power at the 5% level, for this number of
        images and this disagreement of the two.
    classes
        One for each class.
    equivalence
        Interval of the difference in accuracy for the test of equivalence.
    """

    first: str
    second: str
    accuracy: Estimate
    macro_f1: Estimate
    only_first: int
    only_second: int
    p_value: float
    p_adjusted: float
    minimum_detectable_difference: Annotated[float, Field(alias="detectable")]
    classes: tuple[ClassDifference, ...]
    equivalence: Equivalence

    @property
    def effect_size(self) -> float:
        """Cohen's g: share of the second among the images that only one classifies correctly, minus one half.

        NaN if there are none. 0.05, 0.15 and 0.25 are called small, medium and large by Cohen (1988), Statistical Power
        Analysis for the Behavioral Sciences, section 5.2.
        """
        discordant = self.only_first + self.only_second
        return self.only_second / discordant - 0.5 if discordant else float("nan")

    @property
    def significant(self) -> bool:
        """Whether the accuracies differ significantly (adjusted p-value below `ALPHA`)."""
        return self.p_adjusted < ALPHA


@dataclass(frozen=True)
class PairSimilarity:
    """Similarity of two configurations on the same test images.

    Attributes
    ----------
    first, second
        Names of the configurations.
    kappa
        Cohen's kappa of their errors, with its bootstrap interval; NaN if it is undefined.
    cka
        Linear centred kernel alignment of their features, 0 to 1; NaN if all features of a model are equal.
    """

    first: str
    second: str
    kappa: Estimate
    cka: float


@dataclass(frozen=True)
class SeedStatistics(Stored):
    """Similarity and variability of the trainings of one configuration, which differ only in the seed.

    Attributes
    ----------
    accuracy
        Mean accuracy, with an interval that covers test sampling and training variability together.
    kappa
        Cohen's kappa of the errors of two trainings, the mean over all pairs of the first ten, with its bootstrap
        interval.
    cka
        Linear centred kernel alignment of the features of two trainings, the mean over the same pairs.
    """

    FILES: ClassVar[Files] = Files(json="seeds.json")

    accuracy: Estimate
    kappa: Estimate
    cka: float


@dataclass(frozen=True)
class Ensemble(Stored):
    """Average of the probabilities of several models on the test images.

    Attributes
    ----------
    members
        Names of the configurations, or seeds of the trainings, that are averaged.
    metrics
        Headline metrics of the average.
    best
        The member with the highest accuracy on the test images.
    over_best, over_mean
        Accuracy of the average minus that of the best member, and minus the mean of the members, with paired bootstrap
        intervals.
    p_value
        Of the exact McNemar test of the average and the best member, two-sided.
    """

    FILES: ClassVar[Files] = Files(json="ensemble.json")

    members: tuple[str, ...]
    metrics: dict[str, Estimate]
    best: str
    over_best: Estimate
    over_mean: Estimate
    p_value: float


@dataclass(frozen=True)
class Interaction:
    """Interaction of model and augmentation (2 × 2 design); accuracy differences with paired bootstrap intervals.

    Attributes
    ----------
    small, deep
        Effect of augmentation on the accuracy of the CNN and of ResNet-18.
    difference
        `deep` minus `small`.
    """

    small: Estimate
    deep: Estimate
    difference: Estimate
