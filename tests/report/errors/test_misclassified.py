"""What the figures show: their artists hold the numbers they were made from."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.report import (
    MisclassifiedGallery,
)
from svhnlab.report.core.text import confidence, count
from tests.fixtures.fakes import fake_study
from tests.report.helpers import NAMES, words


class TestMisclassifiedGallery:
    def test_words(self, study):
        """Below each image stand true class, predicted class and confidence, the most confident first."""
        test = study.runs["cnn"].test
        display = MisclassifiedGallery.from_results(study, "cnn", n_images=5)
        assert len(display.rows) == 5
        assert test.wrong[display.rows].all()
        assert (np.diff(test.confidence[display.rows]) <= 0).all()
        texts = words(display.plot())
        row = display.rows[0]
        assert texts[0] == f"{test.labels[row]} → {test.predicted[row]}"
        assert texts[1] == confidence(test.confidence[row])
        assert f"5 misclassified images of {count(int(test.wrong.sum()))}" in display.alt

    def test_orders(self, study):
        """Loss and margin fall from image to image, the quality of the label rises, and each stands below its image."""
        test = study.runs["cnn"].test
        loss = MisclassifiedGallery.from_results(study, "cnn", order="loss")
        right = test.probabilities[loss.rows, test.labels[loss.rows]]
        np.testing.assert_allclose(loss.frame()["value"], -np.log(right))
        assert (np.diff(loss.frame()["value"]) <= 0).all()
        assert words(loss.plot())[1] == f"loss {loss.frame()['value'][0]:.1f}"
        margin = MisclassifiedGallery.from_results(study, "cnn", order="margin").frame()["value"]
        assert margin.iloc[0] > 0
        assert (np.diff(margin) <= 0).all()
        label = MisclassifiedGallery.from_results(study, "cnn", order="label")
        assert (np.diff(label.frame()["value"]) >= 0).all()
        assert label.values[label.rows[0]] == study.statistics.labels.quality[test.wrong].min()
        assert "most suspect label first" in label.alt

    def test_undefined_comes_last(self):
        """An image without a margin is shown after those that have one."""
        images = np.zeros((3, 3, 8, 8), dtype=np.uint8)
        display = MisclassifiedGallery(images, [0, 0, 0], [1, 1, 1], [np.nan, 0.1, 0.2], NAMES, order="margin")
        assert display.rows.tolist() == [2, 1, 0]

    def test_wrong_in_all(self):
        """Only images that every run gets wrong are shown, and the words say so."""
        study = fake_study(n_test=200, noise=3.0)
        wrong = np.all([run.test.wrong for run in study.runs.values()], axis=0)
        display = MisclassifiedGallery.from_results(study, "cnn", wrong_in_all=True, n_images=200)
        assert sorted(display.rows) == np.flatnonzero(wrong).tolist()
        assert "every run gets wrong" in display.alt

    def test_pixels(self, study):
        """The images are those of the rows."""
        display = MisclassifiedGallery.from_results(study, "cnn")
        canvas = np.asarray(display.plot().images[0].get_array())
        image = study.data.test_images[display.rows[1]]
        np.testing.assert_array_equal(canvas[1:33, 35:67, :3], np.moveaxis(image, 0, -1))

    def test_given_rows(self):
        """Of rows that are given only the errors are shown."""
        images = np.zeros((4, 3, 8, 8), dtype=np.uint8)
        display = MisclassifiedGallery(images, [0] * 4, [1, 0, 1, 1], [0.5, 0.9, 0.7, 0.6], NAMES, rows=[1, 2, 3])
        assert display.frame()["row"].tolist() == [2, 3]

    def test_refused(self, study):
        """An unknown order or run, and an order whose numbers are not made yet, are refused by name."""
        with pytest.raises(ValueError, match="not by 'size'"):
            MisclassifiedGallery.from_results(study, "cnn", order="size")
        with pytest.raises(ValueError, match="lenet"):
            MisclassifiedGallery.from_results(study, "lenet")
        bare = fake_study(n_test=50, with_embedding=False)
        for order in ("margin", "label"):
            with pytest.raises(ValueError, match="no"):
                MisclassifiedGallery.from_results(bare, "cnn", order=order)
