"""Margins of the same images in two models."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.report.features.paired_margins import MarginPair, PairedMargins, describe_paired_margin, margin_pairs
from tests.fixtures.fakes import fake_study
from tests.report.helpers import words


def pair_of(before, after):
    """Two runs, of which the first misclassifies every image and the second none."""
    size = len(before)
    margins = (np.asarray(before, float), np.asarray(after, float))
    return MarginPair("VGG-11", "VGG-16", np.arange(size), *margins, np.ones(size, bool), np.zeros(size, bool))


class TestPairedMargins:
    def test_sides(self):
        """Images that change to the side of their own class and away from it are counted, undefined ones not."""
        pair = pair_of([-0.5, -0.2, 0.3, -0.4, np.nan], [0.1, 0.2, -0.2, -0.3, 1.0])
        assert (pair.shown.sum(), pair.moved_in, pair.moved_out) == (4, 2, 1)
        ax = PairedMargins((pair,)).plot().axes[0]
        assert words(ax) == ["2 move to\ntheir own class", "1 move away\nfrom their class"]

    def test_points(self, study):
        """Every image that either run misclassifies is drawn once, at its margin in both."""
        pair = margin_pairs(study)[0]
        ax = PairedMargins.from_study(study).plot().axes[0]
        offsets = np.concatenate([np.asarray(group.get_offsets()) for group in ax.collections[-3:]])
        assert len(offsets) == pair.shown.sum()
        wrong = study.runs["cnn"].test.wrong | study.runs["cnn-aug"].test.wrong
        assert pair.shown.sum() == wrong.sum()
        assert len({panel.get_xlim() for panel in PairedMargins.from_study(study).plot().axes}) == 1

    def test_frame(self, study):
        """The data name each image of a run once, though a run belongs to several pairs."""
        frame = PairedMargins.from_study(study).frame()
        assert not frame.duplicated(["run", "image"]).any()
        pair = margin_pairs(study)[0]
        margins = frame[frame["run"] == pair.first].set_index("image")["margin"]
        np.testing.assert_array_equal(margins[pair.images[pair.shown]], pair.before[pair.shown])

    def test_one_run(self):
        """A single run gives a figure with a placeholder."""
        display = PairedMargins.from_study(fake_study(n_test=20, runs=["cnn"]))
        assert words(display.plot().axes[0]) == ["Fewer than two models: nothing to compare"]
        assert "Fewer than two" in display.alt

    @pytest.mark.parametrize(
        ("stay", "move", "verdict"),
        [
            (20, 40, r"own class than away from it: from VGG\-11 to VGG\-16 (40 against 0"),
            (40, 0, "is not significant: from VGG\\-11 to VGG\\-16 (0 against 0, p\xa0\\=\xa01.000)"),
            (0, 3, "is not significant: from VGG\\-11 to VGG\\-16 (3 against 0, p\xa0\\=\xa00.250)"),
        ],
    )
    def test_comment(self, study, monkeypatch, stay, move, verdict):
        """The word "more" is used only if the McNemar test is significant."""
        pair = pair_of([-1.0] * (stay + move), [-1.0] * stay + [1.0] * move)
        monkeypatch.setattr("svhnlab.report.features.paired_margins.margin_pairs", lambda *_: (pair,))
        assert verdict in str(describe_paired_margin(study))
