"""Sentences say what the numbers say, and claim no more."""

from __future__ import annotations

from svhnlab.report import (
    describe_agreement,
)
from tests.fixtures.fakes import fake_study


class TestSingleRun:
    def test_one_run_is_not_called_all(self):
        """With a single run the sentence speaks of that run alone."""
        run = fake_study().runs["cnn"]
        text = str(describe_agreement(run))
        assert f"{run.test.wrong.sum()} of" in text
        assert "all" not in text
