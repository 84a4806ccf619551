"""Runs side by side: tables and figures hold the numbers of the stored statistics, and only these."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from svhnlab.report import (
    SeedTable,
    describe_seeds,
)
from svhnlab.report.core.text import (
    percent,
)
from svhnlab.store.schema import Repeat
from tests.fixtures.fakes import fake_study
from tests.report.comparison.sentence_fixtures import repeated


class TestSeedTable:
    def test_cells(self, study):
        """Mean and deviation are over the trainings; the other interval is that of the statistics."""
        cells = SeedTable.from_results(study, "cnn").cells()
        accuracy = [repeat.accuracy for repeat in study.repeats["cnn"]]
        assert cells["Figure"].tolist() == ["Accuracy", "Macro-\u2060F1", "ECE"]
        assert cells["Mean"][0] == percent(np.mean(accuracy), 2)
        assert cells["SD, points"][0] == "1.00"
        own = study.statistics.runs["cnn"].accuracy
        assert cells["Test sampling, 95%"][0] == f"{100 * own.low:.1f}–{percent(own.high)}"

    def test_trained_once(self):
        """One training has no spread: a dash, not a zero."""
        table = SeedTable.from_results(fake_study(n_test=20, runs=["cnn"]))
        assert table.cells().iloc[0, 4:6].tolist() == ["–", "–"]
        assert "a single training" in table.alt

    def test_uneven(self, study):
        """Runs may be trained unequally often."""
        repeats = {**study.repeats, "cnn": (Repeat(0, 0.9, 0.9, 0.05),)}
        assert SeedTable.from_results(replace(study, repeats=repeats)).frame()["trainings"].tolist()[::3] == [
            1,
            3,
            3,
            3,
        ]

    def test_how_often(self, study):
        """The text says "up to" only where the runs were not trained equally often."""
        table = SeedTable.from_results(study)
        assert "over 3 trainings" in table.alt
        repeats = {**study.repeats, "cnn": (Repeat(0, 0.9, 0.9, 0.05),)}
        assert "over up to 3 trainings" in SeedTable.from_results(replace(study, repeats=repeats)).alt


class TestSeedsComment:
    def test_trained_once(self):
        """A study that was trained once says plainly that it has no interval over seeds."""
        text = str(describe_seeds(repeated((0.8,), (0.9,))))
        assert "trained once" in text
        assert "no interval over seeds" in text
        assert "test images alone" in text

    def test_undecided(self):
        """Few trainings with a spread like that of the test images settle nothing."""
        text = str(describe_seeds(repeated((0.80, 0.81, 0.79), (0.90, 0.91, 0.89))))
        assert "trained 3 times" in text
        assert "a standard deviation of 1.00 percentage points, by run" in text
        assert "a standard error of 1.02" in text
        assert "too few to tell" in text
        assert "ResNet\\-18 (random start) also has the highest mean" in text

    def test_larger_and_smaller(self):
        """A spread whose interval lies above or below the standard error is called larger or smaller."""
        text = str(describe_seeds(repeated((0.8, 0.9, 0.7, 0.8), (0.9, 0.9001, 0.9, 0.9001))))
        assert "For Two\\-layer CNN the seed moves the accuracy more than" in text
        assert "For ResNet\\-18 (random start) the seed moves the accuracy less than" in text
        assert "too few" not in text

    def test_another_winner(self):
        """Where the mean over the seeds has another winner, it is named."""
        text = str(describe_seeds(repeated((0.8, 0.99, 0.99), (0.9, 0.8, 0.8))))
        assert "not ResNet\\-18 (random start) but Two\\-layer CNN comes first" in text

    def test_uneven(self):
        """Runs that were trained once are left out, and the sentence says how many were not."""
        text = str(describe_seeds(repeated((0.8,), (0.9, 0.91, 0.89))))
        assert text.startswith("Of 2 runs, 1 was trained 3 times")
