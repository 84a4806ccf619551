"""Leads of the chapters: they claim only what the numbers and the tests support."""

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
    summarise_causes,
    summarise_comparison,
    summarise_data,
    summarise_errors,
    summarise_finding,
    summarise_model,
    summarise_overview,
)
from svhnlab.report.core.truth import doubtful_labels
from svhnlab.store.schema import ClassDifference, Equivalence, Estimate, PairedComparison, Predictions, Slice, Study
from tests.fixtures.fakes import fake_study

RUNS = ("cnn", "cnn-aug", "resnet18", "resnet18-aug")


def estimate(value: float) -> Estimate:
    return Estimate(value, value - 0.01, value + 0.01)


@cache
def base_study(runs: tuple[str, ...]) -> Study:
    return fake_study(n_test=100, runs=runs)


def study_with(right: dict[str, int], real: set[tuple[str, str]] = frozenset()) -> Study:  # type: ignore[assignment]
    """A study of 100 test images with so many correct predictions by run, and with these significant differences."""
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
            Equivalence(-0.02, 0.02),
        )
        for one, other in combinations(right, 2)
    )
    statistics = study.statistics
    assert statistics is not None
    metrics = {
        name: replace(
            statistics.runs[name],
            metrics={**statistics.runs[name].metrics, "accuracy": estimate(right[name] / 100)},
            slices=(),
        )
        for name in right
    }
    return replace(study, runs=runs, statistics=replace(statistics, runs=metrics, pairs=pairs))


def slices(name: str, weak: set[int]) -> tuple[Slice, ...]:
    """Fifths of the images by one property, some of which are underperforming."""
    return tuple(Slice(name, k / 5, (k + 1) / 5, 20, 5, estimate(0.25), 0.1, 0.01, 0.01, k in weak) for k in range(5))


def with_slices(study: Study, by_run: dict[str, tuple[Slice, ...]]) -> Study:
    statistics = study.statistics
    assert statistics is not None
    runs = {name: replace(run, slices=by_run.get(name, ())) for name, run in statistics.runs.items()}
    return replace(study, statistics=replace(statistics, runs=runs))


class TestSummariseOverview:
    def test_different_from_some(self) -> None:
        """The other models are grouped by the tests, not by the differences in accuracy."""
        study = study_with({"cnn": 80, "cnn-aug": 90, "resnet18": 70}, {("cnn-aug", "resnet18")})
        text = str(summarise_overview(study))
        assert text.startswith("The two\\-layer CNN with augmentation has the highest accuracy of 3 models")
        assert "it classifies 90.0% of 100 test images correctly (95% interval 89.0% to 91.0%)" in text
        assert "differs significantly from ResNet\\-18, but not from the two\\-layer CNN (paired tests)." in text

    @pytest.mark.parametrize(
        ("runs", "real", "ending"),
        [
            (("cnn", "resnet18"), set(), "does not differ significantly from the other (paired tests)."),
            (("cnn", "resnet18"), {("cnn", "resnet18")}, "It differs significantly from the other (paired tests)."),
            (RUNS[:3], set(), "does not differ significantly from any other (paired tests)."),
            (
                RUNS[:3],
                {("cnn", "cnn-aug"), ("cnn", "resnet18")},
                "It differs significantly from all others (paired tests).",
            ),
        ],
    )
    def test_all_or_none(self, runs: tuple[str, ...], real: set[tuple[str, str]], ending: str) -> None:
        """All and none are named as such."""
        study = study_with({name: 90 - 10 * (name != "cnn") for name in runs}, real)
        assert str(summarise_overview(study)).endswith(ending)

    def test_tie_and_single(self) -> None:
        """Tied models are named together, and a single run is not compared."""
        assert "share the highest accuracy" in str(summarise_overview(study_with({"cnn": 80, "resnet18": 80})))
        assert "the only model" in str(summarise_overview(study_with({"cnn": 80})))

    @given(
        st.tuples(*[st.integers(0, 100)] * 3),
        st.sets(st.sampled_from(list(combinations(RUNS[:3], 2)))),
    )
    def test_property(self, right: tuple[int, ...], real: set[tuple[str, str]]) -> None:
        """The best model differs from exactly those runs for which the test is significant."""
        study = study_with(dict(zip(RUNS[:3], right, strict=True)), real)
        text = str(summarise_overview(study))
        best = [name for name, value in zip(RUNS[:3], right, strict=True) if value == max(right)]
        if len(best) > 1:
            assert "share the highest" in text
            assert "significantly" not in text
            return
        others = [name for name in RUNS[:3] if name not in best]
        different = [name for name in others if {(name, best[0]), (best[0], name)} & real]
        assert ("It differs significantly" in text) == bool(different)
        assert (", but not from" in text) == (0 < len(different) < len(others))

    def test_true_labels(self) -> None:
        """Where labels are known to be wrong, the accuracy against the true ones is stated too."""
        study = study_with({"cnn": 80})
        right = (study.runs["cnn"].test.predicted == study.data.true_labels).mean()
        assert f"Against the true labels, its accuracy is {100 * right:.1f}% (" in str(summarise_overview(study))
        official = replace(study, data=replace(study.data, injected=np.array([], dtype=np.int64), true_labels=None))
        assert "true labels" not in str(summarise_overview(official))


