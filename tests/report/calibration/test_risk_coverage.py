"""Risk-coverage curves and deferral."""

from __future__ import annotations

from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from svhnlab.report.calibration.risk_coverage import RiskCoverage, describe_deferral
from tests.report.helpers import with_runs


class TestRiskCoverage:
    def test_curves(self, study):
        """Lines show the stored curves; a mark shows where the target is reached."""
        display = RiskCoverage.from_study(study)
        ax = display.plot()
        stored = study.statistics.runs["cnn"].calibration
        curves = [line for line in ax.lines if len(line.get_xdata()) == len(stored.coverage)]
        assert tuple(curves[0].get_ydata()) == stored.risk
        marks = [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 1]
        assert marks == pytest.approx([0.69] * 4)
        assert "31.0% (62 images)" in display.alt

    def test_never_and_always(self, study):
        """A run that needs no deferral has its mark at the end, one that never reaches the target has none."""
        for rate, text, marks in ((1.0, "at any coverage", 0), (0.0, "without deferral", 4)):
            calibration = replace(study.statistics.runs["cnn"].calibration, deferral_rate=rate)
            changed = with_runs(study, calibration=calibration)
            assert text in str(describe_deferral(changed))
            ax = RiskCoverage.from_study(changed).plot()
            assert sum(len(line.get_xdata()) == 1 for line in ax.lines) == marks

    def test_draws_on_given_axes(self, study):
        """The curves can be drawn onto existing axes."""
        ax = Figure().add_subplot()
        assert RiskCoverage.from_study(study).plot(ax) is ax
