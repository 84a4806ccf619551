"""Model and augmentation as a 2 by 2 design."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report import (
    describe_interaction,
)
from svhnlab.report.core.select import NotComputed
from svhnlab.store.schema import Estimate
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain, with_statistics


class TestDescribeInteraction:
    @pytest.mark.parametrize(
        ("difference", "words"),
        [
            (
                Estimate(0.03, 0.01, 0.05),
                "augmentation helps ResNet-18 by 3.0 percentage points more than the two-layer CNN.",
            ),
            (
                Estimate(-0.03, -0.05, -0.01),
                "augmentation helps the two-layer CNN by 3.0 percentage points more than ResNet-18.",
            ),
            (Estimate(0.03, -0.01, 0.07), "includes zero, so no interaction is claimed."),
        ],
    )
    def test_verdict(self, difference, words):
        """An interval that excludes zero names the model, one that includes it names none."""
        study = fake_study(n_test=60)
        interaction = replace(study.statistics.interaction, difference=difference)
        text = plain(describe_interaction(with_statistics(study, interaction=interaction)))
        assert words in text
        assert "does more" not in text

    def test_partial_study(self):
        """Without all four configurations there is no interaction; the error names the missing ones."""
        with pytest.raises(NotComputed) as error:
            describe_interaction(fake_study(n_test=20, runs=["cnn", "cnn-aug"]))
        assert error.value.configurations == ("resnet18", "resnet18-aug")
