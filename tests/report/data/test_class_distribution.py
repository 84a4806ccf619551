"""Class frequencies in each split."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.report import (
    ClassDistribution,
)
from svhnlab.report.core.figure_footer import write_data
from tests.report.helpers import NAMES, words


class TestClassDistribution:
    display = ClassDistribution({"train": np.array([6, 3, 1]), "test": np.array([1, 1, 0])}, NAMES)

    def test_bars_are_shares(self):
        """Bar lengths are shares of the split, numbers are counts, and rows have names."""
        train, test = self.display.plot().axes
        assert [bar.get_width() for bar in train.patches] == pytest.approx([0.6, 0.3, 0.1])
        assert [bar.get_width() for bar in test.patches] == pytest.approx([0.5, 0.5, 0])
        assert words(train)[:3] == ["6", "3", "1"]
        assert [label.get_text() for label in train.get_yticklabels()] == list(NAMES)
        assert train.get_title("left") == "Train"

    def test_alt(self):
        """The text alternative names the extremes of the largest split."""
        assert "train 10 images and test 2 images" in self.display.alt
        assert "class cat is the most frequent (60.0%)" in self.display.alt
        assert "class emu the rarest (10.0%)" in self.display.alt

    def test_frame(self, folder):
        """The table, and so the CSV file, has the class, and counts and shares of every split side by side."""
        frame = self.display.frame()
        assert frame.columns.tolist() == ["class", "train_count", "train_share", "test_count", "test_share"]
        assert frame["train_share"].tolist() == pytest.approx([0.6, 0.3, 0.1])
        assert frame.set_index("class").loc["dog", "test_count"] == 1
        assert write_data(frame, folder, "frame").read_text().startswith("class,train_count")
