"""Runs side by side: tables and figures hold the numbers of the stored statistics, and only these."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.report import (
    ClassDifferences,
    PairedTable,
    describe_augmentation,
    describe_class_difference,
    describe_comparison,
    describe_cost,
    model_pairs,
)
from svhnlab.report.comparison.pairwise_tests import reversed_if_needed
from svhnlab.report.core.text import (
    points_with_interval,
)
from svhnlab.store.schema import Estimate, Study
from tests.fixtures.fakes import fake_study
from tests.report.comparison.sentence_fixtures import study_with


class TestPairedTable:
    def test_cells(self, study):
        """Every pair has its difference, both counts and both p values; names are second against first."""
        table = PairedTable.from_results(study)
        cells, pair = table.cells(), study.statistics.pairs[1]
        assert len(cells) == 6
        assert cells["Compared"][1] == "ResNet-18 against Two-layer CNN"
        assert cells["Difference"][1] == points_with_interval(pair.accuracy)
        assert cells["Right in one only"][1] == f"{pair.only_second} / {pair.only_first}"
        assert cells.iloc[0].tolist()[3:] == ["< 0.001", "< 0.001", "3.0"]
        assert table.frame()["real"].tolist() == [True] + [False] * 5
        assert table.alt.count("against") == 1

    def test_numbers_agree(self, study):
        """The images that only one gets right make the difference."""
        frame = PairedTable.from_results(study).frame()
        np.testing.assert_allclose(frame["difference"], (frame["only_second"] - frame["only_first"]) / 200)

    def test_single_run(self):
        """A single run has nothing to be compared with."""
        table = PairedTable.from_results(fake_study(n_test=20, runs=["cnn"]))
        assert len(table.cells()) == 0
        assert table.markdown().startswith("|")
        assert "no two runs" in table.alt


class TestOriented:
    def test_reversed(self, study):
        """Turned round, a comparison has the opposite differences, bounds and counts, and the same p values."""
        stored = study.statistics.pair("cnn", "resnet18")
        turned = reversed_if_needed(study.statistics, "resnet18", "cnn")
        assert turned.accuracy == Estimate(-stored.accuracy.value, -stored.accuracy.high, -stored.accuracy.low)
        assert (turned.only_first, turned.only_second) == (stored.only_second, stored.only_first)
        assert turned.classes[3].recall.value == -stored.classes[3].recall.value
        assert turned.p_adjusted == stored.p_adjusted
        assert reversed_if_needed(study.statistics, "cnn", "resnet18") is stored


class TestComparisonComment:
    def test_supported(self):
        """A difference that the test supports is one of these trained models alone, with level and p value."""
        text = str(describe_comparison(study_with({"cnn": 800, "resnet18": 900}, {("cnn", "resnet18"): 0.0001})))
        assert "has the highest accuracy, 90.0% of 1,000 test images (95% interval 88.0% to 92.0%)" in text
        assert "10.0 percentage points lower" in text
        assert "These two trained models differ by more than the drawing of the test images explains" in text
        assert "at the 5% level (exact McNemar test, p\xa0<\xa00.001 after Holm’s correction)" in text
        assert text.count("the chance in training") == 1
        assert text.index("ResNet") < text.index("CNN")

    def test_not_supported(self):
        """A difference that the test does not support is not claimed, however far the intervals lie apart."""
        text = str(describe_comparison(study_with({"cnn": 800, "resnet18": 900}, {("cnn", "resnet18"): 0.0501})))
        assert (
            "does not support a difference between these two trained models (exact McNemar test, p\xa0=\xa00.050"
            in text
        )
        assert "none is claimed" in text
        assert "it would find one of 1.2 percentage points four times in five" in text
        assert "differ by more" not in text

    def test_too_few_images(self):
        """Where no difference could be found, the sentence says that the images are too few."""
        text = str(describe_comparison(study_with({"cnn": 800, "resnet18": 900}, detectable=float("nan"))))
        assert "too few to find any difference" in text
        assert "–" not in text

    def test_the_others(self):
        """Every other run is told apart from the best one, or not, by its own test."""
        right = {"cnn": 700, "cnn-aug": 895, "resnet18": 900, "resnet18-aug": 880}
        text = str(describe_comparison(study_with(right, {("cnn", "resnet18"): 0.01})))
        assert "next comes Two\\-layer CNN with augmentation" in text
        assert "apart from Two\\-layer CNN, at the 5% level." in text
        assert "do not tell ResNet\\-18 (random start) apart from ResNet\\-18 with augmentation (random start)." in text

    def test_tie_and_single(self):
        """Equal runs share the first place; a single run is compared with nothing."""
        assert "share the highest accuracy" in str(describe_comparison(study_with({"cnn": 900, "resnet18": 900})))
        assert "only stored run" in str(describe_comparison(study_with({"cnn": 900})))

    @given(st.floats(0, 1), st.integers(800, 900))
    def test_law(self, p, right):
        """No difference is claimed unless the corrected test is below its level, and none of a method of training."""
        study = study_with({"cnn": 850, "cnn-aug": right}, {("cnn", "cnn-aug"): p})
        for comment in (describe_comparison, describe_augmentation, describe_cost):
            text = str(comment(study))
            if p >= 0.05:
                assert "differ by more" not in text
                assert "less accurate" not in text
            assert "real" not in text
            assert "better" not in text
            assert text.count("the chance in training") == 1

    def test_no_statistics(self):
        """Without statistics no sentence is made."""
        with pytest.raises(ValueError, match="no statistics"):
            describe_comparison(fake_study(n_test=20, with_embedding=False))


class TestModelPairs:
    def test_first_against_each(self, study: Study) -> None:
        """Models are compared as trained alike, with augmentation where several are."""
        assert model_pairs(study) == [("cnn-aug", "resnet18-aug")]
        assert model_pairs(fake_study(n_test=20, runs=("cnn", "cnn-aug", "resnet18"))) == [("cnn", "resnet18")]
        assert model_pairs(fake_study(n_test=20, runs=("cnn",))) == []

    def test_are_shown(self, study: Study) -> None:
        """Figure and sentence take the pairs, and say so where there is none."""
        frame = ClassDifferences.from_results(study, pairs=model_pairs).frame()
        assert set(frame["second"]) == {"ResNet-18 with augmentation (random start)"}
        assert "against Two\\-layer CNN with augmentation" in str(describe_class_difference(study, pairs=model_pairs))
        assert "cannot be compared" in str(describe_class_difference(fake_study(n_test=20, runs=("cnn",))))
