"""What a stored study looks like to those who read it: plain arrays with names.

Nothing here imports torch: the report is drawn from these objects alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

DIGITS: tuple[str, ...] = tuple(str(digit) for digit in range(10))

DataKind = Literal["official", "custom", "generated"]


@dataclass(frozen=True)
class Predictions:
    """What one model says about one split.

    Attributes
    ----------
    labels
        True classes, integers, shape (N,).
    logits
        Unnormalised scores of the model, float32, shape (N, K) for K classes.
    features
        Penultimate layer, float32, shape (N, D).
    indices
        Position of each image in its file (training file for "train" and "validation", test file for
        "test"), integers, shape (N,).
    """

    labels: NDArray[np.int64]
    logits: NDArray[np.float32]
    features: NDArray[np.float32]
    indices: NDArray[np.int64]

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Softmax of the logits, shape (N, K); rows sum to one."""
        return np.asarray(softmax(self.logits.astype(np.float64), axis=1))

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """Most probable class of each image, shape (N,)."""
        return self.logits.argmax(axis=1).astype(np.int64)

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of the predicted class, shape (N,)."""
        return np.asarray(self.probabilities.max(axis=1))

    @cached_property
    def wrong(self) -> NDArray[np.bool_]:
        """True where the predicted class is not the true one, shape (N,)."""
        return np.asarray(self.predicted != self.labels)


@dataclass(frozen=True)
class MapScores:
    """How far one map can be trusted.

    Attributes
    ----------
    trustworthiness
        Share of the neighbours on the map that are neighbours among the features too, with a penalty by rank, 0 to 1.
    neighbour_preservation
        Mean share of an image's k nearest neighbours among the features that are among its k nearest on the map.
    kl_divergence
        What t-SNE minimised, in nats.
    silhouette
        Mean silhouette coefficient of each true class on the map, -1 to 1, shape (K,); NaN for a class without points.
    seed_overlap
        Mean share of an image's k nearest neighbours on the map that are its neighbours on the map of another seed.
    neighbours
        The number k of neighbours in all of these.
    """

    trustworthiness: float
    neighbour_preservation: float
    kl_divergence: float
    silhouette: tuple[float, ...]
    seed_overlap: float
    neighbours: int


@dataclass(frozen=True)
class Embedding:
    """t-SNE maps of one run's test features.

    Attributes
    ----------
    rows
        Which rows of the test split the maps show, shape (M,); the same for every run of a study.
    planar, spatial
        Coordinates, shapes (M, 2) and (M, 3).
    scores
        Quality of each map, by "planar" and "spatial".
    settings
        Perplexity, seed, number of principal components, and how the points were chosen.
    """

    rows: NDArray[np.int64]
    planar: NDArray[np.float32]
    spatial: NDArray[np.float32]
    scores: dict[str, MapScores]
    settings: dict[str, Any]


@dataclass(frozen=True)
class Centroids:
    """The mean feature vector of each class and how far its images lie around it.

    Attributes
    ----------
    means
        Shape (K, D); NaN for a class without rows.
    radii
        Root mean square Euclidean distance of the class's own rows to their mean, shape (K,); NaN for a
        class without rows.
    counts
        Rows that each centroid was made from, shape (K,).
    """

    means: NDArray[np.float64]
    radii: NDArray[np.float64]
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class Evidence:
    """What the training images and the gradients tell about the test images of one run.

    Attributes
    ----------
    centroids
        Of the features of the correctly classified training images.
    neighbours
        Rows of the training split of each test image's nearest training images in feature space, nearest first,
        shape (N, 5).
    neighbour_labels
        Their labels, shape (N, 5).
    neighbour_distances
        Euclidean distances in the units of the features, shape (N, 5).
    rows
        Test images that are shown one by one: every image that a run of the study gets wrong, and all on its maps;
        ascending, shape (A,); the same for every run of a study.
    attribution
        For each of `rows` that the run gets wrong, how much each part of the image speaks for the predicted class
        (above 128) or for the true one (below), scaled to the image's own strongest part; uint8, shape (A, S, S).
        128 everywhere for an image that the run gets right.
    """

    centroids: Centroids
    neighbours: NDArray[np.int64]
    neighbour_labels: NDArray[np.int64]
    neighbour_distances: NDArray[np.float32]
    rows: NDArray[np.int64]
    attribution: NDArray[np.uint8]


@dataclass(frozen=True)
class NeighbourImages:
    """Training images that stand beside a test image that is shown.

    Attributes
    ----------
    rows
        Rows of the training split, ascending, shape (U,).
    images
        uint8, shape (U, 3, 32, 32).
    labels
        Shape (U,).
    """

    rows: NDArray[np.int64]
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Epoch:
    """One line of a training history. Losses are mean cross-entropy in nats, accuracies are shares."""

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    seconds: float
    images_per_second: float


@dataclass(frozen=True)
class RunResult:
    """One trained model with all that was stored about it.

    Attributes
    ----------
    name
        Name of the run: "cnn", "cnn-aug", "resnet18", "resnet18-aug".
    title
        Name for people, with the start weights where they matter, e.g. "ResNet-18 (random start)".
    history
        One entry per epoch.
    best_epoch
        Epoch whose weights were kept, chosen on validation alone (counted from 1).
    validation, test
        Predictions on these splits.
    embedding
        t-SNE maps of the test features; None as long as they are not made.
    evidence
        Class centroids, nearest training images and attributions; None as long as they are not made.
    settings
        Everything that was set: model, schedule, augmentation, seed, start weights.
    environment
        Packages, device, threads, commit and wall time of the training.
    key, checksum
        Name of the result in the store and the digest of its files.
    """

    name: str
    title: str
    history: tuple[Epoch, ...]
    best_epoch: int
    validation: Predictions
    test: Predictions
    embedding: Embedding | None
    evidence: Evidence | None
    settings: dict[str, Any]
    environment: dict[str, Any]
    key: str
    checksum: str


@dataclass(frozen=True)
class Repeat:
    """What one training of a run came to on the test images. Shares, 0 to 1.

    Attributes
    ----------
    seed
        Seed of the training.
    """

    seed: int
    accuracy: float
    macro_f1: float
    ece: float


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
class Segment:
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
    segments: tuple[Segment, ...]
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
class Statistics:
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
        "contrast", "sharpness", "saturation", "neighbours"; see `svhnlab.data.photometry.image_properties`.
    resamples, seed
        Number and seed of the bootstrap's resamples.
    """

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


