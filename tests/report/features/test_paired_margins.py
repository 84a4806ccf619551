"""Margins of the same images in two models."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.report.features.paired_margins import MarginPair, PairedMarginTable, margin_pairs, show_paired_margins
from tests.fixtures.fakes import fake_study


def pair_of(before, after):
    """Two runs, of which the first misclassifies every image and the second none."""
    size = len(before)
    margins = (np.asarray(before, float), np.asarray(after, float))
    return MarginPair("VGG-11", "VGG-16", np.arange(size), *margins, np.ones(size, bool), np.zeros(size, bool))


class TestPairedMarginTable:
    def test_sides(self):
        """Images that change to the side of their own class and away from it are counted, undefined ones not."""
        pair = pair_of([-0.5, -0.2, 0.3, -0.4, np.nan], [0.1, 0.2, -0.2, -0.3, 1.0])
        assert (pair.shown.sum(), pair.moved_in, pair.moved_out) == (4, 2, 1)
        assert PairedMarginTable((pair,), (1.0,)).cells().iloc[0].tolist() == [
            "VGG-11",
            "VGG-16",
            "4",
            "2",
            "1",
            "1.000",
        ]

    def test_pairs(self, study):
        """The runs of a pair have the model or the augmentation in common; Holm's correction covers all pairs."""
        frame = PairedMarginTable.from_study(study).frame()
        assert len(frame) == len(margin_pairs(study)) == 4
        first = margin_pairs(study)[0]
        wrong = study.runs["cnn"].test.wrong | study.runs["cnn-aug"].test.wrong
        assert frame["images"][0] == wrong.sum()
        assert frame["p_adjusted"][0] >= first.p_value

    def test_one_run(self):
        """A single run has nothing to be compared with."""
        assert show_paired_margins(fake_study(n_test=20, runs=["cnn"])) == ""

    @pytest.mark.parametrize(("stay", "move", "p"), [(20, 40, "< 0.001"), (40, 0, "1.000"), (0, 3, "0.250")])
    def test_p_value(self, stay, move, p):
        """The p value is that of the exact McNemar test."""
        pair = pair_of([-1.0] * (stay + move), [-1.0] * stay + [1.0] * move)
        table = PairedMarginTable((pair,), (pair.p_value,))
        assert table.cells()["Holm p"].tolist() == [p]
        assert table.alt.startswith(f"In {int(p == '< 0.001')} of 1 pair")