class TestSummariseData:
    @pytest.mark.parametrize(
        ("counts", "sentence"),
        [
            ([300, 100], "unequally frequent: “cat” makes up 75.0% of the training images and “dog” 25.0%."),
            ([100, 105], "All 2 classes are about equally frequent, with 48.8% to 51.2% of the training images each."),
            ([100, 100], "All 2 classes are equally frequent, with 50.0% of the training images each."),
            ([100, 0], "“dog” 0.0%"),
        ],
    )
    def test_frequencies(self, counts: list[int], sentence: str) -> None:
        """Classes are called equally frequent only where they nearly are; the names are those of the study."""
        study = fake_study(n_test=20, class_names=("cat", "dog"), kind="custom")
        splits = study.data.splits
        train, test = (
            replace(splits[name], counts=np.array(values)) for name, values in (("train", counts), ("test", [30, 10]))
        )
        changed = replace(study, data=replace(study.data, splits={**splits, "train": train, "test": test}))
        text = str(summarise_data(changed))
        assert sentence in text
        baseline = "25.0%" if counts[1] > counts[0] else "75.0%"
        assert f"would be correct for {baseline} of the test images." in text


class TestSummariseModel:
    def test_first_model(self) -> None:
        """The first model is described with its most frequent error, if there is a single one."""
        study = study_with({"cnn": 80})
        text = str(summarise_model(study, "cnn"))
        assert text.startswith("The two\\-layer CNN classifies 80.0% of 100 test images correctly (95% interval")
        assert "its most frequent error is to predict “" in text or "no single confusion" in text
        assert str(summarise_model(study_with({"cnn": 100}), "cnn")).endswith("(95% interval 99.0% to 101.0%).")

    def test_other_model(self) -> None:
        """A further model is compared with the first one with the same augmentation, by a test."""
        right = {"cnn": 80, "cnn-aug": 85, "resnet18": 70, "resnet18-aug": 95}
        study = study_with(right, {("cnn", "resnet18"), ("cnn-aug", "resnet18-aug")})
        less, more = str(summarise_model(study, "resnet18")), str(summarise_model(study, "resnet18-aug"))
        assert "10.0 percentage points less than the two\\-layer CNN, a significant difference (paired test)." in less
        assert "10.0 percentage points more than the two\\-layer CNN with augmentation" in more
        undecided = str(summarise_model(study_with(right), "resnet18"))
        assert "the difference from the two\\-layer CNN is not significant (paired test)." in undecided
        assert "percentage points" not in undecided