@dataclass(frozen=True)
class ImageStatistics:
    """Photometry of the images of one split; pixel values are scaled to 0–1.

    Attributes
    ----------
    counts
        Images per class, shape (K,).
    channel_mean, channel_std
        Mean and standard deviation over all pixels of each colour channel (red, green, blue), shape (3,).
    brightness
        Mean luma of each image, shape (N,).
    contrast
        Standard deviation of the luma within each image, shape (N,).
    """

    counts: NDArray[np.int64]
    channel_mean: NDArray[np.float64]
    channel_std: NDArray[np.float64]
    brightness: NDArray[np.float32]
    contrast: NDArray[np.float32]


@dataclass(frozen=True)
class DataResult:
    """The data of a study as the report shows it.

    Attributes
    ----------
    kind
        "official" (the SVHN files, recognised by their digests), "custom" or "generated".
    name
        How every page calls the data: "SVHN", "custom Format 2 files" or "generated digits".
    digest
        SHA-256 over the files the study was made from, in hexadecimal.
    protocol
        One sentence that says how the data were split.
    splits
        Photometry by split name, in the order "train", "validation", "test".
    samples
        Training images to look at, uint8, shape (K, S, 3, 32, 32): S images of each class.
    test_images, test_labels
        All test images, uint8, shape (N, 3, 32, 32), and their labels, shape (N,).
    planted
        Indices of test images whose label is known to be wrong (generated digits only), shape (P,).
    key, checksum
        Name of the result in the store and the digest of its files.
    """

    kind: DataKind
    name: str
    digest: str
    protocol: str
    splits: dict[str, ImageStatistics]
    samples: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]
    planted: NDArray[np.int64]
    key: str
    checksum: str


@dataclass(frozen=True)
class AugmentationPreview:
    """What each augmentation does to some training images.

    Attributes
    ----------
    originals
        uint8, shape (S, 3, 32, 32).
    variants
        By name of the transform, uint8, shape (S, V, 3, 32, 32): V random outcomes of each original.
    """

    originals: NDArray[np.uint8]
    variants: dict[str, NDArray[np.uint8]]


@dataclass(frozen=True)
class Study:
    """A study as far as its results are stored.

    Attributes
    ----------
    key
        Digest that names the study.
    profile
        "demo", "quick" or "full".
    data
        The data and their splits.
    augmentation
        Examples of the augmentations; None when no stored run uses them.
    runs
        Stored runs by name, in the order in which the report shows them.
    repeats
        What each run came to with other training seeds, the run itself first, by name of the run; one entry each
        in a study that was trained once.
    statistics
        Intervals and tests over all stored runs; None as long as they are not made.
    neighbour_images
        The training images that :class:`Evidence` points to; None as long as they are not made.
    missing
        Names of runs that the study has but that are not trained yet.
    settings
        The settings of the whole study.
    """

    key: str
    profile: str
    data: DataResult
    augmentation: AugmentationPreview | None
    runs: dict[str, RunResult]
    repeats: dict[str, tuple[Repeat, ...]]
    statistics: Statistics | None
    neighbour_images: NeighbourImages | None
    missing: tuple[str, ...]
    settings: dict[str, Any]
    class_names: tuple[str, ...] = field(default=DIGITS)
