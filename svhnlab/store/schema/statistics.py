"""Intervals and tests over all configurations of a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from svhnlab.store.schema.files import Files, Stored


@dataclass(frozen=True)
class Estimate:
    """A metric with its 95% interval.

    The interval covers the sampling variability of the test set, not training variability (seeds).

    Attributes
    ----------
    value
        The metric on the test images; NaN where it is undefined.
    low, high
        Bounds of the interval.
    """

    value: float
    low: float
    high: float

    @property
    def limits(self) -> tuple[float, float]:
        """Both bounds."""
        return self.low, self.high


@dataclass(frozen=True)
class ReliabilityBin:
    """Test images whose confidence lies in one range.

    Attributes
    ----------
    lower, upper
        The range: lower < confidence <= upper.
    images
        Number of images.
    confidence
        Their mean confidence; NaN without images.
    accuracy
        Their accuracy, with its Wilson interval; NaN without images.
    """

    lower: float
    upper: float
    images: int
    confidence: float
    accuracy: Estimate


@dataclass(frozen=True)
class Calibration:
    """Calibration and selective prediction of one configuration.

    Attributes
    ----------
    ece
        Expected calibration error: mean gap of confidence and accuracy over the bins, weighted by images; with a
        reflected bootstrap interval (see `svhnlab.analysis.calibration.expected_calibration_error`).
    log_loss
        Mean negative logarithm of the probability of the true class, in nats.
    bins
        Of equal width from 0 to 1, all of them, ascending.
    coverage, risk
        Risk-coverage curve, thinned to at most 400 points: the share of the images that are kept when the least
        confident are deferred, and the error rate among the kept images. Ascending coverage.
    aurc
        Area under that curve.
    target
        Accuracy that `deferral_rate` is for.
    deferral_rate
        Smallest share of the images to defer, the least confident first, so that the others have the target accuracy;
        0 where all images have it, 1 where no share of them has it.
    """

    ece: Estimate
    log_loss: Estimate
    bins: tuple[ReliabilityBin, ...]
    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    aurc: Estimate
    target: float
    deferral_rate: Annotated[float, Field(alias="handover")]


@dataclass(frozen=True)
class Slice:
    """A slice of the test images, by the value of one property, and the error rate of one configuration in it.

    Attributes
    ----------
    name
        The property; see :attr:`Statistics.properties`.
    lower, upper
        Range of the values, both ends included in the outermost slices.
    images, errors
        Number of images, and how many of them are misclassified.
    rate
        Error rate, with its Wilson interval.
    rest
        Error rate on all other images.
    p_value
        Of Fisher's exact test against all other images, two-sided.
    p_adjusted
        The same after Holm's correction for all slices of all configurations.
    underperforming
        Whether the error rate is higher than on the other images and `p_adjusted` below 0.05.
    """

    name: str
    lower: float
    upper: float
    images: int
    errors: int
    rate: Estimate
    rest: float
    p_value: float
    p_adjusted: float
    underperforming: Annotated[bool, Field(alias="weak")]


@dataclass(frozen=True)
class RunStatistics:
    """Metrics with intervals, and tests, of one configuration on the test images.

    Attributes
    ----------
    accuracy
        With Wilson's interval; all others have percentile bootstrap intervals unless stated otherwise.
    precision, recall, f1
        One for each class; precision and recall have Wilson's interval. NaN where undefined: without images that are
        predicted as the class, without images of it, or without either.
    slices
        Error rates by properties of the picture, in the order of the properties, then ascending.
    nearest_centroid
        Accuracy of the nearest-centroid classifier (Euclidean distance), with Wilson's interval.
    nearest_is_predicted
        Share of the errors whose nearest centroid is that of the predicted class, with Wilson's interval; NaN without
        errors.
    centroid_confusion
        Spearman's rank correlation, over ordered pairs of classes, of centroid distance and confusion rate.
    centroid_confusion_p
        Its two-sided p value by permuting the classes (Mantel's test).
    """

    accuracy: Estimate
    macro_f1: Estimate
    precision: tuple[Estimate, ...]
    recall: tuple[Estimate, ...]
    f1: tuple[Estimate, ...]
    calibration: Calibration
    slices: Annotated[tuple[Slice, ...], Field(alias="segments")]
    nearest_centroid: Estimate
    nearest_is_predicted: Estimate
    centroid_confusion: float
    centroid_confusion_p: float


@dataclass(frozen=True)
class ClassDifference:
    """Difference of the recall of one class between two configurations, second minus first.

    Attributes
    ----------
    recall
        The difference, with its paired bootstrap interval.
    p_adjusted
        Of the exact McNemar test on the images of the class, after Holm's correction for all classes of all pairs.
    """

    recall: Estimate
    p_adjusted: float


@dataclass(frozen=True)
class PairedComparison:
    """Two configurations on the same test images; differences are second minus first.

    Attributes
    ----------
    first, second
        Names of the configurations.
    accuracy, macro_f1
        Differences, with paired bootstrap intervals.
    only_first, only_second
        Images that only the first, and only the second classifies correctly.
    p_value
        Of the exact McNemar test, two-sided.
    p_adjusted
        The same after Holm's correction for all pairs.
    minimum_detectable_difference
        Smallest true difference of accuracy that the test detects with a power of 80% at the 5% level, for this number
        of images and this disagreement of the two.
    classes
        One for each class.
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

    @property
    def significant(self) -> bool:
        """Whether the accuracies differ significantly (adjusted p value below 5%)."""
        return self.p_adjusted < 0.05


@dataclass(frozen=True)
class Interaction:
    """Interaction of model and augmentation (2 by 2 design); accuracy differences with paired bootstrap intervals.

    Attributes
    ----------
    small, deep
        Difference that augmentation makes for the CNN and for ResNet-18.
    difference
        `deep` minus `small`.
    """

    small: Estimate
    deep: Estimate
    difference: Estimate


@dataclass(frozen=True)
class LabelReview:
    """Suspected errors among the test labels, by the predictions of all configurations together.

    Attributes
    ----------
    quality
        Quality of each test label, 0 (certainly wrong) to 1, shape (N,).
    suspected
        Rows of the labels that are suspected to be wrong, worst first, shape (S,).
    suggested
        For each test image the class with the highest mean probability, shape (N,).
    injected
        Number of label errors that were injected; None where the label errors are not known (photographs).
    true_positives
        How many of the suspected labels are among them; None where they are not known.
    average_precision
        Of the ranking by quality, for finding the injected errors; None where they are not known.
    """

    quality: NDArray[np.float32]
    suspected: NDArray[np.int64]
    suggested: NDArray[np.int64]
    injected: Annotated[int | None, Field(alias="planted")]
    true_positives: Annotated[int | None, Field(alias="found")]
    average_precision: float | None

    @property
    def precision(self) -> float | None:
        """Share of the suspected labels that are injected errors; NaN where none is suspected."""
        if self.true_positives is None:
            return None
        return self.true_positives / len(self.suspected) if len(self.suspected) else float("nan")

    @property
    def recall(self) -> float | None:
        """Share of the injected errors that are suspected; NaN where none is injected."""
        if self.true_positives is None or self.injected is None:
            return None
        return self.true_positives / self.injected if self.injected else float("nan")


@dataclass(frozen=True)
class Duplicates:
    """Test images that have a near-duplicate among the training images, in the features of one model.

    Attributes
    ----------
    run
        Configuration whose features were used.
    threshold
        Distance below which two images are near-duplicates, in the units of the features.
    test_rows, train_rows
        The pairs, closest first, shape (P,).
    distances
        Shape (P,).
    """

    run: str
    threshold: float
    test_rows: NDArray[np.int64]
    train_rows: NDArray[np.int64]
    distances: NDArray[np.float32]


@dataclass(frozen=True)
class Statistics(Stored):
    """Intervals and tests over all stored configurations of a study.

    Attributes
    ----------
    runs
        By configuration.
    pairs
        Every pair of configurations, in their order.
    interaction
        None unless all four configurations of the 2 by 2 design are stored.
    labels, duplicates
        Suspected label errors and near-duplicates.
    properties
        Value of each property of the picture for each test image, by name, each of shape (N,): "brightness",
        "contrast", "sharpness", "saturation", "neighbours"; see `svhnlab.data.image_stats.image_properties`.
    resamples, seed
        Number and seed of the bootstrap's resamples.
    """

    FILES: ClassVar[Files] = Files(
        arrays="statistics.npz",
        json="statistics.json",
        prefixes={"labels": "", "duplicates": "", "properties": "property_"},
    )

    runs: dict[str, RunStatistics]
    pairs: tuple[PairedComparison, ...]
    interaction: Interaction | None
    labels: LabelReview
    duplicates: Duplicates
    properties: dict[str, NDArray[np.float32]]
    resamples: int
    seed: int

    def pair(self, first: str, second: str) -> PairedComparison:
        """Return the comparison of two configurations as it is stored; ``KeyError`` if there is none."""
        for pair in self.pairs:
            if {pair.first, pair.second} == {first, second}:
                return pair
        raise KeyError(f"{first} and {second} are not compared")
