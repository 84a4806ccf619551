"""Selecting runs and statistics of a study."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report.core.select import (
    NotComputed,
    augmented_runs,
    check_names,
    pairs_of_same_model_or_augmentation,
    runs_of,
    runs_with_statistics,
)
from tests.fixtures.fakes import fake_study


class TestRunsOf:
    def test_names(self, study):
        """Runs are in the study's order; without a name all are returned."""
        assert [run.name for run in runs_of(study)] == list(study.runs)
        assert [run.name for run in runs_of(study, "resnet18", "cnn")] == ["cnn", "resnet18"]

    def test_untrained(self, study):
        """The error names the untrained configurations, or none if no configuration is trained."""
        with pytest.raises(NotComputed, match="lenet") as error:
            runs_of(study, "cnn", "lenet")
        assert error.value.configurations == ("lenet",)
        with pytest.raises(NotComputed) as error:
            runs_of(fake_study(n_test=20, runs=()))
        assert error.value.configurations == ()


class TestRunsWithStatistics:
    def test_pairs(self, study):
        """Each run has its own statistics."""
        for run, statistics in runs_with_statistics(study):
            assert statistics is study.statistics.runs[run.name]

    def test_not_computed(self, study):
        """An error about missing statistics names no configuration."""
        with pytest.raises(NotComputed, match="statistics") as error:
            runs_with_statistics(replace(study, statistics=None), "cnn")
        assert error.value.configurations == ()


class TestAugmentedRuns:
    def test_trained(self, study):
        """Only configurations with augmentation are selected."""
        assert [run.name for run in augmented_runs(study)] == ["cnn-aug", "resnet18-aug"]

    @pytest.mark.parametrize(("missing", "names"), [(("cnn-aug",), ("cnn-aug",)), ((), ("cnn-aug", "resnet18-aug"))])
    def test_none(self, missing, names):
        """The error names those of the study, or all where the study has none."""
        study = replace(fake_study(n_test=20, runs=("cnn",)), missing=missing)
        with pytest.raises(NotComputed) as error:
            augmented_runs(study)
        assert error.value.configurations == names


class TestCheckNames:
    def test_number(self):
        """There is one name for each class."""
        assert check_names(["a", "b"], 2) == ("a", "b")
        with pytest.raises(ValueError, match="as many names"):
            check_names(["a", "b"], 3)


class TestPairsOfSameModelOrAugmentation:
    def test_in_common(self, study):
        """Pairs differ in the model or in the augmentation, not in both, unless there is no other pair."""
        pairs = [
            (one.name, other.name) for one, other in pairs_of_same_model_or_augmentation(list(study.runs.values()))
        ]
        assert pairs == [
            ("cnn", "cnn-aug"),
            ("cnn", "resnet18"),
            ("cnn-aug", "resnet18-aug"),
            ("resnet18", "resnet18-aug"),
        ]
        assert len(pairs_of_same_model_or_augmentation([study.runs["cnn"], study.runs["resnet18-aug"]])) == 1
        assert pairs_of_same_model_or_augmentation([study.runs["cnn"]]) == []
