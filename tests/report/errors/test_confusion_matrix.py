"""Confusions of the classes by one model."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from svhnlab.analysis.metrics import evaluate
from svhnlab.report import (
    ConfusionMatrix,
    describe_confusion,
)
from svhnlab.report.core.style import PHONE_WIDTH, THEMES
from tests.report.contrast import contrast_ratio
from tests.report.helpers import NAMES, with_predictions, words


class TestDescribeConfusion:
    def test_single_first(self):
        """A single most frequent confusion is named with count and share."""
        study = with_predictions([0] * 10 + [1] * 10, [1] * 3 + [0] * 7 + [0] + [1] * 9, ("cat|", "dog"))
        text = describe_confusion(study, "cnn")
        assert "cat\\| predicted as dog (3 images, 30.0% of that class)" in text
        assert "is lowest for class cat\\| (70.0%) and highest for class dog (90.0%)" in text

    def test_ties_and_none(self):
        """A few ties are named, many are counted; without errors there is no confusion."""
        two = describe_confusion(with_predictions([0, 1], [1, 0], "ab"), "cnn")
        assert two == "The most frequent confusions are a predicted as b and b predicted as a, with 1 image each."
        many = describe_confusion(with_predictions([0, 1, 2, 3], [1, 2, 3, 0], "abcd"), "cnn")
        assert "No single confusion is the most frequent: 4 pairs" in many
        assert "no classes are confused" in describe_confusion(with_predictions([0, 1], [0, 1], "ab"), "cnn")


class TestConfusionMatrix:
    display = ConfusionMatrix(evaluate([0] * 8 + [1] * 4 + [2] * 2, [0] * 6 + [1] * 2 + [1] * 4 + [0, 2], 3), NAMES)

    def test_cells(self):
        """Cells show counts on the left and shares of the row on the right; empty cells stay empty."""
        counts, shares = self.display.plot().axes
        assert words(counts) == ["6", "2", "4", "1", "1"]
        assert words(shares) == ["75", "25", "100", "50", "50"]
        assert [label.get_text() for label in counts.get_xticklabels()] == list(NAMES)

    @pytest.mark.parametrize("theme", list(THEMES))
    def test_text_contrast(self, theme):
        """Text in cells is legible on the colour of the cell, in every theme."""
        for ax in self.display.plot(theme=theme).axes:
            mesh = ax.collections[0]
            colours = mesh.to_rgba(mesh.get_array().ravel())
            for text in ax.texts:
                x, y = text.get_position()
                cell = colours[int(y) * 3 + int(x)]
                assert contrast_ratio(text.get_color(), to_hex(cell)) >= 4.5

    def test_alt(self):
        """The text alternative has the totals and the first confusion."""
        assert "14 images" in self.display.alt
        assert "11 correct on the diagonal, 3 misclassified" in self.display.alt
        assert "cat predicted as dog, 2 times (25.0% of its images)" in self.display.alt

    def test_one_panel(self):
        """More than ten classes have one panel, of counts."""
        names = tuple(f"class {k}" for k in range(11))
        (ax,) = ConfusionMatrix(evaluate(range(11), range(11), 11), names).plot().axes
        assert ax.get_title("left").startswith("Images")

    def test_phone_with_many_classes(self):
        """On phones, more than ten classes have bars of the most frequent confusions."""
        names = tuple(f"class {k}" for k in range(11))
        labels = np.repeat(np.arange(11), 20)
        predicted = labels.copy()
        for k in range(11):
            predicted[20 * k : 20 * k + k] = (k + 1) % 11  # k images of class k
        predicted[0] = 5
        predicted[40:45] = 7
        phone = ConfusionMatrix(evaluate(labels, predicted, 11), names, "cnn", (1,) * 11).for_phone()
        assert phone.size == pytest.approx((PHONE_WIDTH, 0.35 + 0.36 * 11))
        (ax,) = phone.plot().axes
        assert [bar.get_width() for bar in ax.patches] == [10, 9, 8, 7, 6, 5, 5, 4, 3, 1, 1]
        assert words(ax)[:2] == ["class 10 → class 0", "10 (50.0%)"]
        assert phone.alt.startswith("The 11 most frequent of 11 confusions among 220 images, 59 of them misclassified")
        assert phone.panel_boxes() == []
        none = ConfusionMatrix(evaluate(range(11), range(11), 11), names).for_phone()
        assert words(none.plot().axes[0]) == ["No classes are confused"]

    def test_small_shares(self):
        """A share that rounds to nothing is not shown as 0."""
        display = ConfusionMatrix(evaluate([0] * 400 + [1], [1] + [0] * 399 + [1], 2), NAMES[:2])
        assert words(display.plot().axes[1]) == ["100", "<1", "100"]
