"""Intervals and tests over all configurations of a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from svhnlab.store.schema.files import Files, Stored

#: Significance level of all tests.
ALPHA = 0.05
#: Two models whose accuracies differ by less are called equivalent: one percentage point.
EQUIVALENCE_MARGIN = 0.01


@dataclass(frozen=True)
class Estimate:
    """A metric with its 95% interval.

    The interval covers the sampling variability of the test set, not training variability (seeds).

    Attributes
    ----------
    value
        The metric on the test images; NaN if it is undefined.
    low, high
        Bounds of the interval.
    """

    value: float
    low: float
    high: float

    @property
    def limits(self) -> tuple[float, float]:
        """Lower and upper bound."""
        return self.low, self.high


@dataclass(frozen=True)
class ReliabilityBin:
    """Test images whose confidence is in one bin.

    Attributes
    ----------
    lower, upper
        Range of the bin: lower < confidence <= upper.
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
    """Calibration of one configuration, and its risk-coverage curve.

    Attributes
    ----------
    bins
        All bins, of equal width from 0 to 1, ascending.
    coverage, risk
        Risk-coverage curve, thinned to at most 400 points: the share of the images that are kept when the least
        confident are deferred, and the error rate among the kept images, against the true labels where they are known.
        Ascending coverage.
    aurc
        Area under the risk-coverage curve.
    """

    bins: tuple[ReliabilityBin, ...]
    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    aurc: Estimate


@dataclass(frozen=True)
class Deferral:
    """Deferral of the least confident images for a target accuracy on the rest, by one configuration.

    Attributes
    ----------
    target
        Target accuracy of the images that are not deferred.
    label_noise
        Share of wrong labels among those against which the model is judged: 0 where the true labels are known,
        otherwise the share of suspected labels.
    threshold
        Lowest confidence that is not deferred, chosen on the validation images: the lowest at which they reach the
        target, 0 if all of them together do. None if no threshold reaches it, or the target is refused.
    rate
        Share of the test images that are deferred; 1 if no threshold reaches the target, NaN if the target is refused.
    accuracy
        Accuracy on the other test images, with its Wilson interval; NaN without any.
    """

    target: float
    label_noise: float
    threshold: float | None
    rate: float
    accuracy: Estimate

    @property
    def refused(self) -> bool:
        """Whether the target allows fewer errors than there are wrong labels."""
        return 1 - self.target < self.label_noise


@dataclass(frozen=True)
class TemperatureScaling:
    """Calibration after the logits are divided by a temperature that was fitted on the validation images.

    Attributes
    ----------
    temperature
        Below 1 it raises the confidence, above 1 it lowers it.
    validation_images
        Number of images that it was fitted on.
    metrics
        Metrics of the probabilities on the test images, by name.
    differences
        The same minus those without temperature scaling, with paired bootstrap intervals.
    underconfidence
        Accuracy minus mean confidence.
    bins
        As in `Calibration`.
    """

    temperature: float
    validation_images: int
    metrics: dict[str, Estimate]
    differences: dict[str, Estimate]
    underconfidence: Estimate
    bins: tuple[ReliabilityBin, ...]


@dataclass(frozen=True)
class PredictionSets:
    """Conformal prediction sets: the classes whose probability reaches a threshold chosen on the validation images.

    Attributes
    ----------
    level
        Share of the images whose set shall contain the true class.
    threshold
        Smallest probability of a class in a set.
    validation_images
        Number of images that the threshold was chosen on.
    coverage
        Share of the test images whose set contains the true class, with its Wilson interval.
    difference
        `coverage` minus the coverage on the validation images; its interval covers the sampling variability of both.
    mean_size
        Mean number of classes in a set.
    sizes
        Number of test images by size of their set, from 0 to all classes.
    class_coverage, class_size
        Coverage and mean size over the images of each true class; NaN without images.
    """

    level: float
    threshold: float
    validation_images: int
    coverage: Estimate
    difference: Estimate
    mean_size: float
    sizes: tuple[int, ...]
    class_coverage: tuple[Estimate, ...]
    class_size: tuple[float, ...]


@dataclass(frozen=True)
class ErrorDetection:
    """How well two scores that do not use the true class tell errors from correctly classified images.

    Each is the area under the ROC curve (AUROC): the probability that an error has a lower score than a correctly
    classified image. NaN unless there are images of both kinds.

    Attributes
    ----------
    confidence
        AUROC of the confidence.
    margin
        AUROC of the margin of the predicted class: distance to the nearest other centroid minus distance to that of
        the predicted class, in RMS radii of the classes.
    difference
        `margin` minus `confidence`.
    """

    confidence: Estimate
    margin: Estimate
    difference: Estimate


@dataclass(frozen=True)
class NeuralCollapse:
    """How close the features of one model are to neural collapse, in which each class is one point.

    Attributes
    ----------
    within_between
        Mean squared radius of the classes divided by the mean squared distance of their centroids to the mean of all
        centroids; 0 if collapsed.
    norm_variation
        Standard deviation of the centroids' distances to the mean of all centroids, divided by their mean; 0 if
        collapsed.
    angle_deviation
        Mean absolute deviation of the cosines between centroids, seen from the mean of all, from -1/(K - 1), which is
        that of a regular simplex; 0 if collapsed.
    agreement
        Share of the test images whose nearest centroid is that of the predicted class, with its Wilson interval; 1 if
        collapsed.
    """

    within_between: float
    norm_variation: float
    angle_deviation: float
    agreement: Estimate


