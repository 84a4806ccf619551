"""Intervals and tests over all configurations of a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from svhnlab.store.schema.calibration import (
    BrierDecomposition,
    Calibration,
    Deferral,
    ErrorDetection,
    PredictionSets,
    TemperatureScaling,
)
from svhnlab.store.schema.comparison import Interaction, PairedComparison, PairSimilarity
from svhnlab.store.schema.estimate import Estimate
from svhnlab.store.schema.files import Files, Stored


@dataclass(frozen=True)
class NeuralCollapse:
    """How close the features of one model are to neural collapse, in which each class is one point.

    Attributes
    ----------
    within_between
        Trace of the covariance within the classes times the pseudo-inverse of the covariance between the K centroids,
        divided by K; 0 if collapsed.
    norm_variation
        Standard deviation of the centroids' distances to the mean of all centroids, divided by their mean; 0 if
        collapsed.
    angle_deviation
        Mean absolute deviation of the cosines between centroids, seen from the mean of all, from -1/(K - 1), which is
        that of a regular simplex; 0 if collapsed.
    duality
        Distance between the centroids and the weights of the last layer, both centred and scaled to the norm 1; 0 to 2,
        0 if collapsed; NaN if the weights are not known.
    agreement
        Share of the test images whose nearest centroid is that of the predicted class, with its Wilson interval; 1 if
        collapsed.
    """

    within_between: float
    norm_variation: float
    angle_deviation: float
    duality: float
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
        Fitted on the validation images and judged on the test images; None without predictions on validation images.
    brier
        Parts of the Brier score of the confidence without and with temperature scaling; None without the latter.
    error_detection
        Confidence and margin as scores that tell errors from correctly classified images.
    slices
        Error rates by image property, in the order of the properties, then ascending.

        This and everything below is None without features of the training and test images.
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
    temperature_scaling: TemperatureScaling | None
    brier: BrierDecomposition | None
    prediction_sets: PredictionSets | None
    error_detection: ErrorDetection | None
    deferral: Deferral | None
    slices: Annotated[tuple[Slice, ...], Field(alias="segments")]
    nearest_neighbours: Estimate | None
    nearest_centroid: Estimate | None
    nearest_is_predicted: Estimate | None
    neural_collapse: NeuralCollapse | None
    centroid_confusion: float | None
    centroid_confusion_p: float | None

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

    @property
    def with_features(self) -> FeatureStatistics | None:
        """The same, typed as having all statistics of the features; None without features."""
        return None if self.nearest_centroid is None else FeatureStatistics(**vars(self))

    @property
    def with_validation(self) -> FittedStatistics | None:
        """The same, typed as having all that is fitted on the validation images; None without these."""
        return None if self.temperature_scaling is None else FittedStatistics(**vars(self))


@dataclass(frozen=True)
class FeatureStatistics(RunStatistics):
    """Statistics of a configuration with features of the training and test images."""

    error_detection: ErrorDetection
    nearest_neighbours: Estimate
    nearest_centroid: Estimate
    nearest_is_predicted: Estimate
    neural_collapse: NeuralCollapse
    centroid_confusion: float
    centroid_confusion_p: float


@dataclass(frozen=True)
class FittedStatistics(RunStatistics):
    """Statistics of a configuration with predictions on the validation images."""

    temperature_scaling: TemperatureScaling
    brier: BrierDecomposition
    prediction_sets: PredictionSets
    deferral: Deferral


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
class RepeatedImages:
    """Pairs of test images that show the same picture; see `svhnlab.analysis.duplicates.repeated_images`.

    Attributes
    ----------
    first_rows, second_rows
        The pairs, best match first, shape (P,); the first row of a pair is the lower one.
    match
        Concordance correlation of the overlap, shape (P,); 1 for identical images.
    """

    first_rows: NDArray[np.int64]
    second_rows: NDArray[np.int64]
    match: NDArray[np.float32]


@dataclass(frozen=True)
class Statistics(Stored):
    """Intervals and tests over all stored configurations of a study.

    Attributes
    ----------
    runs
        By configuration.
    pairs
        Every pair of configurations, in their order.
    similarities
        Of the same pairs.
    interaction
        None unless all four configurations of the 2 × 2 design are stored.
    labels, duplicates, repeated
        Suspected label errors, near-duplicates of training images (None if no configuration has features), and pairs
        of test images that show the same picture.
    properties
        Value of each image property for each test image, by name, each of shape (N,): "brightness",
        "contrast", "sharpness", "saturation", "neighbours"; see `svhnlab.data.image_stats.image_properties`.
    photographs
        Number of photographs that the test images were cut from.
    shift
        Area under the ROC curve for telling test from training images, by property and for all together, and test from
        validation images by the features of the first configuration that has them; see `svhnlab.analysis.two_sample`.
        Empty if the photographs are unknown; without the features if validation images are from photographs that were
        trained on.
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
    similarities: tuple[PairSimilarity, ...]
    interaction: Interaction | None
    labels: LabelReview
    duplicates: Duplicates | None
    repeated: RepeatedImages
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
