"""Leads of the chapters on errors: they claim only what the numbers and the tests support."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report import (
    describe_label,
    summarise_causes,
    summarise_errors,
    summarise_finding,
)
from svhnlab.report.core.truth import doubtful_labels
from tests.report.study.studies import slices, study_with, with_slices


class TestSummariseErrors:
    def test_counts(self) -> None:
        """Images that at least one run and that all runs misclassify are counted."""
        text = str(summarise_errors(study_with({"cnn": 80, "resnet18": 90})))
        assert (
            "mostly different images: of 20 that at least one of them misclassifies (of 100 test images), 10 are"
            in text
        )
        assert "mostly the same images" in str(summarise_errors(study_with({"cnn": 80, "resnet18": 82})))
        assert "The two\\-layer CNN misclassifies 20 of 100 test images." in str(
            summarise_errors(study_with({"cnn": 80}))
        )
        assert "no error to explain" in str(summarise_errors(study_with({"cnn": 100})))

    def test_shared_errors_at_doubtful_labels(self) -> None:
        """Of the images that all models misclassify, those with doubtful labels are counted."""
        study = study_with({"cnn": 0, "resnet18": 0})
        doubtful = int(doubtful_labels(study).sum())
        text = f"rather than the models: {doubtful} of these 100 have suspected or known wrong labels."
        assert text in str(summarise_errors(study))
        assert "rather than the models" not in str(summarise_errors(study_with({"cnn": 100, "resnet18": 80})))


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
    def test_too_many_suspected_labels(self) -> None:
        """Where a fifth of the labels is suspected, no error is attributed to its label."""
        study = study_with({"cnn": 80})
        assert study.statistics is not None
        labels = replace(study.statistics.labels, suspected=np.arange(30), injected=None, true_positives=None)
        weak = replace(
            study,
            data=replace(study.data, true_labels=None),
            statistics=replace(study.statistics, labels=labels),
        )
        sentence = f"{30 / len(labels.quality):.1%} suspected labels say more about the models than about the labels."
        assert sentence in str(summarise_finding(weak))
        assert sentence in str(describe_label(weak))
        assert "say more about the models" not in str(describe_label(study))

    def test_the_property_of_most_models_comes_first(self) -> None:
        """Of several properties, that with underperforming slices in the most models is named, and no other."""
        study = study_with({"cnn": 80, "resnet18": 90})
        by_run = {"cnn": (*slices("contrast", {0}), *slices("sharpness", {0})), "resnet18": slices("sharpness", {0, 1})}
        text = str(summarise_finding(with_slices(study, by_run)))
        assert text.startswith("Blurred images are misclassified 2.5 times as often as all others. ")
        assert "contrast" not in text.lower()

    def test_nothing_significant(self) -> None:
        """Without an underperforming slice, no images are named; whether the models share their errors is stated."""
        text = str(summarise_finding(study_with({"cnn": 80})))
        assert text.startswith("The two\\-layer CNN misclassifies 20 of 100 test images.")
        text = str(summarise_finding(study_with({"cnn": 80, "resnet18": 90})))
        assert text.startswith("The models misclassify mostly different images: of 20 that")

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
