"""Distances of errors to the centroids of the true and of the predicted class."""

from __future__ import annotations

import numpy as np

from svhnlab.report.core.text import percent
from svhnlab.report.features.centroid_distances import CentroidTable, describe_centroid
from svhnlab.report.features.centroids import summarise
from tests.fixtures.fake_runs import fake_run
from tests.fixtures.fakes import fake_study
from tests.report.helpers import with_centroids, with_run


class TestCentroidTable:
    def test_shares(self, study):
        """The table has a row for each run; the share is that of the sentence."""
        table = CentroidTable.from_study(study)
        cells = table.cells()
        assert cells["Run"].tolist()[0] == "Two-layer CNN"
        share = summarise(study.runs["cnn"]).nearer_to_predicted
        assert cells["Closer to predicted"].iloc[0].startswith(f"{percent(share)} (")
        assert f"{percent(share)}" in table.alt

    def test_rank(self):
        """The rank of the true class counts the centroids that are closer."""
        run = fake_run(n_test=30, n_classes=4)
        summary = summarise(run)
        order = np.argsort(summary.distances.to_all, axis=1)
        expected = [1 + list(nearest).index(label) for nearest, label in zip(order, run.test.labels, strict=True)]
        assert summary.rank_of_true.tolist() == expected
        cells = CentroidTable.from_study(with_run(fake_study(runs=(), n_test=30), run)).cells()
        assert cells["Median rank of true"].iloc[0] == f"{np.median(summary.rank_of_true[run.test.wrong]):g}"


class TestCentroidComment:
    def test_shares(self, study):
        """One run has its share with the interval, several have the range of their shares."""
        shares = [summarise(run).nearer_to_predicted for run in study.runs.values()]
        text = str(describe_centroid(study))
        assert f"Of the errors, {percent(min(shares))} to {percent(max(shares))} lie closer" in text
        assert "than to that of the true class." in text
        text = str(describe_centroid(study, "cnn"))
        assert f"{percent(shares[0])} (95% interval" in text
        assert "makes no error" in str(describe_centroid(fake_study(noise=0.0, n_test=30, runs=["cnn"])))

    def test_errors_without_centroid_are_counted(self, study):
        """Errors without distances, because their class has no centroid, are counted, not ignored."""
        run = fake_run(n_test=200)
        text = str(describe_centroid(with_run(study, with_centroids(run, [0, 1, 2])), "cnn"))
        assert "are omitted" in text
        text = str(describe_centroid(with_run(study, with_centroids(run, [])), "cnn"))
        assert f"The distances of the {run.test.wrong.sum()} errors of the two\\-layer CNN are undefined" in text
        assert "no error" not in text
        assert "one centroid is missing" in text
