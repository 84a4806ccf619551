"""Tables of prediction sets, and the sentences on their coverage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report.calibration.prediction_sets import ClassCoverageTable, PredictionSetTable, describe_prediction_sets
from svhnlab.store.schema import UNDEFINED, Estimate
from tests.report.helpers import with_runs


class TestTables:
    def test_marginal(self, study):
        """Coverage has its interval, the difference is in percentage points, and sizes are shares of all images."""
        row = PredictionSetTable.from_study(study).cells().iloc[0]
        assert row["Coverage"] == "89.0% (87.0–91.0)"
        assert row["Test − validation"] == "−1.2 (−3.2 to +0.8)"
        assert [row[name] for name in ("Empty", "One class", "Several")] == ["0.0%", "75.0%", "25.0%"]

    def test_by_class(self, study):
        """Each class has a row; the CSV has the intervals, and a class without images a dash."""
        sets = study.statistics.runs["cnn"].prediction_sets
        absent = replace(
            sets,
            class_coverage=(UNDEFINED, *sets.class_coverage[1:]),
            class_size=(np.nan, *sets.class_size[1:]),
        )
        table = ClassCoverageTable.from_study(with_runs(study, prediction_sets=absent))
        assert table.cells()["Two-layer CNN"].tolist()[:2] == ["–, –", "88.0%, 1.26"]
        assert table.frame()["resnet18_coverage_lower"][1] == pytest.approx(0.83)
        assert "80.0% to 88.0%" in table.alt


class TestDescribePredictionSets:
    @pytest.mark.parametrize(
        ("difference", "finding"),
        [
            (Estimate(-0.03, -0.05, -0.01), "lower than on the validation images by 3.0 percentage points"),
            (Estimate(0.03, 0.01, 0.05), "higher than on the validation images by 3.0 percentage points"),
            (Estimate(-0.01, -0.03, 0.01), "includes zero"),
        ],
    )
    def test_interval_decides(self, study, difference, finding):
        """A gap in coverage is named as a difference between the files only if its interval excludes zero."""
        sets = replace(study.statistics.runs["cnn"].prediction_sets, difference=difference)
        text = str(describe_prediction_sets(with_runs(study, prediction_sets=sets)))
        assert finding in text
        assert ("a difference between the test file and the training file" in text) == (finding != "includes zero")

    def test_splits_of_one_file(self, study):
        """If both splits are from one file, no difference between files is named."""
        sets = replace(study.statistics.runs["cnn"].prediction_sets, difference=Estimate(-0.03, -0.05, -0.01))
        one_file = replace(study, settings={**study.settings, "split": {"protocol": "tutorial"}})
        assert "training file" not in str(describe_prediction_sets(with_runs(one_file, prediction_sets=sets)))
