"""Intervals and tests over all runs of a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from svhnlab.store.schema.files import Files, Stored


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95% interval over the drawing of test images; it does not cover the chance in training.

    Attributes
    ----------
    value
        The figure on the test images; NaN where it is undefined.
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
        How many images.
    confidence
        Their mean confidence; NaN without images.
    accuracy
        Share of them that are right, with its Wilson interval; NaN without images.
    """

    lower: float
    upper: float
    images: int
    confidence: float
    accuracy: Estimate


@dataclass(frozen=True)
class Calibration:
    """Whether a run's probabilities mean what they say.

    Attributes
    ----------
    ece
        Expected calibration error over the bins: mean gap of confidence and accuracy, weighted by images; with a
        reflected bootstrap interval (see `svhnlab.analysis.calibration.expected_calibration_error`).
    log_loss
        Mean negative logarithm of the probability of the true class, in nats.
    bins
        Of equal width from 0 to 1, all of them, ascending.
    coverage, risk
        Risk-coverage curve, thinned to at most 400 points: share of the images kept when the least confident are
        handed over, and the share of errors among the kept. Ascending coverage.
    aurc
        Area under that curve.
    target
        The accuracy that `handover` is for.
    handover
        Smallest share of the images to hand to a person so that the rest has the target accuracy; 0 where the run
        has it anyway, 1 where no rest has it.
    """

    ece: Estimate
    log_loss: Estimate
    bins: tuple[ReliabilityBin, ...]
    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    aurc: Estimate
    target: float
    handover: float


@dataclass(frozen=True)
class Slice:
    """Test images with a value of one property in one range, and how often a run errs on them.

    Attributes
    ----------
    name
        The property; see :attr:`Statistics.properties`.
    lower, upper
        Range of the values, both ends included in the outermost segments.
    images, errors
        How many images, and how many of them the run gets wrong.
    rate
        Share of errors, with its Wilson interval.
    rest
        Share of errors among all other images.
    p_value
        Of Fisher's exact test against all other images, two-sided.
    p_adjusted
        The same after Holm's correction for all segments of all runs.
    weak
        Whether the share of errors is higher than among the rest and `p_adjusted` below 0.05.
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
    weak: bool


@dataclass(frozen=True)
class RunStatistics:
    """All figures of one run on the test images that carry an interval.

    Attributes
    ----------
    accuracy
        With Wilson's interval; all others have percentile bootstrap intervals unless said otherwise.
    precision, recall, f1
        One for each class; precision and recall are shares and have Wilson's interval. NaN where undefined: without
        images that are taken for the class, without images of it, or without either.
    nearest_centroid
        Accuracy of taking the class whose centroid is nearest by Euclidean distance, Wilson.
    nearest_is_predicted
        Share of the errors whose nearest centroid is that of the predicted class, Wilson; NaN without errors.
    centroid_confusion
        Spearman's rank correlation, over ordered pairs of classes, of centroid distance and confusion share.
    centroid_confusion_p
        Its two-sided p value by permuting the classes (Mantel's test).
    """

    accuracy: Estimate
    macro_f1: Estimate
    precision: tuple[Estimate, ...]
    recall: tuple[Estimate, ...]
    f1: tuple[Estimate, ...]
    calibration: Calibration
    segments: tuple[Slice, ...]
    nearest_centroid: Estimate
    nearest_is_predicted: Estimate
    centroid_confusion: float
    centroid_confusion_p: float


@dataclass(frozen=True)
class ClassDifference:
    """Difference of the recall of one class between two runs, second minus first.

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
    """Two runs on the same test images; differences are second minus first.

    Attributes
    ----------
    first, second
        Names of the runs.
    accuracy, macro_f1
        Differences, with paired bootstrap intervals.
    only_first, only_second
        Images that only the first, and only the second gets right.
    p_value
        Of the exact McNemar test, two-sided.
    p_adjusted
        The same after Holm's correction for all pairs.
    detectable
        Smallest difference of accuracy that such a test on this many images would have found four times in five
        (power 80%, level 5%), given how often the two runs disagree.
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
    detectable: float
    classes: tuple[ClassDifference, ...]

    @property
    def real(self) -> bool:
        """Whether the test supports that the two runs differ on images like these."""
        return self.p_adjusted < 0.05


@dataclass(frozen=True)
class Interaction:
    """Model and augmentation as a 2 by 2 design; accuracy differences with paired bootstrap intervals.

    Attributes
    ----------
    small, deep
        What augmentation adds to the CNN and to ResNet-18.
    difference
        `deep` minus `small`: how much more favourable the change is for ResNet-18.
    """

    small: Estimate
    deep: Estimate
    difference: Estimate


@dataclass(frozen=True)
class LabelReview:
    """How the test labels look in the light of all runs together, which never saw them in training.

    Attributes
    ----------
    quality
        Score of each test label, 0 (surely wrong) to 1, shape (N,).
    suspected
        Rows of the labels that are suspected to be wrong, worst first, shape (S,).
    suggested
        For each test image the class with the highest mean probability over the runs, shape (N,).
    planted
        Number of labels that are known to be wrong; None where nothing is known (photographs).
    found
        How many of the suspected ones are among these; None where nothing is known.
    average_precision
        Of the ranking by quality against the known wrong labels; None where nothing is known.
    """

    quality: NDArray[np.float32]
    suspected: NDArray[np.int64]
    suggested: NDArray[np.int64]
    planted: int | None
    found: int | None
    average_precision: float | None

    @property
    def precision(self) -> float | None:
        """Share of the suspected labels that are known to be wrong; NaN where none is suspected."""
        if self.found is None:
            return None
        return self.found / len(self.suspected) if len(self.suspected) else float("nan")

    @property
    def recall(self) -> float | None:
        """Share of the labels known to be wrong that are suspected; NaN where none is known to be wrong."""
        if self.found is None or self.planted is None:
            return None
        return self.found / self.planted if self.planted else float("nan")


@dataclass(frozen=True)
class Duplicates:
    """Test images that have a near-duplicate among the training images, by the features of one run.

    Attributes
    ----------
    run
        Whose features were used.
    threshold
        Distance below which two images count as near-duplicates, in the units of the features.
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
    """Intervals and tests over all stored runs of a study.

    Attributes
    ----------
    runs
        By name of the run.
    pairs
        Every pair of runs, in the order of the runs.
    interaction
        None unless all four runs are stored.
    labels, duplicates
        Suspected wrong labels and near-duplicates.
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
        """Return the comparison of two runs, in the order in which it is stored; ``KeyError`` if there is none."""
        for pair in self.pairs:
            if {pair.first, pair.second} == {first, second}:
                return pair
        raise KeyError(f"{first} and {second} are not compared")
