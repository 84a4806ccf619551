"""What the figures show: their artists hold the numbers they were made from."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

from svhnlab.report import (
    AugmentationGrid,
    BrightnessContrast,
    CentroidDistances,
    CentroidTable,
    ChannelStatistics,
    ClassDistribution,
    ConfusionMatrix,
    MarginDistributions,
    MisclassifiedGallery,
    MostConfusedPairs,
    SampleGrid,
    TrainingCurves,
)
from svhnlab.report.core.style import THEMES, contrast_ratio
from svhnlab.report.core.text import confidence, count, number, percent
from svhnlab.store.schema import Epoch
from tests.fixtures.fakes import fake_history, fake_study

NAMES = ("cat", "dog", "emu")


@pytest.fixture(scope="module")
def study():
    return fake_study(n_test=200)


def words(ax):
    """All non-empty texts on axes."""
    return [text.get_text() for text in ax.texts if text.get_text()]


class TestClassDistribution:
    display = ClassDistribution({"train": [6, 3, 1], "test": [1, 1, 0]}, NAMES)

    def test_bars_are_shares(self):
        """Bar lengths are shares of the split, figures are counts, rows are named."""
        train, test = self.display.plot().axes
        assert [bar.get_width() for bar in train.patches] == pytest.approx([0.6, 0.3, 0.1])
        assert [bar.get_width() for bar in test.patches] == pytest.approx([0.5, 0.5, 0])
        assert words(train)[:3] == ["6", "3", "1"]
        assert [label.get_text() for label in train.get_yticklabels()] == list(NAMES)
        assert train.get_title("left") == "Train"

    def test_alt(self):
        """The text alternative names the extremes of the largest split."""
        assert "train 10 images and test 2 images" in self.display.alt
        assert "class cat is the most frequent with 6 (60.0%)" in self.display.alt
        assert "class emu the rarest with 1 (10.0%)" in self.display.alt

    def test_frame(self):
        """The table has counts and shares of every split side by side."""
        frame = self.display.frame()
        assert frame["train", "share"].tolist() == pytest.approx([0.6, 0.3, 0.1])
        assert frame.loc["dog", ("test", "count")] == 1


class TestSampleGrid:
    @pytest.mark.parametrize(
        ("classes", "n_samples", "shown", "lines"), [(2, 6, 6, 2), (12, 6, 6, 12), (26, 10, 5, 13)]
    )
    def test_images(self, classes, n_samples, shown, lines):
        """Each image stands in its class's row, pixel for pixel, right of the name; many classes are in two blocks."""
        images = np.random.default_rng(0).integers(0, 256, (classes, 12, 3, 8, 8), dtype=np.uint8)
        names = [f"class {k}" for k in range(classes)]
        display = SampleGrid(images, names, n_samples=n_samples)
        ax = display.plot()
        canvas = np.asarray(ax.images[0].get_array())
        assert canvas.shape[0] == lines * 10
        assert words(ax) == names
        assert display.frame().shape[0] == classes * shown
        for k in (0, classes - 1):
            words_at = ax.texts[k].get_position()
            left = round((words_at[0] + 0.12) * 10) + 1
            np.testing.assert_array_equal(
                canvas[k % lines * 10 + 1 :, left + 10 :][:8, :8, :3], np.moveaxis(images[k, 1], 0, -1)
            )

    @pytest.mark.parametrize("classes", [2, 6, 10, 12, 26])
    def test_fits_a_page(self, classes):
        """However many classes there are, the grid is no higher than a page."""
        images = np.zeros((classes, 12, 3, 32, 32), dtype=np.uint8)
        assert SampleGrid(images, ["emergency vehicle"] * classes, n_samples=10).size[1] <= 9


class TestChannelStatistics:
    def test_cells(self, study):
        """Means and deviations are those of the data, with three decimals."""
        cells = ChannelStatistics.from_results(study.data).cells()
        assert cells["Split"].tolist() == ["Train", "Validation", "Test"]
        assert cells["Blue mean"].tolist() == ["0.473"] * 3
        assert cells["Images"].tolist() == ["800", "200", "200"]


