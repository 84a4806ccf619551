"""Errors that the models share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex

from svhnlab.analysis.errors import compare_errors
from svhnlab.report import (
    AgreementFigure,
    describe_agreement,
)
from svhnlab.report.core.style import THEMES
from svhnlab.store.schema import Study
from tests.report.comparison.sentence_fixtures import base_study, run_with
from tests.report.contrast import contrast_ratio
from tests.report.helpers import plain, words


class TestAgreementFigure:
    display = AgreementFigure(compare_errors([0] * 6, [[1, 1, 1, 0, 0, 0], [1, 1, 0, 2, 0, 0]]), ("A", "B (x)"))

    def test_bars_and_cells(self):
        """Bars count the images by their errors; cells show shared errors and their share of the row's errors."""
        bars, matrix = self.display.plot().axes
        assert [bar.get_height() for bar in bars.patches] == [2, 2]
        assert words(bars) == ["2", "2"]
        assert words(matrix) == ["3", "2\n67%", "2\n67%", "3"]
        assert [label.get_text() for label in matrix.get_yticklabels()] == ["A", "B"]
        assert "2 are classified correctly by both models" in self.display.alt
        assert "2 misclassified by some and 2 by all of them." in self.display.alt

    @pytest.mark.parametrize("theme", list(THEMES))
    def test_text_contrast(self, theme, study):
        """Text is legible on the colour of its cell, in every theme."""
        matrix = AgreementFigure.from_study(study).plot(theme=theme).axes[1]
        mesh = matrix.collections[0]
        colours = mesh.to_rgba(mesh.get_array().ravel())
        for text in matrix.texts:
            x, y = text.get_position()
            assert contrast_ratio(text.get_color(), to_hex(colours[int(y) * 4 + int(x)])) >= 4.5

    def test_model_without_errors(self):
        """The share of no errors is undefined, and is not shown."""
        display = AgreementFigure(compare_errors([0, 0], [[0, 0], [1, 0]]), ("A", "B"))
        assert np.isnan(display.frame()["share"][:2]).all()
        assert words(display.plot().axes[1]) == ["0", "0", "0\n0%", "1"]

    def test_titles(self):
        """Each model needs a title."""
        with pytest.raises(ValueError, match="as many titles"):
            AgreementFigure(self.display.agreement, ("A",))


def study_of_runs(right: dict[str, int]) -> Study:
    """A study whose models classify these numbers of 1,000 images correctly, the first ones."""
    runs = {name: run_with(name, number) for name, number in right.items()}
    return replace(base_study(tuple(right)), runs=runs)


class TestDescribeAgreement:
    def test_counts(self):
        """Images that all, none and one of the models misclassify add up."""
        text = describe_agreement(study_of_runs({"cnn": 800, "resnet18": 900}))
        assert "800 are classified correctly by both models; 100 are misclassified by both models and 100 by" in text
        assert "independently of each other, about 20 would be misclassified by both models." in text

    def test_verbs_agree(self):
        """One image is misclassified, and none is."""
        text = describe_agreement(study_of_runs({"cnn": 998, "resnet18": 999}))
        assert "998 are classified correctly by both models; 1 is misclassified by both models and 1 by exactly" in text
        assert "none is misclassified by both" in describe_agreement(study_of_runs({"cnn": 999, "resnet18": 1000}))

    def test_no_error(self):
        """Without an error there is nothing to count."""
        text = describe_agreement(study_of_runs({"cnn": 1000, "resnet18": 1000}))
        assert text == "Every model classifies all 1,000 test images correctly."

    def test_single_model(self):
        """A single model is not called all."""
        text = plain(describe_agreement(study_of_runs({"cnn": 800, "resnet18": 900}), "cnn"))
        assert text == "The two-layer CNN misclassifies 200 of 1,000 test images."
