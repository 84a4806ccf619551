"""Paired tests of the configurations."""

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
from svhnlab.report.core.select import NotComputed
from svhnlab.report.core.text import (
    points_with_interval,
    signed_number,
)
from svhnlab.store.schema import Estimate, Study
from tests.fixtures.fakes import fake_study
from tests.report.comparison.sentence_fixtures import study_with
from tests.report.helpers import plain


class TestPairedTable:
    def test_cells(self, study):
        """Every pair has its difference, both counts and the corrected p value; the second is named first."""
        table = PairedTable.from_study(study)
        cells, pair = table.cells(), study.statistics.pairs[1]
        assert len(cells) == 6
        assert cells["Compared"][1] == "ResNet-18 vs. Two-layer CNN"
        assert cells["Difference"][1] == points_with_interval(pair.accuracy)
        assert cells["Only one correct"][1] == f"{pair.only_second} / {pair.only_first}"
        first = study.statistics.pairs[0]
        effect = signed_number(first.only_second / (first.only_first + first.only_second) - 0.5, 2)
        assert cells.iloc[0].tolist()[3:] == ["< 0.001", "3.0", effect, "no"]
        assert table.frame()["real"].tolist() == [True] + [False] * 5
        assert table.alt.count(" vs. ") == 1

    def test_numbers_agree(self, study):
        """The images that only one model classifies correctly make the difference."""
        frame = PairedTable.from_study(study).frame()
        np.testing.assert_allclose(frame["difference"], (frame["only_second"] - frame["only_first"]) / 200)

    def test_single_model(self):
        """A single model cannot be compared."""
        table = PairedTable.from_study(fake_study(n_test=20, runs=["cnn"]))
        assert len(table.cells()) == 0
        assert table.markdown().startswith("|")
        assert "no two models" in table.alt


class TestReversedIfNeeded:
    def test_reversed(self, study):
        """Reversed, a comparison has the opposite differences, bounds and counts, and the same p values."""
        stored = study.statistics.pair("cnn", "resnet18")
        turned = reversed_if_needed(study.statistics, "resnet18", "cnn")
        assert turned.accuracy == Estimate(-stored.accuracy.value, -stored.accuracy.high, -stored.accuracy.low)
        assert (turned.only_first, turned.only_second) == (stored.only_second, stored.only_first)
        assert turned.classes[3].recall.value == -stored.classes[3].recall.value
        assert turned.p_adjusted == stored.p_adjusted
        assert (turned.equivalence.low, turned.equivalence.high) == (-stored.equivalence.high, -stored.equivalence.low)
        assert turned.effect_size == pytest.approx(-stored.effect_size)
        assert reversed_if_needed(study.statistics, "cnn", "resnet18") is stored


class TestDescribeComparison:
    def test_supported(self):
        """A significant difference is claimed only for these models, with its p value."""
        text = plain(describe_comparison(study_with({"cnn": 800, "resnet18": 900}, {("cnn", "resnet18"): 0.0001})))
        assert (
            "ResNet-18 has the highest accuracy, followed by the two-layer CNN, which is 10.0 percentage points" in text
        )
        assert "these two models is significant (exact McNemar test, p\xa0<\xa00.001 after Holm’s" in text
        assert text.index("ResNet") < text.index("CNN")

    def test_not_supported(self):
        """A difference that is not significant is not claimed, however far the intervals lie apart."""
        text = plain(describe_comparison(study_with({"cnn": 800, "resnet18": 900}, {("cnn", "resnet18"): 0.0501})))
        assert "these two models is not significant (exact McNemar test, p\xa0=\xa00.050" in text
        assert "is significant" not in text

    def test_the_others(self):
        """Every other model is compared with the best one by its own test."""
        right = {"cnn": 700, "cnn-aug": 895, "resnet18": 900, "resnet18-aug": 880}
        text = plain(describe_comparison(study_with(right, {("cnn", "resnet18"): 0.01})))
        assert "followed by the two-layer CNN with augmentation" in text
        assert "ResNet-18 is significantly more accurate than the two-layer CNN (5% level)." in text
        assert "does not differ significantly from ResNet-18 with augmentation." in text

    def test_tie_and_single(self):
        """Equal models share the first rank; a single model is not compared."""
        assert "share the highest accuracy" in str(describe_comparison(study_with({"cnn": 900, "resnet18": 900})))
        assert "only model" in str(describe_comparison(study_with({"cnn": 900})))

    @given(st.floats(0, 1), st.integers(800, 900))
    def test_law(self, p, right):
        """No difference is claimed unless the corrected p value is below the level, and none of a training method."""
        study = study_with({"cnn": 850, "cnn-aug": right}, {("cnn", "cnn-aug"): p})
        for describe in (describe_comparison, describe_augmentation, describe_cost):
            text = str(describe(study))
            if p >= 0.05:
                assert "is significant" not in text
                assert ", a significant" not in text
                assert "more accurate than" not in text
            assert "better" not in text

    def test_no_statistics(self):
        """Without statistics there is no sentence."""
        with pytest.raises(NotComputed, match="statistics"):
            describe_comparison(fake_study(n_test=20, with_embedding=False))


class TestModelPairs:
    def test_first_against_each(self, study: Study) -> None:
        """Models with the same augmentation are compared, preferably those with augmentation."""
        assert model_pairs(study) == [("cnn-aug", "resnet18-aug")]
        assert model_pairs(fake_study(n_test=20, runs=("cnn", "cnn-aug", "resnet18"))) == [("cnn", "resnet18")]
        assert model_pairs(fake_study(n_test=20, runs=("cnn",))) == []

    def test_are_shown(self, study: Study) -> None:
        """Figure and sentence take the pairs; the sentence states if there is none."""
        frame = ClassDifferences.from_study(study, pairs=model_pairs).frame()
        assert set(frame["second"]) == {"ResNet-18 with augmentation (random start)"}
        sentence = plain(describe_class_difference(study, pairs=model_pairs))
        assert "from the two-layer CNN with augmentation in the recall of" in sentence
        assert "no two models" in str(describe_class_difference(fake_study(n_test=20, runs=("cnn",))))
