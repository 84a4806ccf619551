"""Paired comparisons against worked examples from the literature."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svhnlab.analysis.bootstrap import ClassCounts, one_hot, resampled_sums
from svhnlab.analysis.paired import (
    RunCounts,
    compare_pairs,
    holm,
    interaction,
    mcnemar_by_photograph,
    mcnemar_power,
    minimum_detectable_difference,
)


def counts_of_runs(labels, predictions, k, resamples=400):
    """RunCounts of several runs on the same images, with the same resamples."""
    labels = np.asarray(labels)
    runs = {}
    for name, predicted in predictions.items():
        right = labels == np.asarray(predicted)
        columns = {
            "hits": one_hot(labels, k) * right[:, None],
            "predicted": one_hot(predicted, k),
            "support": one_hot(labels, k),
        }
        runs[name] = RunCounts(
            correct=right,
            counts=ClassCounts(**{part: array.sum(axis=0) for part, array in columns.items()}),
            draws=ClassCounts(**resampled_sums(columns, resamples, 0)),
        )
    return runs


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the p-value where each photograph has one image."""
    return mcnemar_by_photograph([-1] * only_first + [1] * only_second)


class TestMcnemar:
    def test_fay(self):
        """M. P. Fay (2010), R Journal 2(1): 2 and 9 discordant pairs have the exact p-value 0.06543."""
        assert mcnemar(2, 9) == pytest.approx(0.06543, abs=1e-5)

    def test_agresti(self):
        """A. Agresti, Categorical Data Analysis: approval by 1,600 voters, 150 and 86 discordant, z = -4.17."""
        assert 1e-5 < mcnemar(150, 86) < 1e-4

    def test_nothing_discordant(self):
        """Two runs that are correct on the same images do not differ."""
        assert mcnemar(0, 0) == 1

    @given(st.integers(0, 200), st.integers(0, 200))
    def test_symmetry(self, b, c):
        """The test is symmetric, and the p-value is a probability."""
        assert mcnemar(b, c) == pytest.approx(mcnemar(c, b))
        assert 0 <= mcnemar(b, c) <= 1


class TestHolm:
    def test_worked_example(self):
        """Sorted p times the number of remaining tests, non-decreasing: 4 · 0.005, 3 · 0.01, 2 · 0.03, 1 · 0.04."""
        np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])

    def test_no_tests(self):
        """A family without tests is empty."""
        assert holm([]).shape == (0,)

    @pytest.mark.parametrize("n", [1, 2, 15])
    def test_laws(self, n):
        """Adjustment keeps the order, never decreases a p-value, and is at most 1."""
        p_values = np.random.default_rng(n).random(n) ** 3
        adjusted = holm(p_values)
        assert (adjusted >= np.array(p_values) - 1e-12).all()
        assert (adjusted <= 1).all()
        assert (np.diff(adjusted[np.argsort(p_values, kind="stable")]) >= -1e-12).all()


class TestMcnemarPower:
    def test_no_difference(self):
        """Without a true difference, the exact test rejects in at most 5% of the samples."""
        assert 0.02 < mcnemar_power(500, 0.0, 0.2) <= 0.05

    @given(st.integers(50, 3000), st.floats(0.02, 0.5))
    @settings(max_examples=30)
    def test_grows_with_the_difference(self, n, disagreement):
        """The power increases with the difference."""
        power = [mcnemar_power(n, part * disagreement, disagreement) for part in (0, 0.25, 0.5, 0.75, 1)]
        assert (np.diff(power) >= -1e-9).all()

    def test_simulation(self):
        """The power equals the rejection rate in a simulation."""
        rng = np.random.default_rng(0)
        draws = rng.multinomial(200, [0.2, 0.1, 0.7], 2000)
        found = np.mean([mcnemar(b, c) <= 0.05 for b, c, _ in draws])
        assert mcnemar_power(200, 0.1, 0.3) == pytest.approx(found, abs=0.03)


class TestDetectableDifference:
    @pytest.mark.parametrize(("n", "disagreement"), [(4000, 0.1), (26032, 0.05), (1000, 0.3)])
    def test_agrees_with_the_approximation(self, n, disagreement):
        """Connett, Smith and McHugh (1987): n = (1.96 sqrt(d) + 0.8416 sqrt(d - D²))² / D² pairs find D."""
        found = minimum_detectable_difference(n, disagreement)
        pairs = (1.95996 * np.sqrt(disagreement) + 0.84162 * np.sqrt(disagreement - found**2)) ** 2 / found**2
        assert pairs == pytest.approx(n, rel=0.08)

    def test_power(self):
        """The minimum detectable difference has a power of 80%."""
        found = minimum_detectable_difference(800, 0.2)
        assert mcnemar_power(800, found, 0.2) == pytest.approx(0.8, abs=0.01)

    def test_no_disagreement(self):
        """Without observed disagreement, the disagreement is assumed to equal the difference."""
        found = minimum_detectable_difference(1000, 0.0)
        assert 0.005 < found < 0.012
        assert mcnemar_power(1000, found, found) == pytest.approx(0.8, abs=0.01)

    def test_too_few_images(self):
        """Five images cannot show any difference: even 5 to 0 has a p-value of 0.0625."""
        assert np.isnan(minimum_detectable_difference(5, 0.2))
        assert minimum_detectable_difference(6, 0.2) < 1

    def test_more_images_show_more(self):
        """The minimum detectable difference decreases with the number of images."""
        found = [minimum_detectable_difference(n, 0.1) for n in (200, 1000, 5000)]
        assert found[0] > found[1] > found[2]


