"""The most frequent confusions of classes."""

from __future__ import annotations

from svhnlab.report import (
    MostConfusedPairs,
)
from tests.report.helpers import NAMES, with_predictions


class TestMostConfusedPairs:
    def test_cells(self):
        """Counts, shares of the class and shares of the errors of a small example."""
        study = with_predictions([0] * 4 + [1, 1], [0, 1, 1, 2, 1, 0], NAMES)
        cells = MostConfusedPairs.from_study(study, "cnn", top=2).cells()
        assert cells.iloc[0, :4].tolist() == ["cat", "dog", "2", "50.0%"]
        assert cells["Share of errors"].tolist() == ["50.0%", "25.0%"]
        assert cells.iloc[1, :2].tolist() == ["dog", "cat"]

    def test_no_errors(self):
        """Without errors the table is empty, and its text states it."""
        table = MostConfusedPairs.from_study(with_predictions([0, 1], [0, 1], NAMES[:2]), "cnn")
        assert len(table.cells()) == 0
        assert table.markdown().startswith("|")
        assert "No image" in table.alt
