"""The representation of displays and tables, the colours and the words."""

from __future__ import annotations

import pytest

from svhnlab.report.core.select import as_runs, named_runs, pairs_that_differ_in_one_factor


class TestNamedRuns:
    def test_names(self, study):
        """Runs come in the study's order, all without a name; an unknown one is named in the error."""
        assert [run.name for run in named_runs(study, [])] == list(study.runs)
        assert [run.name for run in named_runs(study, ["resnet18", "cnn"])] == ["cnn", "resnet18"]
        with pytest.raises(ValueError, match="lenet"):
            named_runs(study, ["lenet"])


class TestAsRuns:
    def test_forms(self, study):
        """One run, a mapping and a list are all accepted; nothing at all is not."""
        run = study.runs["cnn"]
        assert as_runs(run) == [run]
        assert as_runs(study.runs) == list(study.runs.values())
        assert as_runs([run]) == [run]
        with pytest.raises(ValueError, match="at least one"):
            as_runs({})


class TestNeighbouringPairs:
    def test_one_difference(self, study):
        """Pairs differ in the model or in the augmentation, not in both, unless there is no other pair."""
        pairs = [(one.name, other.name) for one, other in pairs_that_differ_in_one_factor(list(study.runs.values()))]
        assert pairs == [
            ("cnn", "cnn-aug"),
            ("cnn", "resnet18"),
            ("cnn-aug", "resnet18-aug"),
            ("resnet18", "resnet18-aug"),
        ]
        assert len(pairs_that_differ_in_one_factor([study.runs["cnn"], study.runs["resnet18-aug"]])) == 1
        assert pairs_that_differ_in_one_factor([study.runs["cnn"]]) == []
