"""Studies with given accuracies, for the sentences that compare models."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np

from svhnlab.store.schema import ClassDifference, Equivalence, PairedComparison, Predictions
from tests.fixtures.fake_runs import fake_repeat, fake_run
from tests.fixtures.fake_statistics import estimate, fake_seed_statistics
from tests.fixtures.fakes import fake_study


def run_with(name: str, right: int, n: int = 1000):
    """A run that classifies exactly `right` of `n` test images correctly."""
    labels = np.arange(n) % 2
    predicted = np.where(np.arange(n) < right, labels, 1 - labels)
    logits = np.eye(2, dtype=np.float32)[predicted]
    test = Predictions(labels=labels, logits=logits, features=logits, indices=np.arange(n))
    return replace(fake_run(name, n_test=10, n_classes=2), test=test)


def pair_of(first: str, second: str, gap: float, p: float, detectable: float = 0.012) -> PairedComparison:
    """A comparison with a difference in accuracy, and a p value after correction."""
    return PairedComparison(
        first,
        second,
        estimate(gap, 0.005),
        estimate(gap),
        10,
        20,
        p,
        p,
        detectable,
        (ClassDifference(estimate(0), 1),) * 2,
        Equivalence(gap - 0.004, gap + 0.004),
    )


@cache
def base_study(runs: tuple[str, ...]):
    """A made-up study of 1,000 test images."""
    return fake_study(n_test=1000, runs=runs)


def study_with(right: dict[str, int], p: dict[tuple[str, str], float] | None = None, **options):
    """A study with these numbers of correct images of 1,000 by run, and these p values by pair (1 if not given)."""
    study = base_study(tuple(right))
    shares = {name: number / 1000 for name, number in right.items()}
    pairs = tuple(
        pair_of(first, second, shares[second] - shares[first], (p or {}).get((first, second), 1.0), **options)
        for first, second in combinations(right, 2)
    )
    statistics = study.statistics
    runs = {
        name: replace(
            statistics.runs[name], metrics={**statistics.runs[name].metrics, "accuracy": estimate(shares[name])}
        )
        for name in right
    }
    return replace(study, statistics=replace(statistics, runs=runs, pairs=pairs))


def repeated(*accuracies: tuple[float, ...]):
    """A study of two runs with standard errors of 0.0102 and these accuracies over the seeds."""
    study = study_with({"cnn": 800, "resnet18": 900})
    repeats = {
        name: tuple(fake_repeat(i, value) for i, value in enumerate(values))
        for name, values in zip(("cnn", "resnet18"), accuracies, strict=True)
    }
    return replace(study, repeats=repeats, seed_statistics=fake_seed_statistics(repeats, study.data))
