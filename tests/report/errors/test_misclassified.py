"""A selection of misclassified images of one model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report import MisclassifiedGallery
from svhnlab.report.core.select import NotComputed
from svhnlab.report.core.text import confidence, count
from svhnlab.report.core.truth import doubtful_labels
from svhnlab.report.errors.misclassified import first_errors
from tests.fixtures.fakes import fake_study
from tests.report.helpers import with_centroids, with_numbers, with_run, words


class TestMisclassifiedGallery:
    def test_words(self, study):
        """Below each image are label, predicted class and confidence, the most confident first."""
        test = study.runs["cnn"].test
        display = MisclassifiedGallery.from_study(study, "cnn", order="confidence", n_images=5)
        rows = display.numbers
        assert len(rows) == 5
        assert test.wrong[rows].all()
        assert (np.diff(test.confidence[rows]) <= 0).all()
        texts = words(display.plot())
        assert texts[0] == f"{test.labels[rows[0]]} → {test.predicted[rows[0]]}"
        assert texts[1] == confidence(test.confidence[rows[0]])
        sound = test.wrong & ~doubtful_labels(study)
        assert f"5 misclassified images of {count(int(sound.sum()))}" in display.alt

    def test_typical_errors_come_first(self, study):
        """By default the loss of the first errors is close to the median, and doubtful labels are left out."""
        display = MisclassifiedGallery.from_study(study, "cnn", n_images=1000)
        doubtful = doubtful_labels(study)
        assert set(display.numbers) == set(np.flatnonzero(study.runs["cnn"].test.wrong & ~doubtful))
        assert (np.diff(np.abs(display.values - np.median(display.values))) >= 0).all()
        assert not any(display.notes)

    def test_wrong_label_is_marked(self, study):
        """Below an image whose label is known to be wrong is what it shows; suspected labels are marked, too."""
        run = study.runs["cnn"]
        wrong, suspected = study.data.injected[0], study.statistics.labels.suspected[0]
        logits = run.test.logits.copy()
        for row in (wrong, suspected):
            logits[row] = 9 * np.eye(10)[(run.test.labels[row] + 1) % 10]
        changed = with_run(study, replace(run, test=replace(run.test, logits=logits)))
        selected = np.isin(np.arange(200), [wrong, suspected])
        display = first_errors(changed, changed.runs["cnn"], selected, order="loss", n_images=5)
        notes = dict(zip(display.numbers.tolist(), display.notes, strict=True))
        assert notes == {wrong: f"shows {study.data.true_labels[wrong]}", suspected: "suspected"}
        assert set(notes.values()) < set(words(display.plot()))
        assert f", label: {display.notes[0]})" in display.alt

    def test_orders(self, study):
        """Loss decreases from image to image, margin and label quality increase; each value is below its image."""
        test = study.runs["cnn"].test
        loss = MisclassifiedGallery.from_study(study, "cnn", order="loss")
        of_true = test.probabilities[loss.numbers, loss.labels]
        np.testing.assert_allclose(loss.frame()["value"], -np.log(of_true))
        assert (np.diff(loss.values) <= 0).all()
        assert words(loss.plot())[1] == f"loss {loss.values[0]:.1f}"
        margin = MisclassifiedGallery.from_study(study, "cnn", order="margin").values
        assert margin[0] < 0
        assert (np.diff(margin) >= 0).all()
        label = MisclassifiedGallery.from_study(study, "cnn", order="label")
        assert (np.diff(label.values) >= 0).all()
        assert label.values[0] == study.statistics.labels.quality[test.wrong].min()
        assert label.candidates == test.wrong.sum()
        assert "label quality, the lowest first" in label.alt

    def test_undefined_comes_last(self, study):
        """An image without a margin comes after those that have one."""
        run = study.runs["cnn"]
        values = MisclassifiedGallery.from_study(
            with_run(study, with_centroids(run, list(range(1, 10)))), "cnn", order="margin", n_images=1000
        ).values
        undefined = np.isnan(values)
        assert 0 < undefined.sum() < len(values)
        assert undefined[-undefined.sum() :].all()

    def test_pixels(self, study):
        """The images are those of the numbers."""
        display = MisclassifiedGallery.from_study(study, "cnn")
        canvas = np.asarray(display.plot().images[0].get_array())
        image = study.data.test_images[display.numbers[1]]
        np.testing.assert_array_equal(canvas[1:33, 35:67, :3], np.moveaxis(image, 0, -1))

    def test_numbers_are_positions_in_the_file(self, study):
        """An image's number is its position in its file, also where the test split is a part of a file."""
        rows = MisclassifiedGallery.from_study(study, "cnn").numbers
        display = MisclassifiedGallery.from_study(with_numbers(study), "cnn")
        assert display.frame()["image"].tolist() == (rows * 7 + 3).tolist()
        assert f"the first is image {rows[0] * 7 + 3}, " in display.alt

    def test_selected(self, study):
        """Of images that are selected only the errors are shown."""
        run = study.runs["cnn"]
        selected = np.arange(len(run.test.labels)) < 100
        display = first_errors(study, run, selected, order="loss", n_images=1000)
        assert sorted(display.numbers) == np.flatnonzero(run.test.wrong[:100]).tolist()
        assert display.candidates == len(display.numbers)

    def test_refused(self, study):
        """An unknown order or configuration, and an order without computed values, are rejected by name."""
        with pytest.raises(ValueError, match="not by 'size'"):
            MisclassifiedGallery.from_study(study, "cnn", order="size")
        with pytest.raises(NotComputed, match="lenet"):
            MisclassifiedGallery.from_study(study, "lenet")
        bare = fake_study(n_test=50, with_embedding=False)
        for order in ("margin", "label"):
            with pytest.raises(NotComputed, match="not computed yet"):
                MisclassifiedGallery.from_study(bare, "cnn", order=order)
