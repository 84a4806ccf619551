"""Map, images and mean occlusion maps of the most confused classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report import ConfusedClasses
from svhnlab.report.comparison.accuracy import evaluate_run
from svhnlab.report.core.select import NotComputed
from svhnlab.report.errors.class_pairs import BETWEEN, PAIRS
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study


class TestConfusedClasses:
    def test_numbers(self, study: Study) -> None:
        """Counts are those of the confusion matrix, and the horizontal axis is the difference of two logits."""
        run = study.runs["cnn"]
        display, confusion = ConfusedClasses.from_study(study, "cnn"), evaluate_run(run).confusion
        assert len(display.pairs) == PAIRS == 3
        both = np.triu(confusion + confusion.T, 1)
        assert [pair.confusions for pair in display.pairs] == np.sort(both, axis=None)[::-1][:PAIRS].tolist()
        first = display.pairs[0]
        assert first.maps[0].images == confusion[first.first, first.second]
        difference = run.test.logits[:, first.second] - run.test.logits[:, first.first]
        assert set(first.points[:, 0]) <= set(difference.astype(float))
        members = np.isin(run.test.labels, (first.first, first.second))
        assert first.wrong.sum() == (run.test.wrong & members).sum()

    def test_mean_maps(self, study: Study) -> None:
        """A mean map is that of the stored maps of the images."""
        run = study.runs["cnn"]
        assert run.evidence is not None
        pair = ConfusedClasses.from_study(study, "cnn").pairs[0]
        rows = np.flatnonzero((run.test.labels == pair.first) & (run.test.predicted == pair.second))
        maps = run.evidence.attribution[np.isin(run.evidence.rows, rows)].astype(float)
        assert pair.maps[0].values == pytest.approx((maps.mean(axis=0) - 128) / 127)

    def test_images_between(self, study: Study) -> None:
        """The images run from one class to the other."""
        for pair in ConfusedClasses.from_study(study, "cnn").pairs:
            assert len(pair.between) <= BETWEEN
            assert (np.diff(pair.between_margins) >= 0).all()
            assert set(pair.between_labels) <= {pair.first, pair.second}

    def test_missing(self, study: Study) -> None:
        """Without errors a line says so; without occlusion maps nothing is shown."""
        assert ConfusedClasses.from_study(fake_study(n_test=40, noise=0.0), "cnn").alt == "No classes are confused."
        run = replace(study.runs["cnn"], evidence=None)
        with pytest.raises(NotComputed, match="occlusion"):
            ConfusedClasses.from_study(replace(study, runs={"cnn": run}), "cnn")
