"""Precision, recall and F1 of each class."""

from __future__ import annotations

from svhnlab.report import (
    PerClassTable,
)
from svhnlab.report.core.text import (
    share_with_interval,
)


class TestPerClassTable:
    def test_cells(self, study):
        """Each metric of each class has its stored interval; macro-F1 is in the last row."""
        table = PerClassTable.from_study(study, "cnn")
        statistics = study.statistics.runs["cnn"]
        cells = table.cells()
        assert cells["Recall"][3] == share_with_interval(statistics.recall[3])
        assert cells["F1"].iloc[-1] == share_with_interval(statistics.macro_f1)
        assert cells["Images"].iloc[-1] == "200"
        assert table.frame()["support"].sum() == 200
        assert table.frame()["precision_upper"][0] == statistics.precision[0].high