@dataclass(frozen=True)
class Slice:
    """Slice of the test images by the value of one property, and the error rate of one configuration on it.

    Attributes
    ----------
    name
        The property; see :attr:`Statistics.properties`.
    lower, upper
        Range of the values; the first slice includes both bounds, the others only the upper one.
    images, errors
        Number of images, and of misclassified images among them.
    rate
        Error rate, with its Wilson interval.
    rest
        Error rate on all other images.
    p_value
        Of Fisher's exact test against all other images, two-sided.
    p_adjusted
        The same after Holm's correction for all slices of all configurations.
    underperforming
        Whether the error rate is higher than on the other images and `p_adjusted` is below 0.05.
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
    """Metrics, intervals and tests of one configuration on the test images.

    Attributes
    ----------
    metrics
        By name, see `svhnlab.analysis.metric_registry.METRICS`.
    design_effect
        Of the accuracy: how much images from the same photograph widen its variance, at least 1; see
        `svhnlab.analysis.clusters.design_effect`.
    underconfidence
        Accuracy minus mean confidence, with its bootstrap interval; negative if the model is overconfident.
    precision, recall, f1
        One for each class; precision and recall have Wilson intervals. NaN where undefined: precision without images
        predicted as the class, recall without images of the class, F1 without either.
    temperature_scaling, prediction_sets, deferral
        Fitted on the validation images and judged on the test images.
    error_detection
        Confidence and margin as scores that tell errors from correctly classified images.
    slices
        Error rates by image property, in the order of the properties, then ascending.
    nearest_neighbours
        Accuracy of the most frequent class among the nearest training images in feature space, with its Wilson
        interval.
    nearest_centroid
        Accuracy of the nearest-centroid classifier (Euclidean distance), with its Wilson interval.
    nearest_is_predicted
        Share of the errors whose nearest centroid is that of the predicted class, with its Wilson interval; NaN without
        errors.
    neural_collapse
        Geometry of the centroids; NaN with fewer than two.
    centroid_confusion
        Spearman's rank correlation of centroid distance and confusion rate over ordered pairs of classes.
    centroid_confusion_p
        Its two-sided p-value from permutations of the classes (Mantel's test).
    """

    metrics: dict[str, Estimate]
    design_effect: float
    underconfidence: Estimate
    precision: tuple[Estimate, ...]
    recall: tuple[Estimate, ...]
    f1: tuple[Estimate, ...]
    calibration: Calibration
    temperature_scaling: TemperatureScaling
    prediction_sets: PredictionSets
    error_detection: ErrorDetection
    deferral: Deferral
    slices: Annotated[tuple[Slice, ...], Field(alias="segments")]
    nearest_neighbours: Estimate
    nearest_centroid: Estimate
    nearest_is_predicted: Estimate
    neural_collapse: NeuralCollapse
    centroid_confusion: float
    centroid_confusion_p: float

    @property
    def accuracy(self) -> Estimate:
        """Share of correctly classified images, with its Wilson interval."""
        return self.metrics["accuracy"]

    @property
    def macro_f1(self) -> Estimate:
        """Mean F1 over the classes."""
        return self.metrics["macro_f1"]

    @property
    def ece(self) -> Estimate:
        """Expected calibration error."""
        return self.metrics["ece"]


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


@dataclass(frozen=True)
class LabelReview:
    """Suspected errors among the test labels, from the averaged predictions of all configurations.

    Attributes
    ----------
    quality
        Quality of each test label, 0 (certainly wrong) to 1, shape (N,).
    suspected
        Rows of the suspected label errors, worst first, shape (S,).
    suggested
        Class with the highest mean probability for each test image, shape (N,).
    injected
        Number of injected label errors; None if the label errors are unknown (photographs).
    true_positives
        Number of suspected labels that are injected errors; None if these are unknown.
    average_precision
        Of the ranking by quality, for finding the injected errors; None if these are unknown.
    """

    quality: NDArray[np.float32]
    suspected: NDArray[np.int64]
    suggested: NDArray[np.int64]
    injected: Annotated[int | None, Field(alias="planted")]
    true_positives: Annotated[int | None, Field(alias="found")]
    average_precision: float | None

    @property
    def precision(self) -> float | None:
        """Share of the suspected labels that are injected errors; NaN if none is suspected."""
        if self.true_positives is None:
            return None
        return self.true_positives / len(self.suspected) if len(self.suspected) else float("nan")

    @property
    def recall(self) -> float | None:
        """Share of the injected errors that are suspected; NaN if none is injected."""
        if self.true_positives is None or self.injected is None:
            return None
        return self.true_positives / self.injected if self.injected else float("nan")


@dataclass(frozen=True)
class Duplicates:
    """Test images with a near-duplicate among the training images, in the features of one model.

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
        None unless all four configurations of the 2 × 2 design are stored.
    labels, duplicates
        Suspected label errors and near-duplicates.
    properties
        Value of each image property for each test image, by name, each of shape (N,): "brightness",
        "contrast", "sharpness", "saturation", "neighbours"; see `svhnlab.data.image_stats.image_properties`.
    photographs
        Number of photographs that the test images were cut from.
    shift
        Area under the ROC curve for telling test from training images, by property and for all together; see
        `svhnlab.analysis.two_sample.compare_sets`. Empty if the photographs are unknown.
    resamples, seed
        Number and seed of the bootstrap resamples.
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
    photographs: int
    shift: dict[str, Estimate]
    resamples: int
    seed: int

    def pair(self, first: str, second: str) -> PairedComparison:
        """Return the stored comparison of two configurations, in either order; ``KeyError`` if there is none."""
        for pair in self.pairs:
            if {pair.first, pair.second} == {first, second}:
                return pair
        raise KeyError(f"{first} and {second} are not compared")
