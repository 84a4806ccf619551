"""What the report says about labels that a person has reviewed."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from svhnlab.analysis.label_audit import SAMPLE
from svhnlab.report import (
    CorrectedAccuracyTable,
    ModelComparison,
    describe_review_list,
    describe_verdicts,
    show_corrected_accuracy,
)
from svhnlab.report.core.select import NotComputed
from svhnlab.report.core.text import interval, percent, share_with_interval
from svhnlab.report.core.truth import audit_of, corrected_accuracy, true_accuracy
from svhnlab.store.schema import Study
from tests.fixtures.fake_verdicts import reviewed
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain, with_statistics


@pytest.fixture(scope="module")
def large() -> Study:
    """A study with more images than a review has, and 40 wrong labels, half of them among the suspected ones."""
    study = fake_study(n_test=1_000)
    assert study.statistics is not None
    rng = np.random.default_rng(0)
    suspected = rng.choice(1_000, 50, replace=False)
    wrong = np.concatenate([suspected[:20], np.setdiff1d(np.arange(1_000), suspected)[::48]])
    truth = study.data.test_labels.copy()
    truth[wrong] = (truth[wrong] + 1) % 10
    data = replace(study.data, injected=np.sort(wrong), true_labels=truth)
    review = replace(study.statistics.labels, suspected=suspected, injected=len(wrong))
    return with_statistics(replace(study, data=data), labels=review)


class TestReviewList:
    def test_numbers(self, large: Study) -> None:
        """The sentence gives the size of both groups."""
        text = str(describe_review_list(large))
        assert f"all 50 images with a suspected label and a random sample of {SAMPLE} of the 950 others" in plain(text)
        none = replace(large.statistics.labels, suspected=np.array([], dtype=np.int64))
        text = str(describe_review_list(with_statistics(large, labels=none)))
        assert f"No label is suspected, so the review has a random sample of {SAMPLE} of the 1,000 test images." in text

    def test_without_statistics(self) -> None:
        """Without statistics there is no list."""
        with pytest.raises(NotComputed):
            describe_review_list(fake_study(n_test=20, with_embedding=False))


class TestVerdicts:
    def test_none_yet(self, large: Study) -> None:
        """Without verdicts, a sentence names the page and the command; there is no table."""
        text = str(describe_verdicts(large))
        assert "No person has reviewed the labels yet" in text
        assert "(label-review.qmd)" in text
        assert "`svhnlab verdicts FILE`" in text
        assert show_corrected_accuracy(large) == ""

    def test_all_reviewed(self, large: Study) -> None:
        """Counts, the rate with its interval, and the accuracies follow from the verdicts, and cover the truth."""
        study = reviewed(large, unclear=3)
        audit = audit_of(study)
        assert audit is not None
        text = plain(describe_verdicts(study))
        assert "all 50 images with a suspected label and all 200 images of a random sample of the others" in text
        assert "3 are unclear and keep their labels" in text
        found = audit.wrong(audit.others)
        assert f"differs from the label for 20 of the suspected and {found} of the other images" in text
        rate = audit.wrong_labels
        assert f"of all 1,000 test labels is {percent(rate.value, 2)} (95% interval {interval(rate.limits, 2)})" in text
        assert rate.low <= 0.04 <= rate.high
        assert "The true rate is 4.00%." in text
        assert "Although none" not in text
        assert "Against the corrected labels, the accuracy is" in text

    def test_accuracy_approximates_that_against_the_truth(self, large: Study) -> None:
        """The accuracy against corrected labels is close to that against true labels, and its interval contains it."""
        study = reviewed(large)
        truth, corrected = true_accuracy(study), corrected_accuracy(study)
        for name, estimate in corrected.items():
            given = float((~study.runs[name].test.wrong).mean())
            assert estimate.low <= truth[name].value <= estimate.high
            assert abs(estimate.value - truth[name].value) < 0.02
            assert abs(estimate.value - truth[name].value) < abs(given - truth[name].value)

    def test_nothing_wrong_in_the_sample(self) -> None:
        """If no sampled label is wrong, the sentence says what this still allows."""
        study = fake_study(n_test=1_000, kind="official")
        study = replace(study, data=replace(study.data, true_labels=study.data.test_labels))
        text = plain(describe_verdicts(reviewed(study)))
        assert "none is unclear" in text
        assert "none of the suspected and none of the other images" in text
        assert re.search(
            r"none of the sampled labels is wrong, up to 1\.\d+% of the labels that are not suspected", text
        )

    def test_stopped_early(self, large: Study) -> None:
        """A part of the images gives wider intervals; nothing is estimated from images of one group only."""
        study = reviewed(large, most=100)
        audit, complete = audit_of(study), audit_of(reviewed(large))
        assert audit is not None
        assert complete is not None
        text = plain(describe_verdicts(study))
        assert f"{len(audit.suspected.rows)} of the 50 images with a suspected label" in text
        assert f"{len(audit.others.rows)} of the 200 images of a random sample" in text
        assert audit.wrong_labels.low <= 0.04 <= audit.wrong_labels.high
        widths = [np.diff(one.wrong_labels.limits)[0] for one in (audit, complete)]
        assert widths[0] > widths[1]
        one = reviewed(large, most=1)
        text = plain(describe_verdicts(one))
        assert "none of the" in text
        assert "once images of both groups are reviewed" in text
        assert show_corrected_accuracy(one) == ""


class TestTables:
    def test_corrected_accuracy(self, large: Study) -> None:
        """The table has the accuracies against given, corrected and true labels."""
        study = reviewed(large)
        table = CorrectedAccuracyTable.from_study(study)
        assert table.cells().columns.tolist() == ["Run", "Accuracy", "Against corrected labels", "Against true labels"]
        corrected = corrected_accuracy(study)["cnn"]
        assert table.cells()["Against corrected labels"].iloc[0] == share_with_interval(corrected)
        assert table.frame()["accuracy_against_corrected_labels_lower"].iloc[0] == corrected.low
        assert f"Against the corrected labels: Two-layer CNN {percent(corrected.value)}" in table.alt
        assert "tbl-corrected-accuracy" in show_corrected_accuracy(study)

    def test_table_of_models(self, large: Study) -> None:
        """The table of all models has the corrected accuracy where the truth is unknown, else only in its CSV file."""
        study = reviewed(large)
        generated = ModelComparison.from_study(study)
        assert "Against corrected labels" not in generated.cells()
        assert "accuracy_against_corrected_labels" in generated.frame()
        photographs = replace(study, data=replace(study.data, true_labels=None))
        cells = ModelComparison.from_study(photographs).cells()
        assert "Against corrected labels" in cells
        assert not {"Against true labels", "Errors"} & set(cells)