class TestComparePairs:
    labels = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    first = np.array([0, 0, 1, 1, 1, 0, 2, 0])
    second = np.array([0, 0, 0, 1, 1, 1, 0, 2])

    def test_worked_example(self):
        """Correct on 5 and 7 of 8; one image only by the first, three only by the second."""
        (pair,) = compare_pairs(self.labels, counts_of_runs(self.labels, {"a": self.first, "b": self.second}, 3))
        assert (pair.first, pair.second) == ("a", "b")
        assert pair.accuracy.value == pytest.approx(2 / 8)
        assert (pair.only_first, pair.only_second) == (1, 3)
        assert pair.p_value == pair.p_adjusted == pytest.approx(2 * (1 + 4) / 16)
        assert [own.recall.value for own in pair.classes] == pytest.approx([1 / 3, 1 / 3, 0])
        assert not pair.significant

    def test_paired_interval(self):
        """Agresti's 1,600 voters: approval fell by 4 points, 95% interval 2.1 to 5.9."""
        labels = np.zeros(1600, dtype=np.int64)
        first = np.repeat([0, 0, 1, 1], [794, 150, 86, 570])
        second = np.repeat([0, 1, 0, 1], [794, 150, 86, 570])
        (pair,) = compare_pairs(labels, counts_of_runs(labels, {"a": first, "b": second}, 2, 5000))
        assert pair.accuracy.value == pytest.approx(-0.04)
        assert pair.accuracy.limits == pytest.approx((-0.059, -0.021), abs=0.0015)
        assert pair.significant

    def test_absent_class(self):
        """A class without images has a difference of NaN and a p-value of 1."""
        (pair,) = compare_pairs(self.labels, counts_of_runs(self.labels, {"a": self.first, "b": self.second}, 4))
        assert np.isnan([pair.classes[3].recall.value, *pair.classes[3].recall.limits]).all()
        assert pair.classes[3].p_adjusted == 1

    def test_families(self):
        """All pairs are one family, and all classes of all pairs another."""
        labels = np.repeat([0, 1], 40)
        better = np.where(np.arange(80) < 12, 1 - labels, labels)
        predictions = {"a": better, "b": labels, "c": labels}
        pairs = compare_pairs(labels, counts_of_runs(labels, predictions, 2))
        assert [(p.first, p.second) for p in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
        p = mcnemar(0, 12)
        assert [pair.p_adjusted for pair in pairs] == pytest.approx([3 * p, 3 * p, 1])
        assert [own.p_adjusted for own in pairs[0].classes] == pytest.approx([6 * p, 1])

    def test_single_run(self):
        """A single run has no pairs."""
        assert compare_pairs(self.labels, counts_of_runs(self.labels, {"a": self.first}, 3)) == ()

    def test_swapping_flips_the_sign(self):
        """Swapping the runs changes only the signs."""
        rng = np.random.default_rng(0)
        labels = rng.integers(0, 3, 60)
        a, b = rng.integers(0, 3, 60), np.where(rng.random(60) < 0.7, labels, 0)
        (there,) = compare_pairs(labels, counts_of_runs(labels, {"a": a, "b": b}, 3))
        (back,) = compare_pairs(labels, counts_of_runs(labels, {"b": b, "a": a}, 3))
        assert there.p_value == pytest.approx(back.p_value)
        assert there.minimum_detectable_difference == pytest.approx(back.minimum_detectable_difference, nan_ok=True)
        for mine, other in zip(
            [there.accuracy, there.macro_f1, *(c.recall for c in there.classes)],
            [back.accuracy, back.macro_f1, *(c.recall for c in back.classes)],
            strict=True,
        ):
            assert (mine.value, mine.low, mine.high) == pytest.approx(
                (-other.value, -other.high, -other.low), nan_ok=True
            )


class TestInteraction:
    def test_worked_example(self):
        """Augmentation adds 10 points to one model and 30 to the other: 20 more."""
        labels = np.zeros(100, dtype=np.int64)
        runs = counts_of_runs(
            labels, {share: (np.arange(100) >= share).astype(np.int64) for share in (50, 60, 40, 70)}, 2
        )
        found = interaction(runs[50], runs[60], runs[40], runs[70])
        assert found.small.value == pytest.approx(0.1)
        assert found.deep.value == pytest.approx(0.3)
        assert found.difference.value == pytest.approx(0.2)
        assert found.difference.low < 0.2 < found.difference.high
