"""Leads of the chapters on accuracy: they claim only what the numbers and the tests support."""

from __future__ import annotations

from dataclasses import replace
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
    summarise_errors,
    summarise_model,
    summarise_overview,
)
from tests.fixtures.fakes import fake_study
from tests.report.study.studies import RUNS, study_with


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
            (
                ("cnn", "resnet18"),
                {("cnn", "resnet18")},
                "The model differs significantly from the other (paired tests).",
            ),
            (RUNS[:3], set(), "does not differ significantly from any other (paired tests)."),
            (
                RUNS[:3],
                {("cnn", "cnn-aug"), ("cnn", "resnet18")},
                "The model differs significantly from all others (paired tests).",
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
        assert ("The model differs significantly" in text) == bool(different)
        assert (", but not from" in text) == (0 < len(different) < len(others))

    def test_true_labels(self) -> None:
        """Where labels are known to be wrong, the accuracy against the true ones is stated too."""
        study = study_with({"cnn": 80})
        right = (study.runs["cnn"].test.predicted == study.data.true_labels).mean()
        assert f"Against the true labels, its accuracy is {100 * right:.1f}% (" in str(summarise_overview(study))
        official = replace(study, data=replace(study.data, injected=np.array([], dtype=np.int64), true_labels=None))
        assert "true labels" not in str(summarise_overview(official))


class TestSummariseModel:
    def test_first_model(self) -> None:
        """The first model is described with its most frequent error, if there is a single one."""
        study = study_with({"cnn": 80})
        run = study.runs["cnn"]
        sevens = int((run.test.labels == 7).sum())
        logits = np.eye(10, dtype=np.float32)[np.where(run.test.labels == 7, 1, run.test.labels)]
        once = replace(study, runs={"cnn": replace(run, test=replace(run.test, logits=logits))})
        assert str(summarise_model(once, "cnn")).startswith(
            f"The most frequent error of the two\\-layer CNN is to predict “1” for “7” ({sevens} times). The model "
            "classifies 80.0% of 100 test images correctly (95% interval"
        )
        perfect = str(summarise_model(study_with({"cnn": 100}), "cnn"))
        assert perfect.startswith("The two\\-layer CNN classifies 100.0% of 100 test images correctly (95% interval")

    def test_other_model(self) -> None:
        """A further model is compared with the first one with the same augmentation, by a test."""
        right = {"cnn": 80, "cnn-aug": 85, "resnet18": 70, "resnet18-aug": 95}
        study = study_with(right, {("cnn", "resnet18"), ("cnn-aug", "resnet18-aug")})
        less, more = str(summarise_model(study, "resnet18")), str(summarise_model(study, "resnet18-aug"))
        assert "significantly less accurate than the two\\-layer CNN, by 10.0 percentage points (paired test)." in less
        assert "more accurate than the two\\-layer CNN with augmentation, by 10.0 percentage points" in more
        undecided = str(summarise_model(study_with(right), "resnet18"))
        assert "does not differ significantly from the two\\-layer CNN in accuracy (paired test)." in undecided
        assert "percentage points" not in undecided


class TestSummariseAugmentation:
    @pytest.mark.parametrize(
        ("after", "real", "sentence"),
        [
            (90, True, "With augmentation, the two\\-layer CNN is more accurate, by 10.0 percentage points."),
            (70, True, "With augmentation, the two\\-layer CNN is less accurate, by 10.0 percentage points."),
            (
                90,
                False,
                "The accuracy of the two\\-layer CNN does not change significantly with augmentation (paired test).",
            ),
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


class TestSummariseComparison:
    def test_pairs_and_cost(self) -> None:
        """Pairs that differ significantly are counted, and the cost is that of the most accurate model."""
        right = {"cnn": 80, "cnn-aug": 82, "resnet18": 90}
        text = str(summarise_comparison(study_with(right, {("cnn", "resnet18")})))
        assert text.startswith("ResNet\\-18 has the highest accuracy, at 12 times the multiply-adds")
        assert "Of 3 pairs of models, 1 differs significantly (paired tests)." in text
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
