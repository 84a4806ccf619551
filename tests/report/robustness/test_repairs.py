"""What a change of the image does to errors and correct predictions."""

from __future__ import annotations

import numpy as np

from svhnlab.report.robustness.repairs import RepairChart, describe_repairs
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain


def test_shares(rotated):
    """The chart has the middle severity of each corruption, and the only one of inversion."""
    chart = RepairChart.from_study(rotated)
    assert [one.severity for one in chart.conditions] == [3] * 8 + [5] + [3] * 5
    frame = chart.frame().set_index(["run", "corruption"])
    blurred = frame.loc[("Two-layer CNN", "blur")]
    assert (blurred["repaired"], blurred["broken"]) == (1, 0)
    assert "the best change repairs 100.0% of the errors of a model" in chart.alt
    assert len(chart.plot().axes) == 4


def test_sentences(rotated):
    """A change with a significantly higher accuracy is named; the shares are ranges over the models."""
    text = plain(describe_repairs(rotated))
    assert "With Gaussian blur of severity 1, the two-layer CNN is significantly more accurate (50.0 percentage" in text
    assert "repairs 100.0% of the errors" in text


def test_without_errors():
    """Without errors there is nothing to repair."""
    study = fake_study(n_test=40, noise=0.0)
    chart = RepairChart.from_study(study)
    assert np.isnan(chart.runs[0].interventions[0].repaired.value)
    assert "There are no errors to repair" in chart.alt
    assert "nan" not in describe_repairs(study)
