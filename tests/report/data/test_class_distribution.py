"""Class frequencies in each split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report import (
    ClassDistribution,
    summarise_data,
)
from svhnlab.report.core.figure_footer import write_data
from tests.fixtures.fakes import fake_study
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


class TestSummariseData:
    @pytest.mark.parametrize(
        ("counts", "sentence"),
        [
            ([300, 100], "unequally frequent: “cat” makes up 75.0% of the training images and “dog” 25.0%."),
            ([100, 105], "All 2 classes are about equally frequent, with 48.8% to 51.2% of the training images each."),
            ([100, 100], "All 2 classes are equally frequent, with 50.0% of the training images each."),
            ([100, 0], "“dog” 0.0%"),
        ],
    )
    def test_frequencies(self, counts: list[int], sentence: str) -> None:
        """Classes are called equally frequent only where they nearly are; the names are those of the study."""
        study = fake_study(n_test=20, class_names=("cat", "dog"), kind="custom")
        splits = study.data.splits
        train, test = (
            replace(splits[name], counts=np.array(values)) for name, values in (("train", counts), ("test", [30, 10]))
        )
        changed = replace(study, data=replace(study.data, splits={**splits, "train": train, "test": test}))
        text = str(summarise_data(changed))
        assert sentence in text
        baseline = "25.0%" if counts[1] > counts[0] else "75.0%"
        assert f"would be correct for {baseline} of the test images." in text
