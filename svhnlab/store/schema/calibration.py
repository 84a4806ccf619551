"""Calibration of the confidence and what is fitted on the validation images, of one configuration."""

from __future__ import annotations

from dataclasses import dataclass

from svhnlab.store.schema.estimate import Estimate


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
class BrierParts:
    """Brier score of the confidence and its parts; or their differences, with paired intervals.

    The Brier score of the confidence is its mean squared difference from the correctness (1 or 0). It equals
    miscalibration - discrimination + uncertainty.

    Attributes
    ----------
    miscalibration
        Brier score minus that of the recalibrated confidence; 0 if calibrated.
    discrimination
        Uncertainty minus the Brier score of the recalibrated confidence; 0 if the confidence tells nothing.
    uncertainty
        Accuracy times error rate, the Brier score of the accuracy as the confidence of every image.
    """

    miscalibration: Estimate
    discrimination: Estimate
    uncertainty: float

    @property
    def score(self) -> float:
        """Brier score of the confidence, 0 to 1."""
        return self.miscalibration.value - self.discrimination.value + self.uncertainty


@dataclass(frozen=True)
class BrierDecomposition:
    """Parts of the Brier score of the confidence without and with temperature scaling.

    Attributes
    ----------
    as_trained, scaled
        Without and with temperature scaling.
    change
        `scaled` minus `as_trained`, with paired bootstrap intervals.
    """

    as_trained: BrierParts
    scaled: BrierParts
    change: BrierParts


@dataclass(frozen=True)
class AtTemperature:
    """Calibration on the test images after the logits are divided by a temperature.

    Attributes
    ----------
    temperature
        1 as trained.
    metrics
        Metrics of the probabilities, by name.
    images, correct
        Number of images, and of correctly classified ones, in each confidence bin; see `Calibration.bins`.
    confidence
        Mean confidence in each bin; NaN without images.
    """

    temperature: float
    metrics: dict[str, float]
    images: tuple[int, ...]
    correct: tuple[int, ...]
    confidence: tuple[float, ...]


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
    grid
        Calibration at many temperatures, ascending, among them 1 and the fitted one.
    """

    temperature: float
    validation_images: int
    metrics: dict[str, Estimate]
    differences: dict[str, Estimate]
    underconfidence: Estimate
    bins: tuple[ReliabilityBin, ...]
    grid: tuple[AtTemperature, ...]


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
