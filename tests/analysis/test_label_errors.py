"""Label quality on labels with injected errors."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from svhnlab.analysis.label_errors import review_labels


def sure_models(n=600, k=4, wrong=12, models=3, seed=0, classes=None):
    """Return probabilities of accurate models, and labels with some errors."""
    rng = np.random.default_rng(seed)
    classes = np.arange(k) if classes is None else np.asarray(classes)
    truth = rng.choice(classes, n)
    probabilities = []
    for _ in range(models):
        noise = rng.dirichlet(np.ones(k), n)
        probabilities.append(0.8 * np.eye(k)[truth] + 0.2 * noise)
    labels = truth.copy()
    planted = np.sort(rng.choice(n, wrong, replace=False))
    for row in planted:
        labels[row] = rng.choice(classes[classes != truth[row]])
    return labels, probabilities, planted, truth


class TestReviewLabels:
    def test_finds_planted_labels(self):
        """Models that are confident in another class reveal wrong labels and suggest the true class."""
        labels, probabilities, planted, truth = sure_models()
        found = review_labels(labels, probabilities, planted)
        assert set(found.suspected) <= set(planted)
        assert (found.injected, found.true_positives) == (12, len(found.suspected))
        assert found.precision == 1
        assert found.recall >= 0.75
        assert found.average_precision == pytest.approx(1)
        np.testing.assert_array_equal(found.suggested, truth)

    def test_worst_first(self):
        """Suspected labels are sorted by quality, which is between 0 and 1."""
        labels, probabilities, _, _ = sure_models(models=1)
        found = review_labels(labels, probabilities)
        assert (np.diff(found.quality[found.suspected]) >= 0).all()
        assert 0 <= found.quality.min() <= found.quality.max() <= 1
        assert found.quality.dtype == np.float32

    def test_average_precision(self):
        """The average precision is scikit-learn's: wrong labels ranked first and third give 5/6."""
        mean = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
        # Qualities 0.1, 0.2, 0.3, 0.6: the wrong labels are first and third.
        found = review_labels([0, 1, 0, 0], [mean], injected=[0, 2])
        assert found.average_precision == pytest.approx((1 + 2 / 3) / 2)

    def test_one_doubt_is_not_enough(self):
        """Images that only one model misclassifies have no suspected labels."""
        labels, probabilities, _, truth = sure_models(wrong=0)
        probabilities[0][:10] = 0.9 * np.eye(4)[(truth[:10] + 1) % 4] + 0.025
        assert set(range(10)) & set(review_labels(labels, probabilities[:1]).suspected)
        assert review_labels(labels, probabilities).suspected.shape == (0,)

    def test_first_of_the_ranking(self):
        """The suspected labels are those of the lowest quality."""
        labels, probabilities, _, _ = sure_models()
        found = review_labels(labels, probabilities)
        np.testing.assert_array_equal(found.suspected, np.argsort(found.quality)[: len(found.suspected)])

    def test_nothing_known(self):
        """If label errors are unknown, precision and recall are None."""
        labels, probabilities, _, _ = sure_models()
        found = review_labels(labels, probabilities)
        assert found.injected is found.true_positives is found.average_precision is None
        assert found.precision is found.recall is None

    def test_none_planted(self):
        """Without injected errors, average precision and recall are undefined."""
        labels, probabilities, _, _ = sure_models(wrong=0)
        found = review_labels(labels, probabilities, injected=[])
        assert (found.injected, found.true_positives) == (0, 0)
        assert np.isnan(found.average_precision)

    def test_absent_classes(self):
        """A class without test labels, at any position, is no error."""
        labels, probabilities, planted, _ = sure_models(k=5, classes=[1, 3])
        found = review_labels(labels, probabilities, planted)
        assert set(found.suspected) <= set(planted)
        assert found.recall >= 0.75

    @pytest.mark.parametrize("label", [0, 2])
    def test_single_class(self, label):
        """Labels of a single class are scored, but none is suspected."""
        probabilities = np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]])
        found = review_labels([label, label], [probabilities])
        np.testing.assert_allclose(found.quality, probabilities[:, label], rtol=1e-6)
        assert found.suspected.shape == (0,)

    def test_silent(self, capfd):
        """The review prints nothing and raises no warnings."""
        labels, probabilities, _, _ = sure_models(k=5, classes=[1, 3, 4])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            review_labels(labels, probabilities)
        captured = capfd.readouterr()
        assert captured.out == captured.err == ""
