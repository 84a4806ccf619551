"""What the pages show about why images go wrong: distances, calibration, segments, labels and duplicates."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.report.features.paired_margins import MarginPair, PairedMargins, describe_paired_margin, margin_pairs
from tests.fixtures.fakes import fake_run
from tests.report.helpers import words


def pair_of(before, after):
    """Two runs of which the first errs on every image and the second on none."""
    size = len(before)
    return MarginPair(
        "A", "B", np.asarray(before, float), np.asarray(after, float), np.ones(size, bool), np.zeros(size, bool)
    )


class TestPairedMargins:
    def test_sides(self):
        """Images that change to the side of their own class and away from it are counted, undefined ones not."""
        pair = pair_of([0.5, 0.2, -0.3, 0.4, np.nan], [-0.1, -0.2, 0.2, 0.3, -1.0])
        assert (pair.shown.sum(), pair.moved_in, pair.moved_out) == (4, 2, 1)
        ax = PairedMargins([pair]).plot().axes[0]
        assert words(ax) == ["2 reach\ntheir own class", "1 leave\ntheir own class"]

    def test_points(self, study):
        """Every image that either run gets wrong is drawn once, at its margin in both."""
        pair = margin_pairs(study)[0]
        ax = PairedMargins.from_results(study).plot().axes[0]
        offsets = np.concatenate([np.asarray(group.get_offsets()) for group in ax.collections[-3:]])
        assert len(offsets) == pair.shown.sum()
        wrong = study.runs["cnn"].test.wrong | study.runs["cnn-aug"].test.wrong
        assert pair.shown.sum() == wrong.sum()
        assert len({panel.get_xlim() for panel in PairedMargins.from_results(study).plot().axes}) == 1

    def test_frame(self, study):
        """The data name each image of a run once, though a run belongs to several pairs."""
        frame = PairedMargins.from_results(study).frame()
        assert not frame.duplicated(["run", "row"]).any()
        pair = margin_pairs(study)[0]
        own = frame[frame["run"] == pair.first].set_index("row")["margin"]
        np.testing.assert_array_equal(own[np.flatnonzero(pair.shown)], pair.before[pair.shown])

    def test_one_run(self):
        """A single run makes an empty figure that says so."""
        display = PairedMargins.from_results(fake_run(n_test=20))
        assert words(display.plot().axes[0]) == ["Fewer than two runs: nothing to pair"]
        assert "Fewer than two" in display.alt

    def test_other_images(self):
        """Runs that were tested on different images are not paired."""
        one, other = fake_run(n_test=20), fake_run("resnet18", n_test=30)
        with pytest.raises(ValueError, match="different images"):
            PairedMargins.from_results([one, other])

    @pytest.mark.parametrize(
        ("stay", "move", "verdict"),
        [
            (20, 40, "More images reach the side of their own class than leave it from A to B (40 against 0"),
            (40, 0, "The test does not support a difference from A to B (0 against 0, p\xa0=\xa01.000)"),
            (0, 3, "The test does not support a difference from A to B (3 against 0, p\xa0=\xa00.250)"),
        ],
    )
    def test_comment(self, monkeypatch, stay, move, verdict):
        """More is said only where McNemar's test supports it."""
        pair = pair_of([1.0] * (stay + move), [1.0] * stay + [-1.0] * move)
        monkeypatch.setattr("svhnlab.report.features.paired_margins.margin_pairs", lambda *_: [pair])
        assert verdict in str(describe_paired_margin([]))