class TestBrightnessContrast:
    def test_medians(self):
        """Each row's mark is the median of its split."""
        rng = np.random.default_rng(0)
        splits = {name: {"brightness": rng.random(50), "contrast": rng.random(50)} for name in ("train", "test")}
        display = BrightnessContrast(splits)
        ax = display.plot().axes[0]
        middle = float(np.median(splits["train"]["brightness"]))
        assert ax.lines[0].get_xdata()[0] == pytest.approx(middle)
        assert number(middle, 2) in words(ax)
        assert f"train {number(middle, 2)}" in display.alt


class TestAugmentationGrid:
    def test_rows(self, study):
        """Each transform has a named row, and originals stand at the left of their outcomes."""
        display = AugmentationGrid.from_results(study.augmentation, n_originals=2)
        ax = display.plot()
        assert words(ax)[:5] == ["Moves", "Colour", "Inversion", "Cutout", "All"]
        assert words(ax).count("Original") == 2
        assert "moves, colour, inversion, cutout and all" in display.alt


class TestTrainingCurves:
    def test_lines(self):
        """Lines hold the history; the mark stands at the kept epoch."""
        history = fake_history(6)
        display = TrainingCurves([history], [4], ["CNN"])
        loss, accuracy = display.plot().axes
        train, validation, kept = loss.lines
        assert list(train.get_ydata()) == [epoch.train_loss for epoch in history]
        assert list(validation.get_ydata()) == [epoch.validation_loss for epoch in history]
        assert kept.get_xdata() == [4]
        assert accuracy.lines[2].get_ydata() == [history[3].validation_accuracy]
        assert train.get_linestyle() != validation.get_linestyle()
        assert percent(history[3].validation_accuracy) in display.alt
        assert "kept epoch 4" in display.alt

    @pytest.mark.parametrize("runs", [1, 4])
    @pytest.mark.parametrize("gap", [-0.3, 0.3])
    def test_label_avoids_lines(self, runs, gap):
        """No line runs through the kept epoch's label, whichever is higher, and it does not stretch the axes."""
        history = [
            Epoch(n, 2 / n + gap, 0.9 - 0.5 / n + gap, 2 / n, 0.9 - 0.5 / n, 1e-3, 1.0, 100.0) for n in range(1, 13)
        ]
        figure = TrainingCurves([history] * runs, [12] * runs, ["CNN"] * runs).plot()
        figure.draw_without_rendering()
        for ax in figure.axes:
            (label,) = [text for text in ax.texts if "epoch" in text.get_text()]
            box, frame = label.get_window_extent(), ax.get_window_extent()
            assert not any(
                line.get_transform().transform_path(line.get_path()).intersects_bbox(box) for line in ax.lines
            )
            assert frame.y0 < box.y0 < box.y1 < frame.y1
            drawn = [value for line in ax.lines for value in line.get_ydata()]
            assert np.ptp(ax.get_ylim()) < 1.4 * np.ptp(drawn)

    def test_several_runs(self, study):
        """Several runs stand in columns of their own on a common scale."""
        figure = TrainingCurves.from_results(study.runs).plot()
        assert len(figure.axes) == 2 * len(study.runs)
        assert len({ax.get_ylim() for ax in figure.axes[: len(study.runs)]}) == 1

    def test_many_runs(self):
        """Runs that find no room side by side stand in further rows, so that their titles do not meet."""
        figure = TrainingCurves([fake_history(3)] * 5, [2] * 5, ["Two-layer CNN with augmentation"] * 5).plot()
        figure.draw_without_rendering()
        titles = [text.get_window_extent() for text in figure.findobj(Text) if text.get_text().startswith("Two")]
        assert len(titles) == 5
        assert not any(one.overlaps(other) for one, other in combinations(titles, 2))

    def test_single_epoch(self):
        """A history of one epoch can be drawn."""
        history = [Epoch(1, 2.0, 0.2, 2.1, 0.18, 1e-3, 1.0, 100.0)]
        assert TrainingCurves([history], [1], ["CNN"]).plot().axes[0].get_xlim() == (0.5, 1.5)


