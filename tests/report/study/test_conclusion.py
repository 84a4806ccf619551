"""Conclusion and limitations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report import conclude, list_limitations
from svhnlab.report.core.select import NotComputed
from svhnlab.store.schema import Equivalence, Estimate, PairedComparison, Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import as_imported, plain, with_settings, with_statistics


def with_pairs(study: Study, *, gap: float, p: float) -> Study:
    """The study with the same difference, second minus first, in every pair."""

    def changed(pair: PairedComparison) -> PairedComparison:
        accuracy = Estimate(gap, gap - 0.01, gap + 0.01)
        return replace(pair, accuracy=accuracy, p_adjusted=p, equivalence=Equivalence(gap - 0.01, gap + 0.01))

    return with_statistics(study, pairs=tuple(changed(pair) for pair in study.statistics.pairs))


class TestConclude:
    def test_causes(self, study):
        """The most frequent cause and the errors without one are stated."""
        text = plain(conclude(study))
        assert "The most frequent cause is “only this model” (53.4% of the errors, 95% interval 39.3% to 67.1%)" in text
        assert "the rules explain every error" in text

    def test_without_causes_and_changes(self, study):
        """Studies of earlier versions conclude from the tests of the models alone."""
        text = conclude(replace(study, causes=None, robustness=None))
        assert text.startswith("- **Models.**")
        assert text.count("\n") == 0

    @pytest.mark.parametrize(
        ("gap", "p", "words"),
        [
            (0.03, 0.001, "makes the two-layer CNN and ResNet-18 significantly more accurate"),
            (-0.03, 0.001, "makes the two-layer CNN and ResNet-18 significantly less accurate"),
            (0.03, 0.5, "changes the accuracy of no model significantly"),
        ],
    )
    def test_augmentation(self, study, gap, p, words):
        """An effect of augmentation is claimed only if a test supports it."""
        assert words in plain(conclude(with_pairs(study, gap=gap, p=p)))

    def test_no_statistics(self, study):
        """Nothing is concluded without tests."""
        with pytest.raises(NotComputed):
            conclude(replace(study, statistics=None))


class TestLimitations:
    @pytest.mark.parametrize(
        ("kind", "words"),
        [("generated", "The images are generated"), ("official", "from one data set."), ("custom", "one data set, ")],
    )
    def test_data(self, kind, words):
        """The kind of the data is the first limitation."""
        assert words in list_limitations(fake_study(n_test=40, kind=kind)).splitlines()[0]

    def test_one_training_each(self, study):
        """A single seed and the smallest detectable difference are stated."""
        text = plain(list_limitations(study))
        assert "Each model was trained once." in text
        assert "Each model that is not imported was trained once." in plain(list_limitations(as_imported(study, "cnn")))
        assert "differences in accuracy of 3.0 percentage points" in text
        assert "have suspected or known wrong labels" in text

    def test_several_trainings(self, study):
        """With several seeds, the reader is sent to the variability between trainings."""
        repeats = {name: (run, run, run) for name, (run, *_) in study.repeats.items()}
        assert "Each model was trained 3 times." in plain(list_limitations(replace(study, repeats=repeats)))

    def test_imported(self, study):
        """Imported predictions are those of one training each."""
        text = plain(list_limitations(as_imported(study)))
        assert "The predictions of one training of each model were imported." in text
        assert "trained once" not in text

    def test_confounded(self, study):
        """If the versions with augmentation differ in something else, that is stated."""
        assert "**Settings.**" not in list_limitations(study)
        other = {**study.runs["cnn-aug"].settings["recipe"], "epochs": 30}
        text = plain(list_limitations(with_settings(study, "cnn-aug", recipe=other)))
        assert "epochs (8 and 30)" in text
        assert "not the effect of augmentation alone" in text
