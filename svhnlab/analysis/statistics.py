"""All intervals and tests over the configurations of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.bootstrap import percentile_estimates
from svhnlab.analysis.brier import brier_decomposition
from svhnlab.analysis.calibration import calibrate
from svhnlab.analysis.centroids import centroid_confusion, centroid_distances, nearest_centroid_shares
from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.analysis.conformal import prediction_sets
from svhnlab.analysis.deferral import defer
from svhnlab.analysis.duplicates import near_duplicates, repeated_images
from svhnlab.analysis.error_detection import error_detection
from svhnlab.analysis.label_errors import review_labels
from svhnlab.analysis.metric_registry import CALIBRATION, Resampled, resample
from svhnlab.analysis.metrics import evaluate
from svhnlab.analysis.neighbours import majority_class
from svhnlab.analysis.neural_collapse import neural_collapse
from svhnlab.analysis.paired import RunCounts, compare_pairs, interaction
from svhnlab.analysis.similarity import pair_similarities
from svhnlab.analysis.slices import compare_slices
from svhnlab.analysis.temperature import (
    fit_temperature,
    scaled_probabilities,
    temperature_scaling,
    underconfidence,
)
from svhnlab.analysis.two_sample import FEATURES, compare_features, compare_sets
from svhnlab.config.architectures import DESIGN
from svhnlab.data.image_stats import image_properties
from svhnlab.image_rows import ImageArray
from svhnlab.store.schema import (
    BrierDecomposition,
    Calibration,
    ClassScores,
    Deferral,
    Evidence,
    FeatureStatistics,
    Predictions,
    PredictionSets,
    RunStatistics,
    Slice,
    Statistics,
    TemperatureScaling,
)


@dataclass(frozen=True)
class RunInputs:
    """Inputs of the statistics from one configuration.

    Attributes
    ----------
    test
        Predictions on the N test images.
    validation
        Predictions on the validation images, on which temperature, prediction sets and the threshold of the deferral
        are fitted; None for an imported configuration without them.
    evidence
        Class centroids, nearest training images and last layer; None for an imported configuration without features.
    """

    test: Predictions
    validation: Predictions | None
    evidence: Evidence | None


def study_statistics(
    runs: Mapping[str, RunInputs],
    test_images: NDArray[np.uint8],
    true_labels: Mapping[str, NDArray[np.int64]] | None = None,
    *,
    photographs: Mapping[str, NDArray[np.int64]] | None = None,
    train_images: ImageArray | None = None,
    further_properties: Mapping[str, NDArray[np.float32]] | None = None,
    resamples: int = 10_000,
    seed: int = 0,
) -> Statistics:
    """Compute all metrics, intervals and tests on the test images.

    Parameters
    ----------
    runs
        Inputs by configuration, at least one, in the order of the study; all on the same test images and classes.
    test_images
        uint8, shape (N, 3, H, W), N >= 1.
    true_labels
        Class that each image of "validation" and "test" shows, shape (N,); None if unknown (photographs).
    photographs
        Number of the photograph of each image of "train", "validation" and "test"; when None each image is its own.
    train_images
        uint8, shape (M, 3, H, W), compared with the test images; not compared when None or without photographs.
    further_properties
        Properties of the test images besides the measured ones, by name, each of shape (N,).
    resamples
        Number of bootstrap resamples.
    seed
        Seed of the resamples and permutations.

    Raises
    ------
    ValueError
        If there is no configuration, or the test labels differ between configurations.

    Notes
    -----
    Near-duplicates are searched in the features of the configuration with the highest accuracy (the first if tied).
    Validation and test images are compared by the features of the first configuration that has them, unless it was
    trained on photographs of validation images.

    Examples
    --------
    >>> labels, features = np.arange(40) % 2, np.eye(2, dtype=np.float32)[np.arange(40) % 2]
    >>> test = Predictions(labels, 3 * features, features, np.arange(40))
    >>> inputs = RunInputs(test, test, None)
    >>> images = np.random.default_rng(0).integers(0, 256, (40, 3, 32, 32), dtype=np.uint8)
    >>> statistics = study_statistics({"cnn": inputs}, images, resamples=50)
    >>> statistics.runs["cnn"].accuracy.value, round(statistics.runs["cnn"].accuracy.low, 2), statistics.pairs
    (1.0, 0.91, ())
    """
    if not runs:
        raise ValueError("there are no configurations")
    labels = next(iter(runs.values())).test.labels
    for name, run in runs.items():
        if not np.array_equal(run.test.labels, labels) or len(labels) != len(test_images):
            raise ValueError(f"{name} has other test images")

    of_split = photographs or {}
    of_test = of_split.get("test")
    sums = resample(
        labels,
        {name: run.test.probabilities for name, run in runs.items()},
        resamples=resamples,
        seed=seed,
        photographs=of_test,
    )
    counts = {
        name: RunCounts(~run.test.wrong, sums[name].observed.counts, sums[name].draws.counts)
        for name, run in runs.items()
    }
    validation = {name: run.validation for name, run in runs.items() if run.validation is not None}
    temperatures = {name: fit_temperature(scores) for name, scores in validation.items()}
    scaled = resample(
        labels,
        {name: scaled_probabilities(runs[name].test, temperature) for name, temperature in temperatures.items()},
        resamples=resamples,
        seed=seed,
        metrics=CALIBRATION,
        photographs=of_test,
    )
    scalings = {
        name: temperature_scaling(
            temperatures[name], len(scores.labels), runs[name].test, sums[name], scaled[name], of_test
        )
        for name, scores in validation.items()
    }
    sets = {
        name: prediction_sets(scores, runs[name].test, of_split.get("validation"), of_test)
        for name, scores in validation.items()
    }
    truth = true_labels or {}
    judged = {name: _with_labels(run.test, truth.get("test")) for name, run in runs.items()}
    calibrations = {name: calibrate(run.test, resamples, seed, of_test, judged[name]) for name, run in runs.items()}
    briers = {
        name: brier_decomposition(
            runs[name].test.confidence,
            scaled_probabilities(runs[name].test, temperature).max(axis=1),
            ~runs[name].test.wrong,
            resamples,
            seed,
            of_test,
        )
        for name, temperature in temperatures.items()
    }
    injected = None if true_labels is None else np.flatnonzero(true_labels["test"] != labels)
    review = review_labels(labels, [run.test.probabilities for run in runs.values()], injected)
    deferrals = {
        name: defer(
            _with_labels(scores, truth.get("validation")),
            judged[name],
            of_test,
            label_noise=len(review.suspected) / len(labels) if true_labels is None else 0.0,
        )
        for name, scores in validation.items()
    }
    measured = image_properties(test_images)
    properties = {**measured, **(further_properties or {})}
    shift = {}
    if photographs is not None and train_images is not None:
        train = image_properties(train_images)
        shift = compare_sets(train, measured, photographs["train"], photographs["test"])
        # The model knows photographs that it was also trained on.
        if not np.isin(photographs["validation"], photographs["train"]).any():
            both = ((scores.features, runs[name].test.features) for name, scores in validation.items())
            known = ((own, test) for own, test in both if own is not None and test is not None)
            for own, test in islice(known, 1):
                shift[FEATURES] = compare_features(own, test, photographs["validation"], photographs["test"])
    slices = compare_slices(properties, {name: run.test.wrong for name, run in runs.items()}, of_test)
    evidence = {name: run.evidence for name, run in runs.items() if run.evidence is not None}
    best = max(evidence, key=lambda name: int(counts[name].correct.sum()), default=None)
    return Statistics(
        runs={
            name: _run_statistics(
                run,
                sums[name],
                calibrations[name],
                scalings.get(name),
                briers.get(name),
                sets.get(name),
                deferrals.get(name),
                slices[name],
                of_test,
                seed,
            )
            for name, run in runs.items()
        },
        pairs=compare_pairs(labels, counts, of_test),
        similarities=pair_similarities({name: run.test for name, run in runs.items()}, seed, of_test),
        interaction=interaction(*(counts[name] for name in DESIGN)) if set(DESIGN) <= set(runs) else None,
        labels=review,
        duplicates=None
        if best is None
        else near_duplicates(best, evidence[best].neighbours[:, 0], evidence[best].neighbour_distances[:, 0]),
        repeated=repeated_images(test_images),
        properties=properties,
        shift=shift,
        photographs=len(labels) if of_test is None else len(np.unique(of_test)),
        resamples=resamples,
        seed=seed,
    )


def _with_labels(scores: ClassScores, labels: NDArray[np.int64] | None) -> ClassScores:
    """Return scores with other labels; unchanged when None."""
    return scores if labels is None else ClassScores(labels, scores.logits)


def _run_statistics(
    run: RunInputs,
    sums: Resampled,
    calibration: Calibration,
    scaling: TemperatureScaling | None,
    brier: BrierDecomposition | None,
    sets: PredictionSets | None,
    deferral: Deferral | None,
    slices: tuple[Slice, ...],
    photographs: NDArray[np.int64] | None,
    seed: int,
) -> RunStatistics:
    test, observed, draws = run.test, sums.observed.counts, sums.draws.counts
    correct, classes = ~test.wrong, range(test.logits.shape[1])
    return RunStatistics(
        metrics=sums.estimates(),
        design_effect=sums.design_effect,
        underconfidence=underconfidence(sums),
        precision=tuple(share_by_photograph(correct, photographs, test.predicted == k) for k in classes),
        recall=tuple(share_by_photograph(correct, photographs, test.labels == k) for k in classes),
        f1=percentile_estimates(observed.f1, draws.f1),
        calibration=calibration,
        temperature_scaling=scaling,
        brier=brier,
        prediction_sets=sets,
        deferral=deferral,
        slices=slices,
        **_feature_statistics(run, photographs, seed),
    )


def _feature_statistics(run: RunInputs, photographs: NDArray[np.int64] | None, seed: int) -> dict[str, Any]:
    """Compute the statistics of `FeatureStatistics`, by name; all are None without features."""
    test, evidence = run.test, run.evidence
    if evidence is None or test.features is None:
        fields = FeatureStatistics.__annotations__
        return dict.fromkeys(fields)
    centroids = evidence.centroids
    shares = evaluate(test.labels, test.predicted, test.logits.shape[1]).confusion_share
    nearest_centroid, nearest_is_predicted = nearest_centroid_shares(
        test.features, test.labels, test.predicted, centroids, photographs
    )
    # Measured from the predicted class, the margin does not use the true one.
    margin = centroid_distances(test.features, test.predicted, test.predicted, centroids, scale_free=True).margin
    correlation, p_value = centroid_confusion(centroids, shares, seed)
    return {
        "error_detection": error_detection(test.confidence, margin, test.wrong, photographs),
        "nearest_neighbours": share_by_photograph(
            majority_class(evidence.neighbour_labels) == test.labels, photographs
        ),
        "nearest_centroid": nearest_centroid,
        "nearest_is_predicted": nearest_is_predicted,
        "neural_collapse": neural_collapse(centroids, test, evidence.last_layer, photographs),
        "centroid_confusion": correlation,
        "centroid_confusion_p": p_value,
    }