class TestSummariseAugmentation:
    @pytest.mark.parametrize(
        ("after", "real", "sentence"),
        [
            (90, True, "With augmentation, the two\\-layer CNN is more accurate, by 10.0 percentage points."),
            (70, True, "With augmentation, the two\\-layer CNN is less accurate, by 10.0 percentage points."),
            (90, False, "for the two\\-layer CNN the difference is not significant (paired test)."),
        ],
    )
    def test_verdict(self, after: int, real: bool, sentence: str) -> None:
        """The words "more" and "less" need a significant test."""
        study = study_with({"cnn": 80, "cnn-aug": after}, {("cnn", "cnn-aug")} if real else set())
        assert sentence in str(summarise_augmentation(study))

    def test_models_are_grouped(self) -> None:
        """Models with the same verdict are named together."""
        right = {"cnn": 80, "cnn-aug": 90, "resnet18": 70, "resnet18-aug": 75}
        study = study_with(right, {("cnn", "cnn-aug"), ("resnet18", "resnet18-aug")})
        sentence = "the two\\-layer CNN and ResNet\\-18 are more accurate, by 10.0 and 5.0 percentage points"
        assert sentence in str(summarise_augmentation(study))

    def test_no_pair(self) -> None:
        """Without a model in both versions nothing is claimed."""
        assert "cannot be measured" in str(summarise_augmentation(study_with({"cnn": 80})))


class TestSummariseErrors:
    def test_counts(self) -> None:
        """Images that at least one run and that all runs misclassify are counted."""
        text = str(summarise_errors(study_with({"cnn": 80, "resnet18": 90})))
        assert "Of 100 test images, 20 are misclassified by at least one of 2 models and 10 by all of them." in text
        assert "The two\\-layer CNN misclassifies 20 of 100 test images." in str(
            summarise_errors(study_with({"cnn": 80}))
        )
        assert "no error to explain" in str(summarise_errors(study_with({"cnn": 100})))

    def test_shared_errors_at_doubtful_labels(self) -> None:
        """Images that all models misclassify are told apart by whether their labels are in doubt."""
        study = study_with({"cnn": 0, "resnet18": 0})
        doubtful = int(doubtful_labels(study).sum())
        text = f"Of the images that all models misclassify, {doubtful} have suspected or known wrong labels."
        assert text in str(summarise_errors(study))
        assert "all models misclassify" not in str(summarise_errors(study_with({"cnn": 100, "resnet18": 80})))


class TestSummariseCauses:
    def test_no_difference(self) -> None:
        """Slices whose error rates do not differ significantly are not named."""
        text = str(summarise_causes(study_with({"cnn": 80, "resnet18": 90})))
        assert "The error rate is not significantly higher on any slice of the test images." in text

    @pytest.mark.parametrize(
        ("weak", "sentence"),
        [
            ({0}, "Low\\-contrast images are misclassified 2.5 times as often as all others."),
            ({0, 2}, "Low\\-contrast images are misclassified 2.5 times as often as all others."),
            ({3, 4}, "High\\-contrast images are misclassified 2.5 times as often as all others."),
            ({0, 4}, "Errors are more frequent for some values of contrast."),
            ({2}, "Errors are more frequent for some values of contrast."),
        ],
    )
    def test_where(self, weak: set[int], sentence: str) -> None:
        """A side is named if all underperforming slices lie on one side of the middle."""
        study = study_with({"cnn": 80})
        assert sentence in str(summarise_causes(with_slices(study, {"cnn": slices("contrast", weak)})))

    def test_in_one_model(self) -> None:
        """A result for some models is not stated for all."""
        study = study_with({"cnn": 80, "resnet18": 90})
        one = with_slices(study, {"cnn": slices("contrast", {0})})
        assert "2.5 times as often as all others (1 of 2 models)." in str(summarise_causes(one))
        both = {name: slices("contrast", {0}) for name in ("cnn", "resnet18")}
        assert "2.5 times as often as all others." in str(summarise_causes(with_slices(study, both)))

    def test_labels(self) -> None:
        """Without causes, suspected labels are counted."""
        study = replace(study_with({"cnn": 80}), causes=None)
        statistics = study.statistics
        assert statistics is not None
        for rows, ending in (
            ([], "No label is suspected to be wrong."),
            ([3], "The label of 1 image is suspected to be wrong."),
            ([3, 4], "The labels of 2 images are suspected to be wrong."),
        ):
            suspected = np.array(rows, dtype=np.int64)
            labels = replace(statistics.labels, suspected=suspected, injected=None, true_positives=None)
            changed = replace(study, statistics=replace(statistics, labels=labels))
            assert str(summarise_causes(changed)).endswith(ending)

    def test_labels_known_to_be_wrong(self) -> None:
        """If it is known which labels are wrong, the hits and misses of the search are counted."""
        study = replace(study_with({"cnn": 80}), causes=None)
        assert str(summarise_causes(study)).endswith(
            "Of 12 suspected labels, 1 is wrong; of 2 wrong labels, 1 is missed."
        )


