"""The sentence on the training without suspected labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from svhnlab.report import discuss, summarise_dynamics
from svhnlab.report.dynamics.without_suspects import describe_without_suspects
from svhnlab.store.schema import ClassScores, Repeat, Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain


def cleaned(study: Study, wrong: int) -> Study:
    """The study with such a training, which misclassifies the first images by their true labels."""
    truth = study.data.test_labels if study.data.true_labels is None else study.data.true_labels
    predicted = np.where(np.arange(len(truth)) < wrong, (truth + 1) % 10, truth)
    scores = ClassScores(study.data.test_labels, np.eye(10, dtype=np.float32)[predicted])
    return replace(study, without_suspects=Repeat(seed=0, test=scores))


def test_difference() -> None:
    """Both accuracies are stated, and whether they differ significantly by the paired test."""
    study = fake_study()
    assert describe_without_suspects(study) == ""
    text = plain(describe_without_suspects(cleaned(study, 0)))
    assert "against the true labels is then 100.0%" in text
    assert "the two trainings differ significantly (exact McNemar test by photograph, p < 0.001)" in text
    truth = study.data.true_labels
    assert truth is not None
    same = ClassScores(study.data.test_labels, study.runs["cnn"].test.logits)
    text = plain(describe_without_suspects(replace(study, without_suspects=Repeat(seed=0, test=same))))
    assert "do not differ significantly (exact McNemar test by photograph, p = 1.000)" in text


def test_nothing_suspected() -> None:
    """Without a suspected label there is nothing to state, even if an earlier version stored such a training."""
    study = cleaned(fake_study(), 0)
    assert study.training_labels is not None
    review = replace(study.training_labels.review, suspected=np.zeros(0, dtype=np.int64))
    unsuspected = replace(study, training_labels=replace(study.training_labels, review=review))
    assert describe_without_suspects(unsuspected) == ""
    assert "is suspected to be wrong" in summarise_dynamics(unsuspected)
    assert "without suspected labels" in discuss(study)
    assert "without suspected labels" not in discuss(unsuspected)
