"""Differences of the headline metrics between two versions, with intervals and tests.

Where both versions were tested on the same images with the same labels, every configuration is compared image by
image: paired bootstrap and McNemar's test. Otherwise the two are resampled independently, and the interval is that of
a difference between independent samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.metric_registry import HEADLINE, resample
from svhnlab.analysis.paired import holm, paired_p_value
from svhnlab.provenance.predictions import SitePredictions
from svhnlab.store.schema import ALPHA, Estimate

_RUNS_AT_ONCE = 16  # limits the memory for resampling: about 5 MB for each model on 26,000 images of ten classes


@dataclass(frozen=True)
class Sampled:
    """Headline metrics of one configuration on its N test images, and on resamples of them.

    Attributes
    ----------
    correct
        Whether each image is classified correctly, shape (N,).
    values
        The metrics.
    draws
        The metrics on each of R resamples, shape (R,). Models with the same photographs share the same resamples.
    photographs
        Number of the photograph of each image, shape (N,); None if it is unknown.
    """

    correct: NDArray[np.bool_]
    values: dict[str, float]
    draws: dict[str, NDArray[np.float64]]
    photographs: NDArray[np.int64] | None


@dataclass(frozen=True)
class Change:
    """One metric of a configuration in two versions.

    Attributes
    ----------
    before, after
        In the older and the newer version.
    difference
        After minus before, with its 95% interval.
    """

    before: float
    after: float
    difference: Estimate

    @property
    def direction(self) -> int:
        """1 or -1 if the whole interval is above or below zero, else 0."""
        return int(self.difference.low > 0) - int(self.difference.high < 0)


@dataclass(frozen=True)
class RunChange:
    """A configuration that is in both versions.

    Attributes
    ----------
    run
        Its name.
    same
        Whether its predictions are identical.
    metrics
        The headline metrics.
    only_before, only_after
        Number of images that only the older, and only the newer version classifies correctly; None unless both were
        tested on the same images.
    p_value
        Of McNemar's test, adjusted by Holm's method for the configurations of this pair of versions; None unless both
        were tested on the same images.
    """

    run: str
    same: bool
    metrics: dict[str, Change]
    only_before: int | None = None
    only_after: int | None = None
    p_value: float | None = None

    @property
    def accuracy_direction(self) -> int:
        """1 or -1 if the accuracy rose or fell significantly, by interval and test, else 0."""
        significant = self.p_value is None or self.p_value < ALPHA
        return self.metrics["accuracy"].direction if significant else 0


def same_test(one: SitePredictions, other: SitePredictions) -> bool:
    """Return whether two versions were tested on the same images with the same labels, in the same order."""
    return one.images == other.images and np.array_equal(one.labels, other.labels)


def sample_all(predictions: Sequence[SitePredictions], resamples: int, seed: int) -> list[dict[str, Sampled]]:
    """Compute and resample the headline metrics of several versions.

    A configuration with the same predictions on the same images in several versions is computed once.

    Returns
    -------
    For each version the metrics by configuration.
    """
    tests: list[SitePredictions] = []  # one version of each set of test images
    distinct: list[dict[bytes, NDArray[np.float32]]] = []
    places: list[dict[str, tuple[int, bytes]]] = []
    for one in predictions:
        at = next((i for i, other in enumerate(tests) if same_test(one, other)), len(tests))
        if at == len(tests):
            tests.append(one)
            distinct.append({})
        keys = {run: f"{array.shape}".encode() + array.tobytes() for run, array in one.probabilities.items()}
        distinct[at] |= {key: one.probabilities[run] for run, key in keys.items()}
        places.append({run: (at, key) for run, key in keys.items()})
    photographs = [
        next((one.photographs for one in predictions if one.photographs is not None and same_test(one, test)), None)
        for test in tests
    ]
    sampled = [
        _sample(test.labels, numbers, runs, resamples, seed)
        for test, numbers, runs in zip(tests, photographs, distinct, strict=True)
    ]
    return [{run: sampled[at][key] for run, (at, key) in place.items()} for place in places]


def _sample(
    labels: NDArray[np.int64],
    photographs: NDArray[np.int64] | None,
    runs: Mapping[bytes, NDArray[np.float32]],
    resamples: int,
    seed: int,
) -> dict[bytes, Sampled]:
    sampled = {}
    for start in range(0, len(runs), _RUNS_AT_ONCE):
        some = {key: runs[key] for key in list(runs)[start : start + _RUNS_AT_ONCE]}
        sums_of = resample(labels, some, resamples=resamples, seed=seed, metrics=HEADLINE, photographs=photographs)
        for key, sums in sums_of.items():
            sampled[key] = Sampled(
                correct=runs[key].argmax(axis=1) == labels,
                values={name: float(metric.value(sums.observed)) for name, metric in HEADLINE.items()},
                draws={name: metric.value(sums.draws) for name, metric in HEADLINE.items()},
                photographs=photographs,
            )
    return sampled


def compare_runs(
    before: Mapping[str, Sampled], after: Mapping[str, Sampled], *, paired: bool, seed: int
) -> tuple[RunChange, ...]:
    """Compare the configurations that two versions have in common, in the order of the newer one.

    Parameters
    ----------
    before, after
        The older and the newer version, see `sample_all`.
    paired
        Whether both were tested on the same images.
    seed
        Seed of the permutation that makes the resamples of the newer version independent in the unpaired case.
    """
    changes = [_compare(run, before[run], after[run], paired, seed) for run in after if run in before]
    if not paired:
        return tuple(changes)
    tested = [(before[change.run], after[change.run]) for change in changes]
    adjusted = holm([paired_p_value(one.correct, other.correct, one.photographs) for one, other in tested])
    return tuple(replace(change, p_value=float(p)) for change, p in zip(changes, adjusted, strict=True))


def _compare(run: str, before: Sampled, after: Sampled, paired: bool, seed: int) -> RunChange:
    metrics: dict[str, Change] = {}
    for name, metric in HEADLINE.items():
        draws = after.draws[name]
        if not paired:
            draws = np.random.default_rng(seed).permutation(draws)
        difference = metric.difference(after.values[name] - before.values[name], draws - before.draws[name])
        metrics[name] = Change(before.values[name], after.values[name], difference)
    if not paired:
        return RunChange(run, same=False, metrics=metrics)
    only_before, only_after = int((before.correct & ~after.correct).sum()), int((after.correct & ~before.correct).sum())
    # `sample_all` returns the same object for equal predictions
    return RunChange(run, before is after, metrics, only_before, only_after)
