"""Sentences say what the numbers say, and claim no more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.analysis.metrics import evaluate
from svhnlab.displays import (
    agreement_comment,
    augmentation_comment,
    centroid_comment,
    comparison_comment,
    confusion_comment,
    notice,
    overfitting_comment,
)
from svhnlab.results import Predictions
from tests.fakes import TITLES, fake_history, fake_run, fake_study


def run_with(name: str, right: int, n: int = 1000):
    """A run of which exactly `right` of `n` test images are right."""
    labels = np.arange(n) % 2
    predicted = np.where(np.arange(n) < right, labels, 1 - labels)
    logits = np.eye(2, dtype=np.float32)[predicted]
    test = Predictions(labels=labels, logits=logits, features=logits, indices=np.arange(n))
    return replace(fake_run(name, n_test=10, n_classes=2), test=test)


class TestComparisonComment:
    def test_clear_difference(self):
        """Intervals that lie apart let the sentence say better."""
        text = str(comparison_comment([run_with("cnn", 800), run_with("resnet18", 900)]))
        assert "has the highest accuracy, 90.0% of 1,000 test images" in text
        assert "10.0 percentage points lower" in text
        assert text.endswith("is better.")
        assert text.index("ResNet") < text.index("CNN")

    def test_overlap(self):
        """Intervals that overlap leave it open, whoever is ahead."""
        text = str(comparison_comment([run_with("cnn", 895), run_with("resnet18", 900)]))
        assert "no difference between the two is claimed" in text
        assert "lie apart" not in text

    def test_overlap_at_the_top_only(self):
        """A third run that is clearly worse is named as such."""
        runs = [run_with("cnn", 700), run_with("cnn-aug", 895), run_with("resnet18", 900)]
        text = str(comparison_comment(runs))
        assert "no difference between the two is claimed" in text
        assert text.endswith("is better than Two\\-layer CNN.")

    def test_tie_and_single(self):
        """Equal runs share the first place; a single run is compared with nothing."""
        assert "share the highest accuracy" in str(comparison_comment([run_with("cnn", 9), run_with("resnet18", 9)]))
        assert "only stored run" in str(comparison_comment(run_with("cnn", 900)))


class TestAugmentationComment:
    @pytest.mark.parametrize(
        ("before", "after", "words"),
        [
            (800, 900, ("raises", "lie apart, so the gain")),
            (900, 800, ("lowers", "lie apart, so the loss")),
            (895, 900, ("raises the measured accuracy by 0.5", "no effect is claimed")),
            (900, 900, ("leaves the accuracy at 90.0%", "no effect is claimed")),
        ],
    )
    def test_direction(self, before, after, words):
        """Direction and verdict follow the numbers."""
        text = str(augmentation_comment([run_with("cnn", before), run_with("cnn-aug", after)]))
        for word in words:
            assert word in text

    def test_within_each_model(self):
        """Each model is compared with itself alone."""
        text = str(augmentation_comment([run_with(name, 900) for name in TITLES]))
        assert text.count("Augmentation of") == 2

    def test_no_pair(self):
        """Without a pair nothing is claimed."""
        assert "cannot be told" in str(augmentation_comment([run_with("cnn", 9), run_with("resnet18-aug", 9)]))


class TestConfusionComment:
    def test_single_first(self):
        """The one most frequent confusion is named with count, share and interval."""
        found = evaluate([0] * 10 + [1] * 10, [1] * 3 + [0] * 7 + [0] + [1] * 9, 2)
        text = str(confusion_comment(found, ["cat|", "dog"]))
        assert "cat\\| taken for dog: 3 images, 30.0% of that class" in text
        assert "Recall is lowest for cat\\| (70.0% of 10 images) and highest for dog (90.0% of 10)" in text

    def test_ties_and_none(self):
        """Ties are told as ties; no errors as none."""
        assert "most frequent confusions are" in str(confusion_comment(evaluate([0, 1], [1, 0], 2), "ab"))
        many = evaluate([0, 1, 2, 3], [1, 2, 3, 0], 4)
        assert "No single confusion stands out: 4 pairs" in str(confusion_comment(many, "abcd"))
        assert "nothing to confuse" in str(confusion_comment(evaluate([0, 1], [0, 1], 2), "ab"))


class TestCentroidComment:
    def test_share(self):
        """Each run has its sentence with its own share; a run without errors says so."""
        study = fake_study(n_test=200, runs=["cnn"])
        text = str(centroid_comment(study.runs))
        assert f"Of {study.runs['cnn'].test.wrong.sum()} errors of Two\\-layer CNN" in text
        assert "makes no error" in str(centroid_comment(fake_run(noise=0.0, n_test=30)))


class TestOverfittingComment:
    def test_gap(self):
        """Training far above validation is told with the difference."""
        last = replace(fake_history(4)[-1], epoch=5, train_accuracy=0.99, validation_accuracy=0.90)
        text = str(overfitting_comment([*fake_history(4), last], 4))
        assert "by 9.0 percentage points" in text
        assert "epoch 4 of 5 were kept" in text

    def test_close_and_below(self):
        """Where there is no gap none is named; validation above training is explained, not called overfitting."""
        last = fake_history(4)[-1]
        close = replace(last, train_accuracy=0.9, validation_accuracy=0.895)
        below = replace(last, train_accuracy=0.8, validation_accuracy=0.9)
        assert "stay close" in str(overfitting_comment([close], 4))
        assert "below validation" in str(overfitting_comment([below], 4))

    def test_rising_loss(self):
        """A validation loss that turns up is told with both values."""
        history = [
            replace(epoch, validation_loss=loss) for epoch, loss in zip(fake_history(3), (1.0, 0.5, 0.75), strict=True)
        ]
        assert "lowest in epoch 2 (0.500) and rose to 0.750" in str(overfitting_comment(history, 2))


class TestAgreementComment:
    def test_counts(self):
        """Images right in all runs, wrong in all and wrong in one add up."""
        text = str(agreement_comment([run_with("cnn", 800), run_with("resnet18", 900)]))
        assert "800 are right in all 2 runs; 100 are wrong in all of them and 100 in exactly one" in text


class TestNotice:
    def test_generated(self):
        """Generated digits are called so, with profile, split and start weights."""
        text = str(notice(fake_study(n_test=20, runs=["cnn", "resnet18"])))
        assert text.startswith("::: {.callout-note")
        assert "These are generated digits, not photographs" in text
        assert "Profile: demo" in text
        assert "90% of the training file" in text
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


class TestErrorsAreCounted:
    def test_errors_without_centroid_are_told(self):
        """Errors that can't be placed, as their class has no centroid, are counted and not passed over."""
        run = fake_study().runs["cnn"]
        constant = np.zeros_like(run.train.logits)
        constant[:, 3] = 1.0
        blind = replace(run, train=replace(run.train, logits=constant))
        text = str(centroid_comment(blind))
        assert "makes no error" not in text
        assert str(int(run.test.wrong.sum())) in text or "left out" in text
        assert "no centroid" in text

    def test_one_run_is_not_called_all(self):
        """With a single run the sentence speaks of that run alone."""
        run = fake_study().runs["cnn"]
        text = str(agreement_comment(run))
        assert f"{run.test.wrong.sum()} of" in text
        assert "all" not in text
