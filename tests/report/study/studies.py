"""Studies of 100 test images with given correct predictions, tests and underperforming slices."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np

from svhnlab.store.schema import ClassDifference, Equivalence, Estimate, PairedComparison, Predictions, Slice, Study
from tests.fixtures.fakes import fake_study

RUNS = ("cnn", "cnn-aug", "resnet18", "resnet18-aug")


def estimate(value: float) -> Estimate:
    return Estimate(value, value - 0.01, value + 0.01)


@cache
def base_study(runs: tuple[str, ...]) -> Study:
    return fake_study(n_test=100, runs=runs)


def study_with(right: dict[str, int], real: set[tuple[str, str]] = frozenset()) -> Study:  # type: ignore[assignment]
    """A study of 100 test images with so many correct predictions by run, and with these significant differences."""
    study = base_study(tuple(right))
    labels = study.data.test_labels
    runs = {}
    for name, run in study.runs.items():
        predicted = np.where(np.arange(100) < right[name], labels, (labels + 1) % 10)
        logits = np.eye(10, dtype=np.float32)[predicted]
        runs[name] = replace(run, test=Predictions(labels, logits, run.test.features, run.test.indices))
    pairs = tuple(
        PairedComparison(
            one,
            other,
            estimate((right[other] - right[one]) / 100),
            estimate(0),
            5,
            10,
            0.01,
            0.01 if (one, other) in real else 0.4,
            0.02,
            (ClassDifference(estimate(0), 1),) * 10,
            Equivalence(-0.02, 0.02),
        )
        for one, other in combinations(right, 2)
    )
    statistics = study.statistics
    assert statistics is not None
    metrics = {
        name: replace(
            statistics.runs[name],
            metrics={**statistics.runs[name].metrics, "accuracy": estimate(right[name] / 100)},
            slices=(),
        )
        for name in right
    }
    return replace(study, runs=runs, statistics=replace(statistics, runs=metrics, pairs=pairs))


def slices(name: str, weak: set[int]) -> tuple[Slice, ...]:
    """Fifths of the images by one property, some of which are underperforming."""
    return tuple(Slice(name, k / 5, (k + 1) / 5, 20, 5, estimate(0.25), 0.1, 0.01, 0.01, k in weak) for k in range(5))


def with_slices(study: Study, by_run: dict[str, tuple[Slice, ...]]) -> Study:
    statistics = study.statistics
    assert statistics is not None
    runs = {name: replace(run, slices=by_run.get(name, ())) for name, run in statistics.runs.items()}
    return replace(study, statistics=replace(statistics, runs=runs))
