"""Sentences say what the numbers say, and claim no more."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.analysis.metrics import evaluate
from svhnlab.report import (
    describe_agreement,
    describe_augmentation,
    describe_class_difference,
    describe_comparison,
    describe_confusion,
    describe_cost,
    describe_interaction,
    describe_overfitting,
    describe_result,
    describe_seeds,
    notice,
)
from svhnlab.report.core.text import signed_points
from svhnlab.store.schema import ClassDifference, Estimate, PairedComparison, Predictions
from tests.fixtures.fakes import TITLES, estimate, fake_history, fake_repeat, fake_run, fake_study


def run_with(name: str, right: int, n: int = 1000):
    """A run of which exactly `right` of `n` test images are right."""
    labels = np.arange(n) % 2
    predicted = np.where(np.arange(n) < right, labels, 1 - labels)
    logits = np.eye(2, dtype=np.float32)[predicted]
    test = Predictions(labels=labels, logits=logits, features=logits, indices=np.arange(n))
    return replace(fake_run(name, n_test=10, n_classes=2), test=test)


def pair_of(first: str, second: str, gap: float, p: float, detectable: float = 0.012) -> PairedComparison:
    """A comparison with a difference of accuracy, and a p value after correction."""
    return PairedComparison(
        first,
        second,
        estimate(gap, 0.005),
        estimate(gap),
        10,
        20,
        p,
        p,
        detectable,
        (ClassDifference(estimate(0), 1),) * 2,
    )


@cache
def base_study(runs: tuple[str, ...]):
    """A made-up study of 1,000 test images."""
    return fake_study(n_test=1000, runs=runs)


def study_with(right: dict[str, int], p: dict[tuple[str, str], float] | None = None, **options):
    """A study whose runs get so many of 1,000 images right, and whose pairs have these p values (1 if not given)."""
    study = base_study(tuple(right))
    shares = {name: number / 1000 for name, number in right.items()}
    pairs = tuple(
        pair_of(first, second, shares[second] - shares[first], (p or {}).get((first, second), 1.0), **options)
        for first, second in combinations(right, 2)
    )
    own = study.statistics
    runs = {name: replace(own.runs[name], accuracy=estimate(shares[name])) for name in right}
    return replace(study, statistics=replace(own, runs=runs, pairs=pairs))


class TestResultComment:
    def test_intervals(self):
        """Every figure stands with its stored interval, and the sentence says what the intervals cover."""
        text = str(describe_result(study_with({"cnn": 800}), "cnn"))
        assert "On the 1,000 test images it reaches an accuracy of 80.0% (95% interval 78.0% to 82.0%)" in text
        assert "expected calibration error of 5.0% (4.0% to 6.0%)" in text
        assert "not the chance in training" in text


class TestComparisonComment:
    def test_supported(self):
        """A difference that the test supports is one of these trained models alone, with level and p value."""
        text = str(describe_comparison(study_with({"cnn": 800, "resnet18": 900}, {("cnn", "resnet18"): 0.0001})))
        assert "has the highest accuracy, 90.0% of 1,000 test images (95% interval 88.0% to 92.0%)" in text
        assert "10.0 percentage points lower" in text
        assert "These two trained models differ by more than the drawing of the test images explains" in text
        assert "at the 5% level (exact McNemar test, p\xa0<\xa00.001 after Holm’s correction)" in text
        assert text.count("the chance in training") == 1
        assert text.index("ResNet") < text.index("CNN")

    def test_not_supported(self):
        """A difference that the test does not support is not claimed, however far the intervals lie apart."""
        text = str(describe_comparison(study_with({"cnn": 800, "resnet18": 900}, {("cnn", "resnet18"): 0.0501})))
        assert (
            "does not support a difference between these two trained models (exact McNemar test, p\xa0=\xa00.050"
            in text
        )
        assert "none is claimed" in text
        assert "it would find one of 1.2 percentage points four times in five" in text
        assert "differ by more" not in text

    def test_too_few_images(self):
        """Where no difference could be found, the sentence says that the images are too few."""
        text = str(describe_comparison(study_with({"cnn": 800, "resnet18": 900}, detectable=float("nan"))))
        assert "too few to find any difference" in text
        assert "–" not in text

    def test_the_others(self):
        """Every other run is told apart from the best one, or not, by its own test."""
        right = {"cnn": 700, "cnn-aug": 895, "resnet18": 900, "resnet18-aug": 880}
        text = str(describe_comparison(study_with(right, {("cnn", "resnet18"): 0.01})))
        assert "next comes Two\\-layer CNN with augmentation" in text
        assert "apart from Two\\-layer CNN, at the 5% level." in text
        assert "do not tell ResNet\\-18 (random start) apart from ResNet\\-18 with augmentation (random start)." in text

    def test_tie_and_single(self):
        """Equal runs share the first place; a single run is compared with nothing."""
        assert "share the highest accuracy" in str(describe_comparison(study_with({"cnn": 900, "resnet18": 900})))
        assert "only stored run" in str(describe_comparison(study_with({"cnn": 900})))

    @given(st.floats(0, 1), st.integers(800, 900))
    def test_law(self, p, right):
        """No difference is claimed unless the corrected test is below its level, and none of a method of training."""
        study = study_with({"cnn": 850, "cnn-aug": right}, {("cnn", "cnn-aug"): p})
        for comment in (describe_comparison, describe_augmentation, describe_cost):
            text = str(comment(study))
            if p >= 0.05:
                assert "differ by more" not in text
                assert "less accurate" not in text
            assert "real" not in text
            assert "better" not in text
            assert text.count("the chance in training") == 1

    def test_no_statistics(self):
        """Without statistics no sentence is made."""
        with pytest.raises(ValueError, match="no statistics"):
            describe_comparison(fake_study(n_test=20, with_embedding=False))


class TestAugmentationComment:
    @pytest.mark.parametrize(
        ("before", "after", "p", "words"),
        [
            (
                800,
                900,
                0.001,
                ("90.0% with augmentation against 80.0% without (+10.0 points", "at the 5% level"),
            ),
            (
                900,
                800,
                0.001,
                (
                    "80.0% with augmentation against 90.0% without (−10.0 points",
                    "These two trained models differ by more",
                ),
            ),
            (895, 900, 0.3, ("(+0.5 points", "supports no difference", "p\xa0=\xa00.300")),
            (900, 900, 1.0, ("(0.0 points", "1.2 percentage points four times in five")),
        ],
    )
    def test_direction(self, before, after, p, words):
        """Direction and verdict follow the numbers and the test."""
        text = str(describe_augmentation(study_with({"cnn": before, "cnn-aug": after}, {("cnn", "cnn-aug"): p})))
        for word in words:
            assert word in text

    def test_within_each_model(self):
        """Each model is compared with itself alone."""
        text = str(describe_augmentation(study_with(dict.fromkeys(TITLES, 900))))
        assert text.count("with augmentation against") == 2
        assert text.count("the chance in training") == 1

    def test_seeds(self):
        """Only where both versions were trained several times do the accuracies over the seeds stand there."""
        study = study_with({"cnn": 800, "cnn-aug": 900})
        once = str(describe_augmentation(study))
        assert "trainings," not in once
        assert "a study trained with several seeds says more about that, in the section on seeds" in once
        plain, augmented = (
            tuple(fake_repeat(i, value) for i, value in enumerate(values))
            for values in ((0.80, 0.82), (0.90, 0.88, 0.92))
        )
        uneven = replace(study, repeats={"cnn": plain, "cnn-aug": augmented[:1]})
        assert str(describe_augmentation(uneven)) == once
        text = str(describe_augmentation(replace(study, repeats={"cnn": plain, "cnn-aug": augmented})))
        assert (
            "90.0% with augmentation (3 trainings, from 88.0% to 92.0%) and 81.0% without it (2 trainings, from 80.0%"
            in text
        )
        assert text.endswith("the section on seeds says more about that.")

    def test_no_pair(self):
        """Without a pair nothing is claimed."""
        assert "cannot be told" in str(describe_augmentation(study_with({"cnn": 9, "resnet18-aug": 9})))


class TestInteractionComment:
    @pytest.mark.parametrize(
        ("difference", "words"),
        [
            (
                Estimate(0.03, 0.01, 0.05),
                "3.0 percentage points more favourable for ResNet\\-18 (random start) than for Two\\-layer CNN.",
            ),
            (
                Estimate(-0.03, -0.05, -0.01),
                "3.0 percentage points more favourable for Two\\-layer CNN than for ResNet\\-18 (random start).",
            ),
            (Estimate(0.03, -0.01, 0.07), "holds zero, and no interaction is claimed."),
        ],
    )
    def test_verdict(self, difference, words):
        """An interval that leaves out zero names the model, one that holds it names none."""
        study = fake_study(n_test=60)
        found = replace(study.statistics.interaction, difference=difference)
        text = str(describe_interaction(replace(study, statistics=replace(study.statistics, interaction=found))))
        assert words in text
        assert "does more" not in text

    def test_partial_study(self):
        """Without all four runs the sentence says what it needs."""
        assert "all four runs" in str(describe_interaction(fake_study(n_test=20, runs=["cnn", "cnn-aug"])))


class TestClassDifferenceComment:
    def test_survivors(self):
        """Classes are named where the corrected test supports a difference, with size and p value."""
        study = fake_study(n_test=60)
        own = study.statistics.pair("cnn", "cnn-aug").classes[3].recall
        text = str(describe_class_difference(study))
        assert f"the recall differs at the 5% level for 3 ({signed_points(own.value)} points, p\xa0=\xa00.010)" in text
        assert "all classes of all pairs" in text

    def test_none(self):
        """Where no class survives, the largest measured difference is given as no more than that."""
        study = fake_study(n_test=60)
        pair = study.statistics.pair("cnn", "resnet18")
        classes = tuple(replace(own, p_adjusted=0.9, recall=estimate(-0.01 * k)) for k, own in enumerate(pair.classes))
        others = [replace(pair, classes=classes) if other is pair else other for other in study.statistics.pairs]
        study = replace(study, statistics=replace(study.statistics, pairs=tuple(others)))
        text = str(describe_class_difference(study, "cnn", "resnet18"))
        assert "for no class does the test support a difference" in text
        assert "that of 9 (−9.0 points, 95% interval −11.0 to −7.0)" in text
        assert "that of 9 (+9.0 points" in str(describe_class_difference(study, "resnet18", "cnn"))

    def test_no_pair(self):
        """Without a model in both versions the sentence says so."""
        assert "cannot be compared" in str(describe_class_difference(fake_study(n_test=20, runs=["cnn"])))


class TestCostComment:
    def test_more_costs_more(self):
        """The cost of the most accurate run is told beside the cheapest one, with the verdict of the test."""
        right = {"cnn": 800, "resnet18": 900}
        text = str(describe_cost(study_with(right, {("cnn", "resnet18"): 0.001})))
        assert "rises by 10.0 percentage points, at 12 times the multiply-adds for an image" in text
        assert "about the same training time" in text
        assert "differ by more than the drawing of the test images explains, at the 5% level" in text
        assert "not shown that the higher cost buys accuracy" in str(describe_cost(study_with(right)))

    def test_cheapest_is_best(self):
        """Where the cheapest run is the most accurate one, the others are called worse as far as the tests show."""
        text = str(
            describe_cost(study_with({"cnn": 900, "resnet18": 800, "resnet18-aug": 890}, {("cnn", "resnet18"): 0.01}))
        )
        assert "none of the others has a higher measured accuracy." in text
        assert "By the paired tests, ResNet\\-18 (random start) is less accurate, at the 5% level." in text
        assert "do not tell Two\\-layer CNN apart from ResNet\\-18 with augmentation (random start)." in text
        assert "at once" in str(describe_cost(study_with({"cnn": 900, "resnet18": 800})))
        assert "at once" in str(describe_cost(study_with({"cnn": 900, "resnet18": 900})))
        assert "only stored run" in str(describe_cost(study_with({"cnn": 900})))


def repeated(*accuracies: tuple[float, ...]):
    """A study of two runs with standard errors of 0.0102 and these accuracies over the seeds."""
    study = study_with({"cnn": 800, "resnet18": 900})
    repeats = {
        name: tuple(fake_repeat(i, value) for i, value in enumerate(values))
        for name, values in zip(("cnn", "resnet18"), accuracies, strict=True)
    }
    return replace(study, repeats=repeats)


class TestSeedsComment:
    def test_trained_once(self):
        """A study that was trained once says plainly that it has no interval over seeds."""
        text = str(describe_seeds(repeated((0.8,), (0.9,))))
        assert "trained once" in text
        assert "no interval over seeds" in text
        assert "test images alone" in text

    def test_undecided(self):
        """Few trainings with a spread like that of the test images settle nothing."""
        text = str(describe_seeds(repeated((0.80, 0.81, 0.79), (0.90, 0.91, 0.89))))
        assert "trained 3 times" in text
        assert "a standard deviation of 1.00 percentage points, by run" in text
        assert "a standard error of 1.02" in text
        assert "too few to tell" in text
        assert "ResNet\\-18 (random start) also has the highest mean" in text

    def test_larger_and_smaller(self):
        """A spread whose interval lies above or below the standard error is called larger or smaller."""
        text = str(describe_seeds(repeated((0.8, 0.9, 0.7, 0.8), (0.9, 0.9001, 0.9, 0.9001))))
        assert "For Two\\-layer CNN the seed moves the accuracy more than" in text
        assert "For ResNet\\-18 (random start) the seed moves the accuracy less than" in text
        assert "too few" not in text

    def test_another_winner(self):
        """Where the mean over the seeds has another winner, it is named."""
        text = str(describe_seeds(repeated((0.8, 0.99, 0.99), (0.9, 0.8, 0.8))))
        assert "not ResNet\\-18 (random start) but Two\\-layer CNN comes first" in text

    def test_uneven(self):
        """Runs that were trained once are left out, and the sentence says how many were not."""
        text = str(describe_seeds(repeated((0.8,), (0.9, 0.91, 0.89))))
        assert text.startswith("Of 2 runs, 1 was trained 3 times")


class TestConfusionComment:
    def test_single_first(self):
        """The one most frequent confusion is named with count, share and interval."""
        found = evaluate([0] * 10 + [1] * 10, [1] * 3 + [0] * 7 + [0] + [1] * 9, 2)
        text = str(describe_confusion(found, ["cat|", "dog"]))
        assert "cat\\| taken for dog: 3 images, 30.0% of that class" in text
        assert "recall is lowest for cat\\| (70.0% of 10 images, 95% interval 39.7% to 89.2%)" in text
        assert "highest for dog (90.0% of 10, 59.6% to 98.2%)" in text

    def test_ties_and_none(self):
        """Ties are told as ties; no errors as none."""
        assert "most frequent confusions are" in str(describe_confusion(evaluate([0, 1], [1, 0], 2), "ab"))
        many = evaluate([0, 1, 2, 3], [1, 2, 3, 0], 4)
        assert "No single confusion stands out: 4 pairs" in str(describe_confusion(many, "abcd"))
        assert "nothing to confuse" in str(describe_confusion(evaluate([0, 1], [0, 1], 2), "ab"))


class TestOverfittingComment:
    def test_gap(self):
        """Training far above validation is told with the difference."""
        last = replace(fake_history(4)[-1], epoch=5, train_accuracy=0.99, validation_accuracy=0.90)
        text = str(describe_overfitting([*fake_history(4), last], 4))
        assert "by 9.0 percentage points" in text
        assert "epoch 4 of 5 were kept" in text

    def test_close_and_below(self):
        """Where there is no gap none is named; validation above training is explained, not called overfitting."""
        last = fake_history(4)[-1]
        close = replace(last, train_accuracy=0.9, validation_accuracy=0.895)
        below = replace(last, train_accuracy=0.8, validation_accuracy=0.9)
        assert "stay close" in str(describe_overfitting([close], 4))
        assert "below validation" in str(describe_overfitting([below], 4))

    def test_rising_loss(self):
        """A validation loss that turns up is told with both values."""
        history = [
            replace(epoch, validation_loss=loss) for epoch, loss in zip(fake_history(3), (1.0, 0.5, 0.75), strict=True)
        ]
        assert "lowest in epoch 2 (0.500) and rose to 0.750" in str(describe_overfitting(history, 2))


class TestAgreementComment:
    def test_counts(self):
        """Images right in all runs, wrong in all and wrong in one add up."""
        text = str(describe_agreement([run_with("cnn", 800), run_with("resnet18", 900)]))
        assert "800 are right in all 2 runs; 100 are wrong in all of them and 100 in exactly one" in text
        assert "independently of each other, about 20 would be wrong in all" in text


class TestNotice:
    def test_generated(self):
        """Generated digits are called so, with profile and start weights."""
        text = str(notice(fake_study(n_test=20, runs=["cnn", "resnet18"])))
        assert text.startswith("::: {.callout-note")
        assert "These are generated digits, not photographs" in text
        assert "Profile: demo" in text
        assert "random start" in text
        assert "`cnn-aug` and `resnet18-aug`" in text

    @pytest.mark.parametrize(("kind", "words"), [("official", "photographs of SVHN"), ("custom", "not the official")])
    def test_other_data(self, kind, words):
        """Official and custom files are told apart; a whole study names nothing missing."""
        text = str(notice(fake_study(n_test=20, kind=kind)))
        assert words in text
        assert "Not trained yet" not in text

    def test_mime(self):
        """A cell that ends in a sentence shows it as Markdown."""
        remark = notice(fake_study(n_test=20))
        assert remark._repr_mimebundle_()["text/markdown"] == str(remark)


class TestSingleRun:
    def test_one_run_is_not_called_all(self):
        """With a single run the sentence speaks of that run alone."""
        run = fake_study().runs["cnn"]
        text = str(describe_agreement(run))
        assert f"{run.test.wrong.sum()} of" in text
        assert "all" not in text
