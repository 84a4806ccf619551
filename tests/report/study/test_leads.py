"""The sentences that open the chapters: chosen by numbers and tests, and claiming no more than these."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.report import (
    Chapter,
    summarise_augmentation,
    summarise_comparison,
    summarise_data,
    summarise_errors,
    summarise_model,
    summarise_overview,
)
from svhnlab.store.schema import ClassDifference, Estimate, PairedComparison, Predictions, Slice, Study
from tests.fixtures.fakes import fake_study

RUNS = ("cnn", "cnn-aug", "resnet18", "resnet18-aug")


def estimate(value: float) -> Estimate:
    return Estimate(value, value - 0.01, value + 0.01)


@cache
def base_study(runs: tuple[str, ...]) -> Study:
    return fake_study(n_test=100, runs=runs)


def study_with(right: dict[str, int], real: set[tuple[str, str]] = frozenset()) -> Study:  # type: ignore[assignment]
    """A study of 100 test images whose runs get so many right, and of whose pairs the tests tell these apart."""
    study = base_study(tuple(right))
    labels = study.data.test_labels
    runs = {}
    for name, run in study.runs.items():
        predicted = np.where(np.arange(100) < right[name], labels, (labels + 1) % 10)
        logits = np.eye(10, dtype=np.float32)[predicted]
        runs[name] = replace(run, test=Predictions(labels, logits, run.test.features, run.test.indices))
    pairs = tuple(
        PairedComparison(
            one,
            other,
            estimate((right[other] - right[one]) / 100),
            estimate(0),
            5,
            10,
            0.01,
            0.01 if (one, other) in real else 0.4,
            0.02,
            (ClassDifference(estimate(0), 1),) * 10,
        )
        for one, other in combinations(right, 2)
    )
    own = study.statistics
    assert own is not None
    figures = {name: replace(own.runs[name], accuracy=estimate(right[name] / 100), slices=()) for name in right}
    return replace(study, runs=runs, statistics=replace(own, runs=figures, pairs=pairs))


def segments(name: str, weak: set[int]) -> tuple[Slice, ...]:
    """Fifths of the images by one property, some of which are weak."""
    return tuple(Slice(name, k / 5, (k + 1) / 5, 20, 5, estimate(0.25), 0.1, 0.01, 0.01, k in weak) for k in range(5))


def with_segments(study: Study, found: dict[str, tuple[Slice, ...]]) -> Study:
    own = study.statistics
    assert own is not None
    runs = {name: replace(figures, slices=found.get(name, ())) for name, figures in own.runs.items()}
    return replace(study, statistics=replace(own, runs=runs))


class TestOverviewLead:
    def test_told_apart_from_some(self) -> None:
        """The others are divided by the tests, not by how far their accuracies lie apart."""
        study = study_with({"cnn": 80, "cnn-aug": 90, "resnet18": 70}, {("cnn-aug", "resnet18")})
        text = str(summarise_overview(study))
        assert text.startswith("Two\\-layer CNN with augmentation gets 90.0% of 100 test images right")
        assert "(95% interval 89.0% to 91.0%)" in text
        assert "tell it apart from ResNet\\-18, but not from Two\\-layer CNN." in text

    @pytest.mark.parametrize(
        ("runs", "real", "words"),
        [
            (("cnn", "resnet18"), set(), "do not tell it apart from the other."),
            (("cnn", "resnet18"), {("cnn", "resnet18")}, "tell it apart from the other."),
            (RUNS[:3], set(), "do not tell it apart from any other."),
            (RUNS[:3], {("cnn", "cnn-aug"), ("cnn", "resnet18")}, "tell it apart from all others."),
        ],
    )
    def test_all_or_none(self, runs: tuple[str, ...], real: set[tuple[str, str]], words: str) -> None:
        """All and none are said as such."""
        study = study_with({name: 90 - 10 * (name != "cnn") for name in runs}, real)
        assert str(summarise_overview(study)).endswith(words)

    def test_tie_and_single(self) -> None:
        """A tie has no winner, and a single run none to be compared with."""
        assert "share the highest accuracy" in str(summarise_overview(study_with({"cnn": 80, "resnet18": 80})))
        assert "the only stored run" in str(summarise_overview(study_with({"cnn": 80})))

    @given(
        st.tuples(*[st.integers(0, 100)] * 3),
        st.sets(st.sampled_from(list(combinations(RUNS[:3], 2)))),
    )
    def test_law(self, right: tuple[int, ...], real: set[tuple[str, str]]) -> None:
        """It is told apart from exactly those runs from which a test tells it apart."""
        study = study_with(dict(zip(RUNS[:3], right, strict=True)), real)
        text = str(summarise_overview(study))
        best = [name for name, value in zip(RUNS[:3], right, strict=True) if value == max(right)]
        if len(best) > 1:
            assert "share the highest" in text
            assert "apart" not in text
            return
        others = [name for name in RUNS[:3] if name not in best]
        apart = [name for name in others if {(name, best[0]), (best[0], name)} & real]
        told = "do not tell" not in text
        assert told == bool(apart)
        assert (", but not from" in text) == (0 < len(apart) < len(others))


class TestDataLead:
    @pytest.mark.parametrize(
        ("counts", "words"),
        [
            ([300, 100], "in training “cat” has 75.0% of the images and “dog” has 25.0%"),
            ([100, 105], "All 2 classes are about equally frequent in training, with 48.8% to 51.2%"),
            ([100, 0], "“dog” has 0.0%"),
        ],
    )
    def test_frequencies(self, counts: list[int], words: str) -> None:
        """Classes are called equally frequent only where they nearly are; the names are those of the study."""
        study = fake_study(n_test=20, class_names=("cat", "dog"), kind="custom")
        splits = study.data.splits
        train, test = (
            replace(splits[name], counts=np.array(own)) for name, own in (("train", counts), ("test", [30, 10]))
        )
        found = replace(study, data=replace(study.data, splits={**splits, "train": train, "test": test}))
        text = str(summarise_data(found))
        assert words in text
        always = "25.0%" if counts[1] > counts[0] else "75.0%"
        assert f"would be right on {always} of the test images" in text


class TestModelLead:
    def test_first_model(self) -> None:
        """The first model is told with its most frequent error, where there is one that stands out."""
        study = study_with({"cnn": 80})
        text = str(summarise_model(study, "cnn"))
        assert "gets 80.0% of 100 test images right" in text
        assert "its most frequent error is to take" in text or "no single confusion" in text
        assert str(summarise_model(study_with({"cnn": 100}), "cnn")).endswith("(95% interval 99.0% to 101.0%).")

    def test_other_model(self) -> None:
        """A further model is compared with the first that was trained alike, and more or less needs a test."""
        right = {"cnn": 80, "cnn-aug": 85, "resnet18": 70, "resnet18-aug": 95}
        study = study_with(right, {("cnn", "resnet18"), ("cnn-aug", "resnet18-aug")})
        less, more = str(summarise_model(study, "resnet18")), str(summarise_model(study, "resnet18-aug"))
        assert "10.0 percentage points less than Two\\-layer CNN: a paired test tells the two apart" in less
        assert "10.0 percentage points more than Two\\-layer CNN with augmentation" in more
        open_text = str(summarise_model(study_with(right), "resnet18"))
        assert "does not tell it apart from Two\\-layer CNN." in open_text
        assert "percentage points" not in open_text


class TestAugmentationLead:
    @pytest.mark.parametrize(
        ("after", "real", "words"),
        [
            (90, True, "Two\\-layer CNN is more accurate, by 10.0 percentage points."),
            (70, True, "Two\\-layer CNN is less accurate, by 10.0 percentage points."),
            (90, False, "for Two\\-layer CNN the paired test shows no difference."),
        ],
    )
    def test_verdict(self, after: int, real: bool, words: str) -> None:
        """More and less need the test."""
        study = study_with({"cnn": 80, "cnn-aug": after}, {("cnn", "cnn-aug")} if real else set())
        assert words in str(summarise_augmentation(study))

    def test_models_are_grouped(self) -> None:
        """Models with the same verdict stand together."""
        right = {"cnn": 80, "cnn-aug": 90, "resnet18": 70, "resnet18-aug": 75}
        study = study_with(right, {("cnn", "cnn-aug"), ("resnet18", "resnet18-aug")})
        words = "Two\\-layer CNN and ResNet\\-18 are more accurate, by 10.0 and 5.0 percentage points"
        assert words in str(summarise_augmentation(study))

    def test_no_pair(self) -> None:
        """Without a model in both versions nothing is claimed."""
        assert "cannot be told" in str(summarise_augmentation(study_with({"cnn": 80})))


class TestErrorsLead:
    def test_counts(self) -> None:
        """Images that some and that all runs get wrong are counted."""
        text = str(summarise_errors(study_with({"cnn": 80, "resnet18": 90})))
        assert "Of 100 test images, 20 are wrong in at least one of 2 models and 10 in all of them." in text
        assert "No property of the picture is shown to gather errors" in text
        assert "gets 20 of 100 test images wrong." in str(summarise_errors(study_with({"cnn": 80})))
        assert "no error to explain" in str(summarise_errors(study_with({"cnn": 100})))

    @pytest.mark.parametrize(
        ("weak", "words"),
        [
            ({0}, "on images low in contrast;"),
            ({0, 2}, "on images low in contrast;"),
            ({3, 4}, "on images high in contrast;"),
            ({0, 4}, "at some values of contrast;"),
            ({2}, "at some values of contrast;"),
        ],
    )
    def test_where(self, weak: set[int], words: str) -> None:
        """A side is named where the weak segments lie on one side of the middle."""
        study = study_with({"cnn": 80})
        assert words in str(summarise_errors(with_segments(study, {"cnn": segments("contrast", weak)})))

    def test_in_one_model(self) -> None:
        """What is shown for some models is not said of all."""
        study = study_with({"cnn": 80, "resnet18": 90})
        one = with_segments(study, {"cnn": segments("contrast", {0})})
        assert "low in contrast, in at least one model;" in str(summarise_errors(one))
        both = {name: segments("contrast", {0}) for name in ("cnn", "resnet18")}
        assert "low in contrast;" in str(summarise_errors(with_segments(study, both)))

    def test_labels(self) -> None:
        """Suspected labels are counted, and none is said as such."""
        study = study_with({"cnn": 80})
        own = study.statistics
        assert own is not None
        for rows, words in (([], "no label is suspect"), ([3], "1 label is suspect"), ([3, 4], "2 labels are suspect")):
            labels = replace(own.labels, suspected=np.array(rows, dtype=np.int64))
            found = replace(study, statistics=replace(own, labels=labels))
            assert str(summarise_errors(found)).endswith(f"{words}.")


class TestComparisonLead:
    def test_pairs_and_cost(self) -> None:
        """Pairs that the tests tell apart are counted, and the cost is that of the most accurate model."""
        right = {"cnn": 80, "cnn-aug": 82, "resnet18": 90}
        text = str(summarise_comparison(study_with(right, {("cnn", "resnet18")})))
        assert text.startswith("Paired tests tell 1 of 3 pairs of trained models apart.")
        assert "that of ResNet\\-18, at 12 times the multiply-adds" in text
        assert "tell none of 3" in str(summarise_comparison(study_with(right)))
        assert "tell all of 3" in str(summarise_comparison(study_with(right, set(combinations(right, 2)))))

    def test_costs_of_the_others(self) -> None:
        """The cheapest winner and models of equal cost are told as such."""
        assert "no model takes fewer" in str(summarise_comparison(study_with({"cnn": 80, "resnet18": 70})))
        assert "as many multiply-adds" in str(summarise_comparison(study_with({"cnn": 80, "cnn-aug": 70})))
        assert "share the highest" in str(summarise_comparison(study_with({"cnn": 80, "resnet18": 80})))
        assert "nothing to compare" in str(summarise_comparison(study_with({"cnn": 80})))


class TestWithoutStatistics:
    @pytest.mark.parametrize(
        "lead", [summarise_overview, summarise_augmentation, summarise_errors, summarise_comparison]
    )
    def test_line_in_its_place(self, lead) -> None:
        """Before the statistics are made a chapter opens with the command that makes them, also without any run."""
        bare = Chapter(replace(fake_study(n_test=20), statistics=None, settings=SETTINGS))
        assert "svhnlab train" in str(bare.study_sentence(lead))
        empty = Chapter(replace(fake_study(n_test=20, runs=()), statistics=None, settings=SETTINGS))
        assert "svhnlab train" in str(empty.study_sentence(lead))


SETTINGS = {
    "profile": {"name": "demo"},
    "data": {"kind": "generated", "name": "generated digits"},
    "split": {"protocol": "official"},
    "start": {"kind": "random"},
    "seed": 0,
    "seeds": 1,
}
