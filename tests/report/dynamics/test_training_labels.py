"""The data map, the suspected training labels, and the scores of the labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.analysis.training_dynamics import SCORES
from svhnlab.report import (
    Chapter,
    DataMap,
    LabelScoreTable,
    SuspectedTrainingLabels,
    describe_data_map,
    describe_training_labels,
    explain_unrecorded,
    show_label_scores,
    summarise_dynamics,
)
from svhnlab.report.core.select import NotComputed
from svhnlab.report.dynamics.scores import TITLES
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain, with_numbers, words

SENTENCES = (describe_data_map, describe_training_labels, summarise_dynamics, show_label_scores)


def with_labels(study: Study, **changes: object) -> Study:
    """The study with other scores of its training labels."""
    return replace(study, training_labels=replace(study.training_labels, **changes))


class TestDataMap:
    def test_panels(self, study):
        """Each model has a panel with the density of all images and a cross at each wrong label."""
        figure = DataMap.from_study(study).plot()
        assert [ax.get_title("left") for ax in figure.axes] == [
            "Two-layer CNN",
            "Two-layer CNN with augmentation",
            "ResNet-18",
            "ResNet-18 with augmentation",
        ]
        scores = study.training_labels.scores
        for i, ax in enumerate(figure.axes):
            density, crosses = ax.collections
            assert density.get_array().sum() == len(study.training_labels.labels)
            expected = np.column_stack([scores["variability"][i, [2, 6]], scores["confidence"][i, [2, 6]]])
            np.testing.assert_allclose(crosses.get_offsets(), expected)

    def test_numbers(self, study):
        """The table counts the images and the wrong labels in each cell."""
        frame = DataMap.from_study(study, "cnn").frame()
        assert frame[["images", "known_wrong"]].sum().tolist() == [800, 2]
        cells = frame.loc[frame["known_wrong"].repeat(frame["known_wrong"]).index]
        confidence = study.training_labels.scores["confidence"][0, [2, 6]]
        np.testing.assert_allclose(np.sort(cells["confidence"]), np.sort(confidence), atol=0.5 / DataMap.cells)

    def test_photographs(self):
        """Where the wrong labels are unknown, the suspected ones are marked."""
        shown = DataMap.from_study(fake_study(n_test=40, kind="official"))
        assert np.flatnonzero(shown.marked).tolist() == [0, 3, 6]
        assert "with a mark at each suspected label" in shown.alt
        assert shown.for_phone().size[0] < 4


class TestDescribeDataMap:
    def test_never_predicted(self, study):
        """Labels that no epoch predicts, as a share of the wrong and of the correct labels."""
        assert plain(describe_data_map(study)) == (
            "For 1 of 800 training images, the label is predicted in no epoch of the training. "
            "That is true of 50.0% of the wrong labels and of 0.0% of the correct ones."
        )


class TestSuspectedTrainingLabels:
    def test_words(self, study):
        """Below each image are label, suggestion, score and whether it is wrong."""
        labels = study.training_labels
        display = SuspectedTrainingLabels.from_study(with_numbers(study), n_images=2)
        assert display.images.tolist() == [45, 3]
        shown = words(display.plot())
        assert shown[0] == f"label {labels.labels[6]}"
        assert (shown[3], shown[7]) == ("label is wrong", "label is correct")
        assert display.alt.startswith("2 training images of 3 with a suspected label")

    def test_none(self, study):
        """Without suspected labels there is a placeholder."""
        review = replace(study.training_labels.review, suspected=np.zeros(0, dtype=np.int64), true_positives=0)
        none = with_labels(study, review=review, images=np.zeros((0, 3, 32, 32), dtype=np.uint8))
        assert SuspectedTrainingLabels.from_study(none).alt == (
            "No image to show: no training label is suspected to be wrong."
        )
        assert "flags none of 800 training labels (0.00%)" in str(describe_training_labels(none))


class TestSentences:
    def test_generated(self, study):
        """On generated digits, precision and recall with intervals."""
        text = str(describe_training_labels(study))
        assert "from the trainings of all 4 models flags 3 of 800 training labels (0.38%)" in text
        assert "Of 3 suspected labels, 1 is wrong (precision 33.3%, 95% interval 6.1% to 79.2%)" in text
        assert "average precision of 0.75" in text
        assert plain(summarise_dynamics(study)) == (
            "A network fits a wrong label later than the correct ones, if at all, so the course of the training "
            "reveals suspected labels: 3 of 800 training labels. Of 2 wrong labels, 1 is among them."
        )

    def test_photographs(self):
        """Where the true labels are unknown, nothing is claimed."""
        photographs = fake_study(n_test=40, kind="official")
        assert "not proven to be wrong" in str(describe_training_labels(photographs))
        assert "cannot be stated" in str(show_label_scores(photographs))
        assert str(summarise_dynamics(photographs)).endswith("suspected labels: 3 of 160 training labels.")

    def test_no_wrong_labels(self, study):
        """Digits generated without wrong labels: the scores cannot be compared."""
        clean = with_labels(study, wrong=np.zeros(0, dtype=np.int64))
        assert "each is a false positive" in str(describe_training_labels(clean))
        assert "cannot be compared" in str(show_label_scores(clean))

    @pytest.mark.parametrize("sentence", SENTENCES)
    def test_not_computed(self, study, sentence):
        """A study without scores, or whose trainings recorded no dynamics, has a line in its place."""
        for labels in (None, replace(study.training_labels, configurations=())):
            without = replace(study, training_labels=labels)
            with pytest.raises(NotComputed):
                sentence(without)
            settings = {"profile": {"name": "demo"}, "data": {"kind": "generated"}, "start": {"kind": "random"}}
            named = replace(without, settings={**settings, "split": {"protocol": "official", "unit": "photograph"}})
            full = replace(named, settings={**named.settings, "seed": 0, "seeds": 1})
            assert "Not computed yet" in str(Chapter(full).show(sentence))


class TestExplainUnrecorded:
    def test_earlier_version(self, study):
        """Only if a training recorded no dynamics, the page says how to record them."""
        assert explain_unrecorded(study) == explain_unrecorded(replace(study, training_labels=None)) == ""
        assert "train again" in explain_unrecorded(with_labels(study, configurations=("cnn",)))


class TestLabelScoreTable:
    def test_rows(self, study):
        """Every score has a row with its AUROC and average precision."""
        assert TITLES.keys() == SCORES.keys()
        table = LabelScoreTable.from_study(study, "cnn")
        detection = study.training_labels.detection["cnn"]
        assert table.frame()["auroc"].tolist() == [detection[name].auroc.value for name in TITLES]
        assert table.cells()["Score"][0] == "Area under the margin"

    def test_tabs(self, study):
        """Each model has a tab; the caption states what chance would give."""
        text = str(show_label_scores(study))
        assert text.count("#tbl-label-scores-") == 4
        assert "(0.003 is expected by chance)" in plain(text)
