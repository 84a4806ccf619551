"""The comparison of the study's split with a random split of single images in the data chapter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report.core.select import NotComputed
from svhnlab.report.data.random_split import RandomSplitTable, describe_random_split, show_random_split
from svhnlab.store.schema import ClassScores, Study
from tests.report.helpers import plain

IMAGES = 400


def scores(correct: int) -> ClassScores:
    """Class scores of which this number is correct."""
    labels = np.arange(IMAGES) % 10
    predicted = np.where(np.arange(IMAGES) < correct, labels, (labels + 1) % 10)
    return ClassScores(labels, 4 * np.eye(10, dtype=np.float32)[predicted])


def with_outcomes(study: Study, validation: int, test: int, random_validation: int, random_test: int) -> Study:
    """The study with these numbers of correct images of 400, each of its own photograph."""
    run, random = study.runs["cnn"], study.random_split
    assert random is not None
    own = np.arange(IMAGES)
    changed = replace(
        run,
        validation=replace(run.validation, **vars_of(scores(validation))),
        test=replace(run.test, **vars_of(scores(test))),
        best_epoch=5,
    )
    return replace(
        study,
        runs={**study.runs, "cnn": changed},
        data=replace(study.data, photographs={"validation": own, "test": own}),
        random_split=replace(
            random,
            validation=scores(random_validation),
            test=scores(random_test),
            photographs=own + IMAGES,
            best_epoch=8,
        ),
    )


def vars_of(found: ClassScores) -> dict:
    return {"labels": found.labels, "logits": found.logits}


class TestRandomSplitTable:
    def test_rows(self, study: Study) -> None:
        """One row for each split, with the numbers unrounded in the file."""
        table = RandomSplitTable.from_study(with_outcomes(study, 340, 336, 360, 338))
        assert table.cells().iloc[:, 0].tolist() == ["photographs (this report)", "single images"]
        assert table.cells()["Kept epoch"].tolist() == ["5/8", "8/8"]
        assert table.cells()["Validation"].tolist() == ["85.0% (81.2–88.2)", "90.0% (86.7–92.6)"]
        assert table.frame()["difference"].tolist() == pytest.approx([0.01, 0.055])
        assert table.frame()["best_epoch"].tolist() == [5, 8]
        assert "+1.0 (" in table.alt
        assert "+5.5 (" in table.alt


class TestDescribeRandomSplit:
    def test_flattered(self, study: Study) -> None:
        """A bias is claimed if its interval is above zero."""
        text = plain(describe_random_split(with_outcomes(study, 340, 336, 380, 336)))
        assert "The split of this report divides whole photographs." in text
        assert "Validation accuracy minus test accuracy is then +11.0 (" in text
        assert "percentage points instead of +1.0 (" in text
        assert "would thus have flattered the validation accuracy by 10.0 percentage points (95% interval +" in text

    def test_no_difference(self, study: Study) -> None:
        text = plain(describe_random_split(with_outcomes(study, 340, 336, 344, 336)))
        assert "No difference between the two splits was found (95% interval −" in text
        assert "flattered" not in text

    def test_lowered(self, study: Study) -> None:
        text = plain(describe_random_split(with_outcomes(study, 380, 336, 340, 336)))
        assert "would thus have lowered the validation accuracy by 10.0 percentage points" in text


class TestShowRandomSplit:
    def test_sentences_and_table(self, study: Study) -> None:
        shown = show_random_split(study)
        assert shown.startswith("The split of this report")
        assert "::: {#tbl-random-split}" in shown
        assert "Accuracy of the two-layer CNN, difference in percentage points" in plain(shown)

    def test_none(self, study: Study) -> None:
        """Nothing is shown for a study without such a training, as of an earlier version or of the demo."""
        without = replace(study, random_split=None)
        assert show_random_split(without) == ""
        with pytest.raises(NotComputed):
            RandomSplitTable.from_study(without)

    def test_configuration_is_missing(self, study: Study) -> None:
        """If the configuration itself is missing, the chapter states the command that trains it."""
        others = {name: run for name, run in study.runs.items() if name != "cnn"}
        with pytest.raises(NotComputed, match="cnn"):
            show_random_split(replace(study, runs=others))