class TestSummariseFinding:
    def test_the_property_of_most_models_comes_first(self) -> None:
        """Of several properties, that with underperforming slices in the most models is named, and no other."""
        study = study_with({"cnn": 80, "resnet18": 90})
        by_run = {"cnn": (*slices("contrast", {0}), *slices("sharpness", {0})), "resnet18": slices("sharpness", {0, 1})}
        text = str(summarise_finding(with_slices(study, by_run)))
        assert text.startswith("Blurred images are misclassified 2.5 times as often as all others. ")
        assert "contrast" not in text.lower()

    def test_nothing_significant(self) -> None:
        """Without an underperforming slice, no images are named."""
        text = str(summarise_finding(study_with({"cnn": 80})))
        assert text.startswith("The error rate is not significantly higher on any slice of the test images.")

    @pytest.mark.parametrize(
        ("wrong_labels", "sentence"),
        [
            (0, "No error has a wrong label."),
            (4, "About one error in 5 has a wrong label (20.0%)."),
            (20, "Of the errors, 100.0% have"),
        ],
    )
    def test_wrong_labels(self, wrong_labels: int, sentence: str) -> None:
        """The share of the errors with a wrong label is a round number and a percentage."""
        study = study_with({"cnn": 80})
        truth = study.data.test_labels.copy()
        rows = np.flatnonzero(study.runs["cnn"].test.wrong)[:wrong_labels]
        truth[rows] = (truth[rows] + 1) % 10
        data = replace(study.data, true_labels=truth, injected=rows)
        assert sentence in str(summarise_finding(replace(study, data=data)))

    def test_without_causes(self) -> None:
        """Studies of earlier versions count the suspected labels instead."""
        text = str(summarise_finding(replace(study_with({"cnn": 80}), causes=None)))
        assert text.endswith("Of 12 suspected labels, 1 is wrong; of 2 wrong labels, 1 is missed.")


class TestSummariseComparison:
    def test_pairs_and_cost(self) -> None:
        """Pairs that differ significantly are counted, and the cost is that of the most accurate model."""
        right = {"cnn": 80, "cnn-aug": 82, "resnet18": 90}
        text = str(summarise_comparison(study_with(right, {("cnn", "resnet18")})))
        assert text.startswith("Of 3 pairs of models, 1 differs significantly (paired tests).")
        assert "ResNet\\-18 has the highest accuracy, at 12 times the multiply-adds" in text
        assert "Of 3 pairs of models, none differ" in str(summarise_comparison(study_with(right)))
        assert "Of 3 pairs of models, all differ" in str(
            summarise_comparison(study_with(right, set(combinations(right, 2))))
        )

    def test_costs_of_the_others(self) -> None:
        """The sentence covers a cheapest model with the highest accuracy, and models of equal cost."""
        assert "no model needs fewer" in str(summarise_comparison(study_with({"cnn": 80, "resnet18": 70})))
        assert "the same number of multiply-adds" in str(summarise_comparison(study_with({"cnn": 80, "cnn-aug": 70})))
        assert "share the highest" in str(summarise_comparison(study_with({"cnn": 80, "resnet18": 80})))
        assert "nothing to compare" in str(summarise_comparison(study_with({"cnn": 80})))


class TestWithoutStatistics:
    @pytest.mark.parametrize(
        "summary",
        [summarise_overview, summarise_augmentation, summarise_errors, summarise_causes, summarise_comparison],
    )
    def test_line_in_its_place(self, summary) -> None:
        """Without statistics a chapter opens with the command that computes them, also without any run."""
        bare = Chapter(replace(fake_study(n_test=20), statistics=None, settings=SETTINGS))
        assert "svhnlab train" in str(bare.show(summary))
        empty = Chapter(replace(fake_study(n_test=20, runs=()), statistics=None, settings=SETTINGS))
        assert "svhnlab train" in str(empty.show(summary))


SETTINGS = {
    "profile": {"name": "demo"},
    "data": {"kind": "generated", "name": "generated digits"},
    "split": {"protocol": "official"},
    "start": {"kind": "random"},
    "seed": 0,
    "seeds": 1,
}
