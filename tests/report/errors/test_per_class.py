"""Runs side by side: tables and figures hold the numbers of the stored statistics, and only these."""

from __future__ import annotations

from svhnlab.report import (
    PerClassTable,
)
from svhnlab.report.core.text import (
    share_with_interval,
)


class TestPerClassTable:
    def test_cells(self, study):
        """Each figure of each class stands with its stored interval; macro-F1 stands below."""
        table = PerClassTable.from_study(study, "cnn")
        own = study.statistics.runs["cnn"]
        cells = table.cells()
        assert cells["Recall"][3] == share_with_interval(own.recall[3])
        assert cells["F1"].iloc[-1] == share_with_interval(own.macro_f1)
        assert cells["Images"].iloc[-1] == "200"
        assert table.frame()["support"].sum() == 200
        assert table.frame()["precision_upper"][0] == own.precision[0].high
