"""Runs side by side: tables and figures hold the numbers of the stored statistics, and only these."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from svhnlab.report import (
    AgreementFigure,
    describe_agreement,
)
from svhnlab.report.core.style import THEMES, contrast_ratio
from tests.report.comparison.sentence_fixtures import run_with
from tests.report.helpers import words


class TestAgreementFigure:
    display = AgreementFigure.from_predictions([0] * 6, [[1, 1, 1, 0, 0, 0], [1, 1, 0, 2, 0, 0]], ["A", "B (x)"])

    def test_bars_and_cells(self):
        """Bars count the images by their errors; cells hold shared errors and their share of the row's."""
        bars, matrix = self.display.plot().axes
        assert [bar.get_height() for bar in bars.patches] == [2, 2]
        assert words(bars) == ["2", "2"]
        assert words(matrix) == ["3", "2\n67%", "2\n67%", "3"]
        assert [label.get_text() for label in matrix.get_yticklabels()] == ["A", "B"]
        assert "2 are right in all 2 runs; wrong in exactly so many runs: 2 in 1 and 2 in 2" in self.display.alt

    @pytest.mark.parametrize("theme", list(THEMES))
    def test_text_contrast(self, theme, study):
        """Words can be read on the colour of their cell, in every theme."""
        matrix = AgreementFigure.from_results(study.runs).plot(theme=theme).axes[1]
        mesh = matrix.collections[0]
        colours = mesh.to_rgba(mesh.get_array().ravel())
        for text in matrix.texts:
            x, y = text.get_position()
            assert contrast_ratio(text.get_color(), to_hex(colours[int(y) * 4 + int(x)])) >= 4.5

    def test_run_without_errors(self):
        """The share of no errors is undefined, and is not shown."""
        display = AgreementFigure.from_predictions([0, 0], [[0, 0], [1, 0]], ["A", "B"])
        assert np.isnan(display.frame()["share"][:2]).all()
        assert words(display.plot().axes[1]) == ["0", "0", "0\n0%", "1"]

    def test_titles(self):
        """Each run needs a title."""
        with pytest.raises(ValueError, match="as many titles"):
            AgreementFigure(self.display.agreement, ["A"])


class TestAgreementComment:
    def test_counts(self):
        """Images right in all runs, wrong in all and wrong in one add up."""
        text = str(describe_agreement([run_with("cnn", 800), run_with("resnet18", 900)]))
        assert "800 are right in all 2 runs; 100 are wrong in all of them and 100 in exactly one" in text
        assert "independently of each other, about 20 would be wrong in all" in text
