"""A study with chosen predictions on changed images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.analysis.robustness import compare_runs, evaluate_runs, steps_of
from svhnlab.store.schema import Robustness, Study
from tests.fixtures.fakes import fake_study


def with_outcomes(study: Study, right: dict[str, np.ndarray]) -> Study:
    """The study with these outcomes, shape (1 + C, A), on its images, all of which are sampled."""
    old: Robustness = study.robustness
    labels = study.data.test_labels[old.rows]
    steps = steps_of(old.conditions)
    new = replace(
        old,
        sampled=np.ones(len(old.rows), dtype=bool),
        predicted={name: np.where(one, labels, (labels + 1) % 10).astype(np.int16) for name, one in right.items()},
        runs=evaluate_runs(right, steps, old.reference, resamples=50, seed=0),
        differences=compare_runs(right, steps, resamples=50, seed=0),
    )
    return replace(study, robustness=new)


@pytest.fixture(scope="module")
def rotated() -> Study:
    """Rotation misleads every model except ResNet-18 with augmentation; blur repairs the errors of the CNN."""
    study = fake_study(n_test=60)
    conditions = study.robustness.conditions
    right = {name: np.ones((1 + len(conditions), 40), dtype=bool) for name in study.runs}
    for row, one in enumerate(conditions, start=1):
        if one.corruption == "rotate":
            for name in ("cnn", "cnn-aug", "resnet18"):
                right[name][row, 40 - 5 * one.severity :] = False
    right["cnn"][0, :20] = False
    for row, one in enumerate(conditions, start=1):
        right["cnn"][row, :20] = one.corruption == "blur"
    return with_outcomes(study, right)
