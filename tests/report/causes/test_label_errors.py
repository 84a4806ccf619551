"""Suspected label errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from svhnlab.report.causes.label_errors import SuspectedLabels, describe_label
from svhnlab.report.core.text import shortened
from tests.fixtures.fakes import fake_study
from tests.report.helpers import LONG, with_statistics, words


class TestSuspectedLabels:
    def test_words(self, study):
        """Below each image are label, suggestion, score and whether it is wrong, with the lowest score first."""
        review, data = study.statistics.labels, study.data
        display = SuspectedLabels.from_study(study, n_images=3)
        row = review.suspected[0]
        assert display.images.tolist() == review.suspected[:3].tolist()
        shown = words(display.plot())
        assert shown[0] == f"label {data.test_labels[row]}"
        assert shown[1] == f"models: {review.suggested[row]}"
        assert shown[2].startswith("score ")
        assert shown[3] == ("label is wrong" if row in data.injected else "label is correct")
        assert f"3 test images of {len(review.suspected)}" in display.alt
        assert "the class with the highest mean probability over the models" in display.alt

    def test_numbers(self, study):
        """The table names each image by its position in its file."""
        moved = replace(study, data=replace(study.data, indices={"test": 3 * np.arange(200) + 10}))
        suspected = study.statistics.labels.suspected
        assert SuspectedLabels.from_study(moved).frame()["image"].tolist() == (3 * suspected + 10).tolist()

    def test_photographs(self):
        """Where the true labels are unknown, no verdict is shown."""
        shown = words(SuspectedLabels.from_study(fake_study(n_test=40, kind="official")).plot())
        assert not any("is wrong" in text or "is correct" in text for text in shown)

    def test_long_names(self):
        """A long class name is cut to the width of its image."""
        assert shortened("automobile", 9) == "automobi…"
        assert shortened("cat", 9) == "cat"
        shown = words(SuspectedLabels.from_study(fake_study(n_test=40, class_names=LONG)).plot())
        assert all(len(text) <= 16 for text in shown)


class TestLabelComment:
    def test_generated(self, study):
        """On generated digits the truth is known: precision and recall with intervals, and average precision."""
        text = str(describe_label(study))
        assert "all 4 models flags 12 of 200 test labels as suspect (6.00%)" in text
        assert "Of 12 suspected labels, 1 is wrong (precision 8.3%, 95% interval 1.5% to 35.4%)" in text
        assert "of 2 wrong labels, 1 is missed (recall 50.0%, 9.5% to 90.5%)" in text
        assert "average precision of 0.25; about 0.010 is expected by chance" in text

    def test_photographs(self):
        """For photographs the true labels are unknown: the sentence states it and claims nothing."""
        text = str(describe_label(fake_study(n_test=40, kind="official")))
        assert "true labels of these data are unknown" in text
        assert "precision" not in text

    def test_none(self, study):
        """No suspected label, and no label that is known to be wrong."""
        none = np.array([], dtype=np.int64)
        calm = with_statistics(study, labels=replace(study.statistics.labels, suspected=none, true_positives=0))
        assert "flags none of 200 test labels as suspect" in str(describe_label(calm))
        clean = replace(study.statistics.labels, injected=0, true_positives=0, average_precision=float("nan"))
        assert "false positive" in str(describe_label(with_statistics(study, labels=clean)))
