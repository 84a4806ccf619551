"""Colour, brightness and contrast of the images."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.report import (
    BrightnessContrast,
    ChannelStatistics,
)
from svhnlab.report.core.text import number
from tests.report.helpers import words


class TestChannelStatistics:
    def test_cells(self, study):
        """Means and deviations are those of the data, with three decimals."""
        cells = ChannelStatistics.from_study(study).cells()
        assert cells["Split"].tolist() == ["Train", "Validation", "Test"]
        assert cells["Blue"].tolist() == ["0.473 ± 0.197"] * 3
        assert cells["Images"].tolist() == ["800", "66", "200"]


class TestBrightnessContrast:
    def test_medians(self):
        """Each row's mark is the median of its split."""
        rng = np.random.default_rng(0)
        splits = {name: {"brightness": rng.random(50), "contrast": rng.random(50)} for name in ("train", "test")}
        display = BrightnessContrast(splits)
        ax = display.plot().axes[0]
        middle = float(np.median(splits["train"]["brightness"]))
        assert ax.lines[0].get_xdata()[0] == pytest.approx(middle)
        assert number(middle, 2) in words(ax)
        assert f"train {number(middle, 2)}" in display.alt
