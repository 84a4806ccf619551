"""Colours, themes and the placing of labels."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from svhnlab.report.core.style import CLASS_COLOURS, LEVELS, THEMES, spread
from tests.report.contrast import contrast_ratio


class TestStyle:
    def test_colours_tell_classes_apart(self):
        """Any two class colours differ for readers with each kind of colour vision (OKLab, Machado 2009)."""
        visions = [
            np.eye(3),
            [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
            [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
            [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
        ]
        to_cone = np.array(
            [
                [0.41222147, 0.53633254, 0.05144599],
                [0.21190350, 0.68069955, 0.10739696],
                [0.08830246, 0.28171884, 0.6299787],
            ]
        )
        to_lab = np.array(
            [
                [0.21045426, 0.79361779, -0.00407205],
                [1.9779985, -2.42859221, 0.45059371],
                [0.02590404, 0.78277177, -0.80867577],
            ]
        )
        encoded = np.array([[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in CLASS_COLOURS])
        linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
        for vision in visions:
            seen = np.cbrt(np.clip(linear @ np.array(vision).T, 0, 1) @ np.transpose(to_cone)) @ np.transpose(to_lab)
            for one, other in itertools.combinations(seen, 2):
                assert np.linalg.norm(one - other) > 0.075

    @pytest.mark.parametrize("name", list(THEMES))
    def test_words_are_legible(self, name):
        """Text and marks have the contrast that WCAG 2.2 requires: 4.5 for text, 3 for marks."""
        theme = THEMES[name]
        for colour in (theme.text, theme.muted, theme.accent, theme.error):
            assert contrast_ratio(colour, theme.page) >= 4.5
        assert contrast_ratio(theme.line, theme.page) >= 3
        for colour in CLASS_COLOURS:
            assert contrast_ratio(colour, theme.page) >= 2

    @pytest.mark.parametrize("name", list(THEMES))
    def test_text_on_scale(self, name):
        """Text on any cell has a contrast of at least 4.5, and no level of the scale has the colour of another."""
        theme = THEMES[name]
        levels = [theme.cmap(level) for level in range(LEVELS)]
        for level, colour in enumerate(levels):
            assert contrast_ratio(theme.text_on_scale(level / LEVELS), colour) >= 4.5
        assert len(set(map(to_hex, levels))) == LEVELS

    @given(st.lists(st.floats(0, 10), min_size=1, max_size=5))
    def test_spread(self, positions):
        """Labels are at least a gap apart, inside the range, and keep their order."""
        placed = spread(positions, 1.0, 0.0, 10.0)
        ordered = np.array(placed)[np.argsort(positions, kind="stable")]
        assert (np.diff(ordered) >= 1 - 1e-9).all()
        assert min(placed) >= -1e-9
        assert max(placed) <= 10 + 1e-9
