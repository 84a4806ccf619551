"""Rows and sentence about the averages of several models."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.report import AveragedComparison, ModelComparison, describe_averages
from svhnlab.report.comparison.averages import average_of
from svhnlab.report.core.select import NotComputed
from svhnlab.store.analysis_keys import ALL
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain


def with_average(study: Study, **changes) -> Study:
    """The study with other results of the average of all models."""
    return replace(study, ensembles={**study.ensembles, ALL: replace(study.ensembles[ALL], **changes)})


class TestAveragedComparison:
    def test_rows(self, study: Study) -> None:
        """The row after the models is their average, with its metrics and its accuracy against the true labels."""
        table = AveragedComparison.from_study(study)
        assert table.results[:4] == ModelComparison.from_study(study).results
        last = table.frame().iloc[4]
        predicted = average_of(study, ALL).argmax(axis=1)
        assert last["run"] == "Average of 4 models"
        assert last["errors"] == (predicted != study.data.test_labels).sum()
        expected = share_by_photograph(predicted == study.data.true_labels, study.data.test_photographs)
        assert last["accuracy_against_true_labels"] == expected.value
        assert "Average of 4 models" in table.alt

    def test_seeds(self) -> None:
        """With several seeds, the trainings of each configuration are averaged, too."""
        titles = [row.title for row in AveragedComparison.from_study(fake_study(n_test=60, seeds=3)).results]
        assert titles[4:6] == ["Average of 4 models", "Average of 3 trainings: Two-layer CNN"]
        assert len(titles) == 9

    def test_named_and_older(self, study: Study) -> None:
        """There is no average in a table of some configurations, or where none is stored."""
        assert len(AveragedComparison.from_study(study, "cnn").results) == 1
        assert len(AveragedComparison.from_study(replace(study, ensembles={})).results) == 4


class TestDescribeAverages:
    def test_significant(self, study: Study) -> None:
        """A part of the errors is attributed to the training only where the test is significant."""
        gain = replace(study.ensembles[ALL].over_best, value=0.02, low=0.01, high=0.03)
        accuracy = replace(study.ensembles[ALL].metrics["accuracy"], value=0.92)
        changes = {"over_best": gain, "metrics": {"accuracy": accuracy}}
        text = plain(describe_averages(with_average(study, p_value=0.001, **changes)))
        assert "2.0 percentage points more than the best of them" in text
        assert "At least this part of the errors, 20% of those of" in text
        text = plain(describe_averages(with_average(study, p_value=0.8, **changes)))
        assert "does not differ significantly" in text
        assert "At least" not in text

    def test_undecided_share_a_sentence(self) -> None:
        """Averages of trainings that do not differ from the best training are described once."""
        text = plain(describe_averages(fake_study(n_test=60, seeds=3)))
        assert text.count("None differs significantly from the best training") == 1
        assert "The averages of the trainings of the two-layer CNN, " in text

    def test_worse(self, study: Study) -> None:
        """An average that is less accurate says nothing about variance."""
        loss = replace(study.ensembles[ALL].over_best, value=-0.02)
        text = plain(describe_averages(with_average(study, p_value=0.001, over_best=loss)))
        assert "less than the best" in text
        assert "variance" not in text

    def test_nothing_to_average(self, study: Study) -> None:
        """A single training has no average; a study stored before lacks it."""
        assert describe_averages(fake_study(n_test=40, runs=("cnn",))) == ""
        with pytest.raises(NotComputed, match="averages"):
            describe_averages(replace(study, ensembles={}))
