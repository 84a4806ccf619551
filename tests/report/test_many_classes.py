"""A study of 200 classes with long, right-to-left and marked-up names: figures fit a page, tables show the ends."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from svhnlab.cards.data import class_table
from svhnlab.config.study_file import MAX_CLASSES
from svhnlab.report import (
    ClassCoverageTable,
    ClassDistribution,
    ConfusionMatrix,
    EmbeddingMaps2D,
    PerClassTable,
    SampleGrid,
    explain_ends,
    explain_samples,
)
from svhnlab.report.comparison.class_differences import ClassDifferences
from svhnlab.report.core.many_classes import EACH_END, MOST_ROWS
from svhnlab.report.core.style import PER_CELL
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study

NAMES = tuple(
    ("species {} of a genus with a long name", "<b>*{}*</b> $x_1$ | 🐈", "ملف {}")[k % 3].format(k)
    for k in range(MAX_CLASSES)
)
PAGE = 9.5  # inches


@pytest.fixture(scope="module")
def study() -> Study:
    return fake_study(n_test=800, runs=("cnn", "cnn-aug"), class_names=NAMES, kind="custom")


class TestTables:
    def test_ends(self, study: Study) -> None:
        """Classes with the lowest and the highest values have a row; the CSV file has all classes."""
        per_class = PerClassTable.from_study(study, "cnn")
        shown, f1 = per_class.shown_rows(), per_class.frame()["f1"].to_numpy()
        assert len(per_class.frame()) == MAX_CLASSES
        assert shown[EACH_END] is None
        assert len(per_class.cells()) == 2 * EACH_END + 2
        low = [k for k in shown[:EACH_END] if k is not None]
        assert f1[low].max() <= np.nanmedian(f1)
        assert per_class.cells().iloc[EACH_END].tolist() == ["…"] * 5
        assert len(ClassCoverageTable.from_study(study).cells()) == 2 * EACH_END + 1
        assert class_table(study).count("\n") == 2 * EACH_END + 3

    def test_captions(self, study: Study) -> None:
        """Captions tell which classes are shown, if not all are."""
        assert explain_ends(study, by="F1").startswith(f"Of {MAX_CLASSES} classes, the {EACH_END} with the lowest")
        assert explain_samples(study) == f"Of {MAX_CLASSES} classes, 60 are shown."
        few = fake_study(n_test=20)
        assert explain_ends(few, by="F1") == explain_samples(few) == ""

    def test_right_alignment(self, study: Study) -> None:
        """The row for those left out leaves numbers aligned to the right."""
        assert PerClassTable.from_study(study, "cnn").markdown().splitlines()[1].endswith(":|")

    def test_names_are_text(self, study: Study) -> None:
        """Markup in a name is escaped, and a bar does not end the cell."""
        for line in PerClassTable.from_study(study, "cnn").markdown().splitlines():
            assert len(re.findall(r"(?<!\\)\|", line)) == 6
            assert "<b>" not in line


class TestFigures:
    def test_fit_a_page(self, study: Study) -> None:
        """No figure is higher than a page, and no text alternative lists all classes."""
        for display in (
            ConfusionMatrix.from_study(study, "cnn"),
            ClassDistribution.from_study(study),
            ClassDifferences.from_study(study, "cnn", "cnn-aug"),
            SampleGrid.from_study(study),
            EmbeddingMaps2D.from_study(study),
        ):
            assert display.size[1] <= PAGE
            assert len(display.alt) < 1000
            display.plot()

    def test_distribution(self, study: Study) -> None:
        """The rarest and the most frequent classes have bars; the text alternative tells that others have none."""
        figure = ClassDistribution.from_study(study)
        ax = figure.plot().axes[0]
        assert len(ax.get_yticks()) == 2 * EACH_END + 1
        assert f"Of {MAX_CLASSES} classes" in figure.alt
        assert len(figure.frame()) == MAX_CLASSES

    def test_matrix_is_one_picture(self, study: Study) -> None:
        """The cells are a picture, the labels do not overlap, and the links follow the order of the classes."""
        figure = ConfusionMatrix.from_study(study, "cnn")
        (ax,) = figure.plot().axes
        (picture,) = ax.get_images()
        counts = figure.evaluation.confusion
        order = figure._order
        drawn = ~np.ma.getmaskarray(picture.get_array())[::PER_CELL, ::PER_CELL]
        assert np.array_equal(drawn, counts[np.ix_(order, order)] > 0)
        assert sorted(order) == list(range(MAX_CLASSES))
        labels = ax.get_yticklabels()
        middles = [label.get_window_extent().y1 for label in labels]
        line = 1.2 * labels[0].get_fontsize() / 72 * ax.figure.dpi
        assert all(one - other >= line for one, other in itertools.pairwise(middles))
        assert len(labels) > MOST_ROWS

    def test_confused_classes_are_adjacent(self, study: Study) -> None:
        """The order brings the confusions nearer to the diagonal than that of the labels."""
        figure = ConfusionMatrix.from_study(study, "cnn")
        off = figure.evaluation.confusion * (1 - np.eye(MAX_CLASSES, dtype=int))
        gap = np.abs(np.subtract.outer(np.arange(MAX_CLASSES), np.arange(MAX_CLASSES)))
        ordered = off[np.ix_(figure._order, figure._order)]
        assert (ordered * gap).sum() < 0.9 * (off * gap).sum()

    def test_few_classes_keep_their_order(self) -> None:
        """Up to 40 classes are in the order of their labels."""
        few = ConfusionMatrix.from_study(fake_study(n_test=60, runs=("cnn",)), "cnn")
        assert few._order.tolist() == list(range(10))
