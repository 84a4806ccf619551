"""What the pages show about why images go wrong: distances, calibration, segments, labels and duplicates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from svhnlab.analysis.metrics import share_estimate
from svhnlab.report.core.text import interval, percent
from svhnlab.report.features.margins import MarginDistributions, describe_margin
from tests.fixtures.fakes import fake_run


class TestMarginComment:
    def test_shares(self, study):
        """The shares are those of the table behind the figure; those of one run have their Wilson intervals."""
        frame = MarginDistributions.from_results(study, "cnn").frame()
        text = str(describe_margin(study, "cnn"))
        for share, images in zip(frame["nearest_to_own"], frame["images"], strict=True):
            limits = share_estimate(round(share * images), images).limits
            assert f"{percent(share)} (95% interval {interval(limits)})" in text
        shares = MarginDistributions.from_results(study).frame()["nearest_to_own"]
        text = str(describe_margin(study))
        assert percent(shares.min()) in text
        assert percent(shares.max()) in text
        assert "In all 4 runs the 95% intervals of the two shares lie apart" in text

    def test_overlap(self):
        """Without a difference none is claimed."""
        run = fake_run(n_test=200)
        features = np.tile(run.evidence.centroids.means[0], (200, 1)).astype(np.float32)
        labels = np.zeros(200, dtype=np.int64)
        same = replace(run, test=replace(run.test, features=features, labels=labels))
        assert "not shown to tell errors" in str(describe_margin(same))

    def test_other_way_round(self):
        """Intervals that lie apart with the wrong images at home are not called an overlap."""
        run = fake_run(n_test=400, noise=3.0)
        wrong = run.test.wrong
        own = np.where(wrong, run.test.labels, (run.test.labels + 1) % 10)
        moved = replace(run, test=replace(run.test, features=run.evidence.centroids.means[own].astype(np.float32)))
        text = str(describe_margin(moved))
        assert "the share of the wrong images is the higher one" in text
        assert "overlap" not in text
