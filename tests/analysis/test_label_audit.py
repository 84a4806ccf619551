"""The share of wrong labels and the accuracy against corrected labels, from verdicts on some images."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import hypergeom

from svhnlab.analysis import label_audit
from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.analysis.label_audit import SAMPLE, audit_labels, choose_images, estimate_count
from svhnlab.store.schema import UNCLEAR, Verdicts

DIGEST = "5f" * 32
IMAGES = 3_000
SUSPECTED = np.arange(0, IMAGES, 50)


class TestChooseImages:
    def test_all_suspected_and_a_sample(self) -> None:
        """The list has all suspected images once and a sample of the others, in an order that mixes them."""
        rows = choose_images(SUSPECTED, IMAGES, DIGEST)
        assert len(set(rows.tolist())) == len(rows) == len(SUSPECTED) + SAMPLE
        suspected = np.isin(rows, SUSPECTED)
        assert suspected.sum() == len(SUSPECTED)
        assert 15 <= suspected[: len(rows) // 2].sum() <= 45
        np.testing.assert_array_equal(rows, choose_images(SUSPECTED[::-1], IMAGES, DIGEST))
        assert not np.array_equal(rows, choose_images(SUSPECTED, IMAGES, "6f" * 32))

    def test_sample_outlives_other_suspicions(self) -> None:
        """With other suspected labels, only as many sampled images change as have become suspected."""
        others = SUSPECTED + 7
        old = np.setdiff1d(choose_images(SUSPECTED, IMAGES, DIGEST), SUSPECTED)
        new = np.setdiff1d(choose_images(others, IMAGES, DIGEST), others)
        assert len(np.setdiff1d(new, old)) <= 20

    def test_few_images(self) -> None:
        """If there are fewer other images than the sample, all of them are in the list."""
        assert sorted(choose_images(np.array([2]), 50, DIGEST).tolist()) == list(range(50))


class TestEstimateCount:
    @pytest.mark.parametrize(("hits", "sampled", "total"), [(0, 200, 2_000), (3, 40, 60), (40, 40, 60), (1, 1, 2)])
    def test_inverts_the_test(self, hits: int, sampled: int, total: int) -> None:
        """Each number in the interval is possible at 2.5% per tail, and its neighbours are not."""
        estimate = estimate_count(hits, sampled, total)
        possible = range(hits, total - sampled + hits + 1)

        def is_possible(number: int) -> bool:
            at_least = hypergeom.sf(hits - 1, total, number, sampled)
            at_most = hypergeom.cdf(hits, total, number, sampled)
            return bool(min(at_least, at_most) > 0.025)

        assert [number for number in possible if is_possible(number)] == list(
            range(int(estimate.low), int(estimate.high) + 1)
        )
        assert estimate.value == total * hits / sampled

    def test_known_and_unknown(self) -> None:
        """A number is exact if all images are sampled, also if there are none, and undefined if none is sampled."""
        assert estimate_count(7, 45, 45).limits == (7, 7)
        assert estimate_count(0, 0, 0).limits == (0, 0)
        assert np.isnan(estimate_count(0, 0, 3).value)


class TestAuditLabels:
    def test_counts(self) -> None:
        """Verdicts count in their group; unclear images keep their label; images outside the list are left out."""
        labels = np.arange(IMAGES) % 10
        listed = np.sort(choose_images(SUSPECTED, IMAGES, DIGEST))
        classes = labels[listed].copy()
        classes[np.flatnonzero(np.isin(listed, SUSPECTED))[:6]] = 9 - labels[SUSPECTED[:6]]
        others = np.flatnonzero(~np.isin(listed, SUSPECTED))
        classes[others[0]] = (classes[others[0]] + 1) % 10
        classes[others[1:4]] = UNCLEAR
        outside = np.setdiff1d(np.arange(IMAGES), listed)[:5]
        rows = np.concatenate([listed, outside])
        order = np.argsort(rows)
        verdicts = Verdicts(rows[order], np.concatenate([classes, (labels[outside] + 1) % 10])[order])
        audit = audit_labels(labels, SUSPECTED, verdicts, DIGEST)
        assert [audit.wrong(part) for part in audit.strata] == [6, 1]
        assert [len(part.rows) for part in audit.strata] == [len(SUSPECTED), SAMPLE]
        assert [part.images for part in audit.strata] == [len(SUSPECTED), IMAGES - len(SUSPECTED)]
        assert audit.unclear == 3
        limits = estimate_count(1, SAMPLE, IMAGES - len(SUSPECTED))
        assert audit.wrong_labels.value == pytest.approx((6 + limits.value) / IMAGES)
        assert audit.wrong_labels.low == pytest.approx((6 + limits.low) / IMAGES)
        assert audit.wrong_labels.high == pytest.approx((6 + limits.high) / IMAGES)

    def test_chosen_images_are_left_out(self) -> None:
        """Images that a person chose say nothing about the others, also if they happen to be on the list."""
        labels = np.arange(IMAGES) % 10
        listed = np.sort(choose_images(SUSPECTED, IMAGES, DIGEST))
        chosen = listed[~np.isin(listed, SUSPECTED)][:2]
        classes = np.where(np.isin(listed, chosen), (labels[listed] + 1) % 10, labels[listed])
        audit = audit_labels(labels, SUSPECTED, Verdicts(listed, classes, chosen), DIGEST)
        assert [audit.wrong(part) for part in audit.strata] == [0, 0]
        assert len(audit.others.rows) == SAMPLE - 2

    def test_everything_reviewed(self) -> None:
        """If all images are reviewed, the rate is exact, and the accuracy is that against the verdicts."""
        rng = np.random.default_rng(0)
        labels, truth, predicted = (rng.integers(0, 3, 150) for _ in range(3))
        photographs = np.arange(150) // 2
        verdicts = Verdicts(np.arange(150), truth)
        audit = audit_labels(labels, np.array([4, 9]), verdicts, DIGEST)
        assert audit.wrong_labels.limits == pytest.approx((audit.wrong_labels.value,) * 2)
        assert audit.wrong_labels.value == pytest.approx(np.mean(labels != truth))
        expected = share_by_photograph(predicted == truth, photographs)
        found = audit.accuracy(predicted, photographs)
        assert (found.value, *found.limits) == pytest.approx((expected.value, *expected.limits))

    def test_one_group_without_verdicts(self) -> None:
        """Without verdicts on one of the groups nothing is estimated."""
        labels = np.arange(IMAGES) % 10
        audit = audit_labels(labels, SUSPECTED, Verdicts(SUSPECTED, labels[SUSPECTED]), DIGEST)
        assert not audit.is_estimable
        assert np.isnan(audit.wrong_labels.value)
        assert np.isnan(audit.accuracy(labels, None).high)

    def test_no_suspected_label(self) -> None:
        """Without suspected labels the sample stands for all images."""
        labels = np.arange(IMAGES) % 10
        none = np.array([], dtype=np.int64)
        rows = np.sort(choose_images(none, IMAGES, DIGEST))
        audit = audit_labels(labels, none, Verdicts(rows, labels[rows]), DIGEST)
        assert audit.is_estimable
        assert audit.wrong_labels.value == 0
        assert 0.015 < audit.wrong_labels.high < 0.02


def draw_study(rng: np.random.Generator) -> tuple[NDArray[np.int64], ...]:
    """Draw labels, truth, predictions, photographs, and suspected rows of one test set.

    Of the labels, 3% are wrong, and most of these are among the 120 suspected ones. The errors of a model cluster by
    photograph, and it repeats one wrong label in four.
    """
    photographs = np.repeat(np.arange(IMAGES // 3), 3)
    truth = rng.integers(0, 10, IMAGES)
    wrong = rng.random(IMAGES) < 0.03
    labels = np.where(wrong, (truth + 1) % 10, truth)
    hard = rng.beta(0.5, 9.5, IMAGES // 3)[photographs]
    error = rng.random(IMAGES) < hard
    predicted = np.where(error, (truth + 2) % 10, np.where(wrong & (rng.random(IMAGES) < 0.25), labels, truth))
    suspected = np.argsort(rng.normal(size=IMAGES) + 3 * wrong)[-120:]
    return labels, truth, predicted, photographs, suspected


class TestCoverage:
    """The truth is known, so the intervals that contain it can be counted."""

    @pytest.fixture
    def fast(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Interval limits are computed once for each outcome."""
        monkeypatch.setattr(label_audit, "estimate_count", cache(estimate_count))

    @pytest.mark.parametrize("share", [1.0, 0.4], ids=["all reviewed", "stopped early"])
    def test_intervals(self, fast: None, share: float) -> None:
        """At least 95% of the intervals have the rate of the test set, and the accuracy on infinitely many images."""
        rng = np.random.default_rng(1)
        # Errors of the model on images with a correct label, and repeated wrong labels.
        accuracy = 0.95 * (1 - 0.03 * 0.25)
        inside, errors = np.zeros(2), np.zeros(2)
        repeats = 400
        for _ in range(repeats):
            labels, truth, predicted, photographs, suspected = draw_study(rng)
            digest = f"{rng.integers(1, 2**62):x}"
            listed = choose_images(suspected, IMAGES, digest)
            rows = np.sort(listed[: int(share * len(listed))])
            audit = audit_labels(labels, suspected, Verdicts(rows, truth[rows]), digest)
            for i, (estimate, target) in enumerate(
                [
                    (audit.wrong_labels, float(np.mean(labels != truth))),
                    (audit.accuracy(predicted, photographs), accuracy),
                ]
            ):
                inside[i] += estimate.low <= target <= estimate.high
                errors[i] += (estimate.value - target) / repeats
        assert (inside / repeats >= 0.94).all(), inside / repeats
        assert np.abs(errors).max() < 0.002, errors