class TestConfusionMatrix:
    display = ConfusionMatrix.from_predictions([0] * 8 + [1] * 4 + [2] * 2, [0] * 6 + [1] * 2 + [1] * 4 + [0, 2], NAMES)

    def test_cells(self):
        """Cells show counts on the left and shares of the row on the right; empty cells stay empty."""
        counts, shares = self.display.plot().axes
        assert words(counts) == ["6", "2", "4", "1", "1"]
        assert words(shares) == ["75", "25", "100", "50", "50"]
        assert [label.get_text() for label in counts.get_xticklabels()] == list(NAMES)

    @pytest.mark.parametrize("theme", list(THEMES))
    def test_text_contrast(self, theme):
        """Words in cells can be read on the colour of their cell, in every theme."""
        for ax in self.display.plot(theme=theme).axes:
            mesh = ax.collections[0]
            colours = mesh.to_rgba(mesh.get_array().ravel())
            for text in ax.texts:
                x, y = text.get_position()
                cell = colours[int(y) * 3 + int(x)]
                assert contrast_ratio(text.get_color(), to_hex(cell)) >= 4.5

    def test_alt(self):
        """The text alternative has the totals and the first confusion."""
        assert "14 images" in self.display.alt
        assert "11 right on the diagonal, 3 wrong" in self.display.alt
        assert "cat taken for dog, 2 times (25.0% of its images)" in self.display.alt

    def test_one_panel(self):
        """A single panel can be had."""
        figure = ConfusionMatrix(self.display.evaluation, NAMES, panels="shares").plot()
        assert len(figure.axes) == 1

    def test_small_shares(self):
        """A share that rounds to nothing is not shown as 0."""
        display = ConfusionMatrix.from_predictions([0] * 400 + [1], [1] + [0] * 399 + [1], NAMES[:2])
        assert words(display.plot().axes[1]) == ["100", "<1", "100"]


class TestMisclassifiedGallery:
    def test_words(self, study):
        """Below each image stand true class, predicted class and confidence, the most confident first."""
        test = study.runs["cnn"].test
        display = MisclassifiedGallery.from_results(study, "cnn", n_images=5)
        assert len(display.rows) == 5
        assert test.wrong[display.rows].all()
        assert (np.diff(test.confidence[display.rows]) <= 0).all()
        texts = words(display.plot())
        row = display.rows[0]
        assert texts[0] == f"{test.labels[row]} → {test.predicted[row]}"
        assert texts[1] == confidence(test.confidence[row])
        assert f"5 misclassified images of {count(int(test.wrong.sum()))}" in display.alt

    def test_orders(self, study):
        """Loss and margin fall from image to image, the quality of the label rises, and each stands below its image."""
        test = study.runs["cnn"].test
        loss = MisclassifiedGallery.from_results(study, "cnn", order="loss")
        right = test.probabilities[loss.rows, test.labels[loss.rows]]
        np.testing.assert_allclose(loss.frame()["value"], -np.log(right))
        assert (np.diff(loss.frame()["value"]) <= 0).all()
        assert words(loss.plot())[1] == f"loss {loss.frame()['value'][0]:.1f}"
        margin = MisclassifiedGallery.from_results(study, "cnn", order="margin").frame()["value"]
        assert margin.iloc[0] > 0
        assert (np.diff(margin) <= 0).all()
        label = MisclassifiedGallery.from_results(study, "cnn", order="label")
        assert (np.diff(label.frame()["value"]) >= 0).all()
        assert label.values[label.rows[0]] == study.statistics.labels.quality[test.wrong].min()
        assert "most suspect label first" in label.alt

    def test_undefined_comes_last(self):
        """An image without a margin is shown after those that have one."""
        images = np.zeros((3, 3, 8, 8), dtype=np.uint8)
        display = MisclassifiedGallery(images, [0, 0, 0], [1, 1, 1], [np.nan, 0.1, 0.2], NAMES, order="margin")
        assert display.rows.tolist() == [2, 1, 0]

    def test_wrong_in_all(self):
        """Only images that every run gets wrong are shown, and the words say so."""
        study = fake_study(n_test=200, noise=3.0)
        wrong = np.all([run.test.wrong for run in study.runs.values()], axis=0)
        display = MisclassifiedGallery.from_results(study, "cnn", wrong_in_all=True, n_images=200)
        assert sorted(display.rows) == np.flatnonzero(wrong).tolist()
        assert "every run gets wrong" in display.alt

    def test_pixels(self, study):
        """The images are those of the rows."""
        display = MisclassifiedGallery.from_results(study, "cnn")
        canvas = np.asarray(display.plot().images[0].get_array())
        image = study.data.test_images[display.rows[1]]
        np.testing.assert_array_equal(canvas[1:33, 35:67, :3], np.moveaxis(image, 0, -1))

    def test_given_rows(self):
        """Of rows that are given only the errors are shown."""
        images = np.zeros((4, 3, 8, 8), dtype=np.uint8)
        display = MisclassifiedGallery(images, [0] * 4, [1, 0, 1, 1], [0.5, 0.9, 0.7, 0.6], NAMES, rows=[1, 2, 3])
        assert display.frame()["row"].tolist() == [2, 3]

    def test_refused(self, study):
        """An unknown order or run, and an order whose numbers are not made yet, are refused by name."""
        with pytest.raises(ValueError, match="not by 'size'"):
            MisclassifiedGallery.from_results(study, "cnn", order="size")
        with pytest.raises(ValueError, match="lenet"):
            MisclassifiedGallery.from_results(study, "lenet")
        bare = fake_study(n_test=50, with_embedding=False)
        for order in ("margin", "label"):
            with pytest.raises(ValueError, match="no"):
                MisclassifiedGallery.from_results(bare, "cnn", order=order)


