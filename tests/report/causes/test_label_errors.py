"""What the pages show about why images go wrong: distances, calibration, segments, labels and duplicates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from svhnlab.report.causes.label_errors import LabelQualityFigure, SuspectedLabels, describe_label
from svhnlab.report.core.text import shortened
from tests.fixtures.fakes import fake_study
from tests.report.helpers import LONG, with_statistics, words


class TestSuspectedLabels:
    def test_words(self, study):
        """Below each image stand given label, suggestion and score, the worst first, and what is known."""
        review, data = study.statistics.labels, study.data
        display = SuspectedLabels.from_results(study, n_images=3)
        row = review.suspected[0]
        assert display.rows.tolist() == review.suspected[:3].tolist()
        shown = words(display.plot())
        assert shown[0] == f"label {data.test_labels[row]}"
        assert shown[1] == f"rather {review.suggested[row]}"
        assert shown[2].startswith("score ")
        assert shown[3] == ("known wrong" if row in data.planted else "label is right")
        assert f"3 test images of {len(review.suspected)}" in display.alt
        assert "the class with the highest mean probability over the runs" in display.alt

    def test_photographs(self):
        """Where nothing is known, nothing is said to be known."""
        shown = words(SuspectedLabels.from_results(fake_study(n_test=40, kind="official")).plot())
        assert not any("known" in word or "right" in word for word in shown)

    def test_long_names(self):
        """A long class name is cut, so that it keeps to its image."""
        assert shortened("automobile", 9) == "automobi…"
        assert shortened("cat", 9) == "cat"
        shown = words(SuspectedLabels.from_results(fake_study(n_test=40, class_names=LONG)).plot())
        assert all(len(word) <= 16 for word in shown)


class TestLabelQualityFigure:
    def test_rows(self, study):
        """Each group has a row with its number; bars count the scores."""
        display = LabelQualityFigure.from_results(study)
        axes = display.plot().axes
        assert [ax.get_title("left") for ax in axes] == ["Not suspected: 188", "Suspected: 12", "Known to be wrong: 2"]
        assert [int(ax.patches[0].get_data().values.sum()) for ax in axes] == [188, 12, 2]
        photographs = LabelQualityFigure.from_results(fake_study(n_test=40, kind="official"))
        assert len(photographs.plot().axes) == 2


class TestLabelComment:
    def test_generated(self, study):
        """On generated digits the truth is known: precision and recall with intervals, and average precision."""
        text = str(describe_label(study))
        assert "12 of 200 test labels are suspected" in text
        assert "a precision of 8.3% (95% interval 1.5% to 35.4%) and a recall of 50.0% (1 of 2, 9.5% to 90.5%)" in text
        assert "average precision of 0.25; by chance it would be about 0.010" in text

    def test_photographs(self):
        """On photographs nobody knows: the sentence says so and claims nothing."""
        text = str(describe_label(fake_study(n_test=40, kind="official")))
        assert "is not known" in text
        assert "precision" not in text

    def test_none(self, study):
        """No suspected label, and no planted one."""
        none = np.array([], dtype=np.int64)
        found = with_statistics(study, labels=replace(study.statistics.labels, suspected=none, found=0))
        assert "none of 200 test labels is suspected" in str(describe_label(found))
        clean = replace(study.statistics.labels, planted=0, found=0, average_precision=float("nan"))
        assert "false alarm" in str(describe_label(with_statistics(study, labels=clean)))
