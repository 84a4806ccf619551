"""Difference in accuracy between the versions of a model without and with augmentation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report import (
    describe_augmentation,
    summarise_augmentation,
)
from tests.fixtures.fake_runs import TITLES, fake_repeat
from tests.report.comparison.sentence_fixtures import study_with
from tests.report.helpers import plain, with_settings


class TestDescribeAugmentation:
    @pytest.mark.parametrize(
        ("before", "after", "p", "words"),
        [
            (800, 900, 0.001, ("by +10.0 percentage points", "), a significant difference (p\xa0=\xa00.001)")),
            (900, 800, 0.001, ("by −10.0 percentage points", "), a significant difference (p")),
            (895, 900, 0.3, ("by +0.5 percentage points", "not a significant difference (p\xa0=\xa00.300)")),
            (900, 900, 1.0, ("by 0.0 percentage points", "not a significant difference")),
        ],
    )
    def test_direction(self, before, after, p, words):
        """Direction and verdict follow the numbers and the test."""
        text = plain(describe_augmentation(study_with({"cnn": before, "cnn-aug": after}, {("cnn", "cnn-aug"): p})))
        for word in words:
            assert word in text

    def test_within_each_model(self):
        """Each model is compared only with itself."""
        text = str(describe_augmentation(study_with(dict.fromkeys(TITLES, 900))))
        assert text.count("Augmentation changes the accuracy of") == 2

    def test_seeds(self):
        """The accuracies over the seeds are given only if both versions were trained several times."""
        study = study_with({"cnn": 800, "cnn-aug": 900})
        once = str(describe_augmentation(study))
        assert "trainings," not in once
        plain, augmented = (
            tuple(fake_repeat(i, value) for i, value in enumerate(values))
            for values in ((0.80, 0.82), (0.90, 0.88, 0.92))
        )
        uneven = replace(study, repeats={"cnn": plain, "cnn-aug": augmented[:1]})
        assert str(describe_augmentation(uneven)) == once
        text = str(describe_augmentation(replace(study, repeats={"cnn": plain, "cnn-aug": augmented})))
        assert "90.0% with augmentation (3 trainings, 88.0% to 92.0%) and 81.0% without (2 trainings, 80.0%" in text

    def test_other_settings(self):
        """If the versions of a model differ in more than augmentation, the summary says so."""
        study = study_with({"cnn": 800, "cnn-aug": 900}, {("cnn", "cnn-aug"): 0.001})
        assert "not the effect" not in plain(summarise_augmentation(study))
        recipe = {**study.runs["cnn"].settings["recipe"], "epochs": 6}
        study = with_settings(study, "cnn", recipe=recipe)
        assert "differ in augmentation and epochs (6 and 8)." in plain(summarise_augmentation(study))
        assert "This is not the effect of augmentation alone" in plain(summarise_augmentation(study))

    def test_no_pair(self):
        """Without a pair no effect is claimed."""
        assert "cannot be estimated" in str(describe_augmentation(study_with({"cnn": 9, "resnet18-aug": 9})))
