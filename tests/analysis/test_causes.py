"""Tests of the causes of errors: their rules, order and shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svhnlab.analysis.cause_shares import assign, cause_shares, score_causes
from svhnlab.analysis.causes import ALL, CAUSES, CORRECT, NAMES, TITLES, UNEXPLAINED, find_causes
from svhnlab.data.synthetic import GeneratedSplit, generate
from svhnlab.store.schema import Causes, ClassScores


def scores(labels: np.ndarray, predicted: np.ndarray, runner_up: np.ndarray | None = None) -> ClassScores:
    """Predictions of a class, and of the label or another class as the second most probable."""
    logits = 2 * np.eye(10, dtype=np.float32)[predicted]
    second = labels if runner_up is None else runner_up
    logits += np.eye(10, dtype=np.float32)[second]
    return ClassScores(labels, logits)


@pytest.fixture(scope="module")
def digits() -> GeneratedSplit:
    return generate(1500, seed=31, split="test")


@pytest.fixture(scope="module")
def tests(digits: GeneratedSplit) -> dict[str, ClassScores]:
    """Two models that misread blurred digits and those with neighbours, and confuse 1 and 7."""
    rng = np.random.default_rng(0)
    known, truth = digits.parameters, digits.true_labels
    chance = 0.05 + 0.4 * (known.blur > 1.9) + 0.4 * (known.neighbours > 0.47) + 0.3 * (truth == 7)
    common = rng.random(1500) < 0.8 * chance
    found = {}
    for name in ("cnn", "resnet18"):
        wrong = common | (rng.random(1500) < 0.2 * chance)
        guess = np.where(truth == 7, 1, (truth + rng.integers(1, 10, 1500)) % 10)
        found[name] = scores(digits.labels, np.where(wrong, guess, truth))
    return found


@pytest.fixture(scope="module")
def causes(digits: GeneratedSplit, tests: dict[str, ClassScores]) -> Causes:
    return find_causes(
        tests,
        digits.images,
        digits.injected,
        photographs=digits.photographs,
        true_labels=digits.true_labels,
        parameters=digits.parameters.arrays(),
    )


class TestFindCauses:
    def test_evidence_on_generated_digits(self, causes: Causes) -> None:
        """Blur and neighbours are found by measures of the image and by the parameters, and the confused pair."""
        assert {threshold.measure for threshold in causes.thresholds} >= {"sharpness", "sides"}
        assert {threshold.measure for threshold in causes.parameter_thresholds} == {"blur", "neighbours"}
        assert causes.look_alikes == ((1, 7),)
        assert causes.trainings == (1, 1)
        assert {name: rule.shape for name, rule in causes.applies.items()} == {
            cause.name: (2, 1500) for cause in CAUSES
        }

    def test_agreement_with_the_parameters(
        self, causes: Causes, tests: dict[str, ClassScores], digits: GeneratedSplit
    ) -> None:
        """The rules agree with the generator far more often than chance, and count each error once."""
        wrong = np.stack([test.wrong for test in tests.values()])
        found = score_causes(causes, wrong, digits.photographs)
        assert found is not None
        assert found.confusion.sum() == wrong.sum()
        assert found.agreement.value == pytest.approx(np.trace(found.confusion) / wrong.sum())
        assert found.kappa > 0.4

    def test_regressions(self, causes: Causes) -> None:
        """Blur and neighbours have significant odds ratios above 1 over all configurations."""
        found = {one.parameter: one for one in causes.regressions[ALL]}
        for name in ("blur", "neighbours"):
            assert found[name].p_adjusted < 0.05
            assert found[name].ratio.low > 1

    def test_photographs_without_parameters(self, digits: GeneratedSplit, tests: dict[str, ClassScores]) -> None:
        """Without parameters, and without known photographs, the rules are the same and nothing is scored."""
        found = find_causes(tests, digits.images, digits.injected)
        assert found.truth is None
        assert found.regressions == {}
        assert score_causes(found, np.ones((2, 1500), dtype=bool), None) is None

    def test_only_this_model(self) -> None:
        """More than half of the other configurations and seeds have to be correct."""
        labels = np.zeros(120, dtype=np.int64)
        right, wrong = np.zeros(120, dtype=np.int64), np.ones(120, dtype=np.int64)
        pictures = np.random.default_rng(0).integers(0, 256, (120, 3, 32, 32), dtype=np.uint8)

        def rule(others: dict[str, np.ndarray], repeats: list[np.ndarray]) -> bool:
            runs = {"cnn": scores(labels, wrong)} | {name: scores(labels, test) for name, test in others.items()}
            found = find_causes(runs, pictures, np.empty(0, dtype=np.int64), repeats={"cnn": repeats})
            return bool(found.applies["this-model"][0].all())

        assert rule({"cnn-aug": right}, [])
        assert not rule({"cnn-aug": wrong}, [])
        assert not rule({"cnn-aug": wrong}, [right])  # one of two
        assert rule({"cnn-aug": wrong}, [right, right])
        assert not rule({}, [])

    def test_look_alike_needs_the_label_as_runner_up(self) -> None:
        """A confused pair is not the cause where the label is not the second most probable class."""
        rng = np.random.default_rng(5)
        labels = np.repeat(np.arange(10), 40)
        predicted = np.where(rng.random(400) < 0.1, (labels + rng.integers(1, 10, 400)) % 10, labels)
        predicted[(labels == 7) & (np.arange(400) % 2 == 0)] = 1
        second = np.where(np.arange(400) % 4 == 0, labels, 3)
        pictures = rng.integers(0, 256, (400, 3, 32, 32), dtype=np.uint8)
        found = find_causes({"cnn": scores(labels, predicted, second)}, pictures, np.empty(0, dtype=np.int64))
        applies = found.applies["look-alike"][0]
        assert found.look_alikes == ((1, 7),)
        np.testing.assert_array_equal(np.flatnonzero(applies & (predicted == 1)), np.arange(280, 320, 4))


def evidence(applies: np.ndarray) -> Causes:
    """Causes of shape (rules, M, N)."""
    found = {cause.name: rule for cause, rule in zip(CAUSES, applies, strict=True)}
    _, models, images = applies.shape
    names = tuple(f"run{i}" for i in range(models))
    return Causes(names, found, {}, (), (), np.zeros((models, images), dtype=np.int64), (0,) * models)


class TestAssign:
    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 2**32 - 1))
    def test_first_rule_that_applies(self, seed: int) -> None:
        """Every error has one cause, the first of the rules that apply to it, and nothing else has one."""
        rng = np.random.default_rng(seed)
        applies, wrong = rng.random((len(CAUSES), 2, 30)) < 0.3, rng.random((2, 30)) < 0.5
        codes = assign(evidence(applies), wrong)
        np.testing.assert_array_equal(codes == CORRECT, ~wrong)
        for i, j in np.argwhere(wrong):
            rules = np.flatnonzero(applies[:, i, j])
            assert codes[i, j] == (rules[0] if len(rules) else UNEXPLAINED)

    def test_what_is_known_of_labels(self) -> None:
        """Known labels replace the suspicion, and images that a person finds unclear are ambiguous."""
        applies = np.zeros((len(CAUSES), 1, 4), dtype=bool)
        applies[0, 0, :2] = True
        known = np.array([True, False, True, False])
        codes = assign(evidence(applies), np.ones((1, 4), dtype=bool), wrong_labels=known, unclear=np.arange(4) == 3)
        assert codes[0].tolist() == [0, UNEXPLAINED, 0, NAMES.index("ambiguous")]
        assert applies[0, 0].tolist() == [True, True, False, False]


class TestCauseShares:
    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 2**32 - 1), st.integers(1, 4))
    def test_add_up(self, seed: int, models: int) -> None:
        """The shares add up to 1 and lie in their intervals."""
        rng = np.random.default_rng(seed)
        codes = rng.integers(CORRECT, UNEXPLAINED + 1, (models, 60))
        codes[:, 0] = 0
        shares = cause_shares(codes, np.arange(60) // 2)
        assert len(shares) == len(TITLES)
        assert sum(share.value for share in shares) == pytest.approx(1)
        assert all(share.low <= share.value <= share.high for share in shares)

    def test_errors_of_several_models_are_dependent(self) -> None:
        """The same errors of four models give no narrower interval than those of one."""
        codes = np.random.default_rng(0).integers(0, 2, (1, 200))
        one, four = cause_shares(codes, None)[0], cause_shares(np.tile(codes, (4, 1)), None)[0]
        assert four.value == one.value
        assert four.high - four.low == pytest.approx(one.high - one.low, rel=0.02)

    def test_without_errors(self) -> None:
        """Shares of no errors are undefined."""
        assert all(np.isnan(share.value) for share in cause_shares(np.full((2, 5), CORRECT), None))