class TestMostConfusedPairs:
    def test_cells(self):
        """Counts, shares of the class and shares of the errors of a small example."""
        table = MostConfusedPairs.from_predictions([0] * 4 + [1, 1], [0, 1, 1, 2, 1, 0], NAMES, top=2)
        cells = table.cells()
        assert cells.iloc[0, :4].tolist() == ["cat", "dog", "2", "50.0%"]
        assert cells["Share of errors"].tolist() == ["50.0%", "25.0%"]
        assert cells.iloc[1, :2].tolist() == ["dog", "cat"]

    def test_no_errors(self):
        """Without errors the table is empty, and its text says so."""
        table = MostConfusedPairs.from_predictions([0, 1], [0, 1], NAMES[:2])
        assert len(table.cells()) == 0
        assert table.markdown().startswith("|")
        assert "No image" in table.alt


class TestCentroids:
    def test_share_below_the_diagonal(self, study):
        """The share in the panel, in the text and in the table is that of the points below the diagonal."""
        run = study.runs["cnn"]
        display = CentroidDistances.from_results(run)
        ax = display.plot().axes[0]
        x, y = np.asarray(ax.collections[-1].get_offsets()).T
        share = float((y < x).mean())
        assert len(x) == run.test.wrong.sum()
        assert any(text.startswith(percent(share, 0)) for text in words(ax))
        assert percent(share) in display.alt
        cells = CentroidTable.from_results(run).cells()
        assert cells["Distance"].tolist() == ["raw", "scale\u2011free"]
        assert cells["Nearer to predicted"].iloc[1].startswith(f"{percent(share)} (")

    def test_common_scale(self, study):
        """Panels share a scale only where distances have no unit."""
        free = CentroidDistances.from_results(study.runs).plot().axes
        raw = CentroidDistances.from_results(study.runs, scale_free=False).plot().axes
        assert len({ax.get_xlim() for ax in free}) == 1
        assert len({ax.get_xlim() for ax in raw}) == len(study.runs)

    def test_margins(self, study):
        """Right images lie nearer to their own centroid than wrong ones."""
        display = MarginDistributions.from_results(study.runs["cnn"])
        right, wrong = display.frame()["median"]
        assert right < 0 < wrong
        assert number(right, 2) in display.alt
        ax = display.plot().axes[0]
        assert [line.get_xdata()[0] for line in ax.lines[:2]] == pytest.approx([right, wrong])
