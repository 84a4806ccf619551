"""Margins of correctly classified and of misclassified images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from svhnlab.analysis.metrics import share_estimate
from svhnlab.report.core.text import interval, percent
from svhnlab.report.features.centroids import summarise
from svhnlab.report.features.margins import describe_margin
from tests.fixtures.fake_runs import fake_run
from tests.report.helpers import with_run


class TestMarginComment:
    def test_shares(self, study):
        """The shares of one run have their Wilson intervals; those of several are a range."""
        shares = []
        for run in study.runs.values():
            summary = summarise(run)
            for group in (~run.test.wrong, run.test.wrong):
                near = summary.distances.margin[group] > 0
                shares.append(near.mean())
                if run.name == "cnn":
                    limits = share_estimate(int(near.sum()), len(near)).limits
                    assert f"{percent(near.mean())} (95% interval {interval(limits)})" in str(
                        describe_margin(study, "cnn")
                    )
        text = str(describe_margin(study))
        assert percent(min(shares)) in text
        assert percent(max(shares)) in text
        assert "For all 4 models, the 95% intervals of the two shares do not overlap" in text

    def test_overlap(self, study):
        """Without a difference none is claimed."""
        run = fake_run(n_test=200)
        features = np.tile(run.evidence.centroids.means[0], (200, 1)).astype(np.float32)
        labels = np.zeros(200, dtype=np.int64)
        same = replace(run, test=replace(run.test, features=features, labels=labels))
        assert "so no difference is shown" in str(describe_margin(with_run(study, same), "cnn"))

    def test_other_way_round(self, study):
        """Intervals apart, with misclassified images closer to their class, are not called overlapping."""
        run = fake_run(n_test=400, noise=3.0)
        wrong = run.test.wrong
        nearest = np.where(wrong, run.test.labels, (run.test.labels + 1) % 10)
        features = run.evidence.centroids.means[nearest].astype(np.float32)
        moved = replace(run, test=replace(run.test, features=features))
        text = str(describe_margin(with_run(study, moved), "cnn"))
        assert "do not overlap, but the share is higher for misclassified images" in text
        assert "shares overlap" not in text
