"""Runs side by side: tables and figures hold the numbers of the stored statistics, and only these."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from svhnlab.analysis.seeds import metric_over_seeds
from svhnlab.paths import CHAPTER_END
from svhnlab.report import (
    AccuracyChart,
    AccuracyCost,
    AgreementFigure,
    Chapter,
    ClassDifferences,
    CostTable,
    InteractionChart,
    ModelComparison,
    PairedTable,
    PerClassTable,
    SeedTable,
    describe_comparison,
    notice,
)
from svhnlab.report.comparison.pairwise_tests import augmentation_pairs, reversed_if_needed
from svhnlab.report.core.select import named_runs
from svhnlab.report.core.style import THEMES, contrast_ratio
from svhnlab.report.core.text import (
    millions,
    p_equation,
    p_value,
    percent,
    points_with_interval,
    share_with_interval,
    signed_points,
    times,
    without_start,
)
from svhnlab.report.errors.confusion_matrix import ConfusionMatrix
from svhnlab.report.features.maps import EmbeddingMaps2D
from svhnlab.store.schema import Estimate
from tests.fixtures.fakes import TITLES, estimate, fake_repeat, fake_study

SETTINGS = {
    "profile": {"name": "demo"},
    "data": {"kind": "generated"},
    "split": {"protocol": "official"},
    "start": {"kind": "random"},
    "seed": 0,
    "seeds": 1,
}


@pytest.fixture(scope="module")
def study():
    return fake_study(n_test=200, seeds=3)


def words(ax):
    """All non-empty texts on axes."""
    return [text.get_text() for text in ax.texts if text.get_text()]


class TestText:
    def test_differences(self):
        """Differences carry their sign, a true minus, and no sign where they round to nothing."""
        assert [signed_points(value) for value in (0.0131, -0.004, -0.0001, float("nan"))] == [
            "+1.3",
            "−0.4",
            "0.0",
            "–",
        ]
        assert points_with_interval(Estimate(0.01, -0.002, 0.022)) == "+1.0 (−0.2 to +2.2)"
        assert points_with_interval(Estimate(np.nan, np.nan, np.nan)) == "–"

    def test_shares(self):
        """A share stands with its interval, and without where it has none."""
        assert share_with_interval(Estimate(0.912, 0.901, 0.924)) == "91.2% (90.1–92.4)"
        assert share_with_interval(Estimate(0.912, np.nan, np.nan)) == "91.2%"
        assert share_with_interval(Estimate(np.nan, np.nan, np.nan)) == "–"

    def test_p_values(self):
        """A p value below the level never reads as the level, and a tiny one never as zero."""
        assert [p_value(value) for value in (0.00001, 0.0123, 0.04999, 0.05, 1.0)] == [
            "< 0.001",
            "0.012",
            "0.049",
            "0.050",
            "1.000",
        ]
        assert (p_equation(0.0001), p_equation(0.2)) == ("p\xa0<\xa00.001", "p\xa0=\xa00.200")

    def test_large_counts_and_factors(self):
        """Counts are written in millions and factors with two digits."""
        assert [millions(value) for value in (1_105_098, 1_814_000_000)] == ["1.1 M", "1,814 M"]
        assert [times(value) for value in (2.345, 136.2)] == ["2.3 times", "136 times"]
        assert without_start("ResNet-18 with augmentation (random start)") == "ResNet-18 with augmentation"


class TestNamedRuns:
    def test_names(self, study):
        """Runs come in the study's order, all without a name; an unknown one is named in the error."""
        assert [run.name for run in named_runs(study, [])] == list(study.runs)
        assert [run.name for run in named_runs(study, ["resnet18", "cnn"])] == ["cnn", "resnet18"]
        with pytest.raises(ValueError, match="lenet"):
            named_runs(study, ["lenet"])


class TestModelComparison:
    def test_cells(self, study):
        """Every metric stands with the interval of the stored statistics, and errors agree with the predictions."""
        cells = ModelComparison.from_results(study).cells()
        own = study.statistics.runs["resnet18"]
        assert cells["Run"].tolist() == [run.title for run in study.runs.values()]
        assert cells["Errors"].iloc[2] == str(study.runs["resnet18"].test.wrong.sum())
        assert cells["Accuracy"].iloc[2] == share_with_interval(own.accuracy)
        assert cells["Macro-F1"].iloc[2] == share_with_interval(own.macro_f1)
        assert cells["ECE"].iloc[2] == "5.0% (4.0–6.0)"

    def test_named(self, study):
        """Only the named runs are shown."""
        assert len(ModelComparison.from_results(study, "cnn", "cnn-aug").frame()) == 2

    def test_numbers_stay_on_a_line(self, study):
        """A number and its interval are not torn apart, and stand to the right."""
        lines = ModelComparison.from_results(study).markdown().splitlines()
        assert "\u00a0(" in lines[2]
        assert "–\u2060" in lines[2]
        assert lines[1].endswith(":|")

    def test_without_statistics(self):
        """Without statistics nothing is computed in their stead."""
        with pytest.raises(ValueError, match="no statistics"):
            ModelComparison.from_results(fake_study(n_test=20, with_embedding=False))


class TestCost:
    def test_table(self, study):
        """Size, work and times are those that the training recorded."""
        run = study.runs["resnet18"]
        table = CostTable.from_results(study)
        row = table.frame().iloc[2]
        assert row["seconds"] == sum(epoch.seconds for epoch in run.history)
        assert row["multiply_adds"] == run.settings["multiply_adds"]
        assert table.cells().iloc[2].tolist()[1:] == ["11.2 M", "149 M", "8", "2\u00a0min", "4,000", "44.8 MB"]
        assert "ResNet-18 (random start) 149 M" in table.alt

    def test_points(self, study):
        """Points stand at cost and accuracy, lines span the intervals, and an arrow leads to each augmented version."""
        display = AccuracyCost.from_results(study)
        ax = display.plot()
        assert ax.get_xscale() == "log"
        frame = display.frame()
        spans, points = ax.lines[::2], ax.lines[1::2]
        assert [line.get_xdata()[0] for line in points] == frame["multiply_adds"].tolist()
        assert [line.get_ydata()[0] for line in points] == frame["accuracy"].tolist()
        assert [list(line.get_ydata()) for line in spans] == frame[["lower", "upper"]].to_numpy().tolist()
        arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None) is not None]
        accuracy = frame["accuracy"]
        assert [(arrow.xyann[1], arrow.xy[1]) for arrow in arrows] == [
            (accuracy[0], accuracy[1]),
            (accuracy[2], accuracy[3]),
        ]
        assert words(ax) == ["Two-layer CNN", "with augmentation", "ResNet-18\n(random start)", "with augmentation"]

    def test_both_versions_are_told_apart(self, study):
        """Versions of equal cost are drawn side by side: the plain one to the left, hollow, the other filled."""
        ax = AccuracyCost.from_results(study, "cnn", "cnn-aug").plot()
        plain, augmented = ax.lines[1::2]
        places = [line.get_transform().transform([(line.get_xdata()[0], 0.5)])[0][0] for line in (plain, augmented)]
        assert places[0] < places[1]
        assert to_hex(plain.get_markerfacecolor()) == THEMES["light"].page
        assert to_hex(augmented.get_markerfacecolor()) != THEMES["light"].page

    def test_augmented_alone(self, study):
        """An augmented run without its plain version has its own name and no arrow."""
        ax = AccuracyCost.from_results(study, "cnn-aug").plot()
        assert words(ax) == ["Two-layer CNN with\naugmentation"]
        assert all(getattr(text, "arrow_patch", None) is None for text in ax.texts)


class TestAccuracyChart:
    def test_chart(self, study):
        """Dots stand at the accuracies, lines span the intervals."""
        display = AccuracyChart.from_results(study)
        ax = display.plot()
        frame = display.frame()
        assert list(ax.lines[0].get_xdata()) == frame["accuracy"].tolist()
        spans = [segment[:, 0].tolist() for segment in ax.collections[0].get_segments()]
        assert spans == [list(pair) for pair in zip(frame["lower"], frame["upper"], strict=True)]
        assert words(ax) == [percent(value) for value in frame["accuracy"]]
        assert "200 test images" in ax.get_xlabel()

    def test_draws_on_given_axes(self, study):
        """A display can be drawn onto axes that are there."""
        ax = Figure().add_subplot()
        assert AccuracyChart.from_results(study).plot(ax) is ax
        assert ax.lines

    def test_narrow(self, study):
        """On a phone the same dots and lines stand below the titles, which need no room at the side."""
        display = AccuracyChart.from_results(study)
        wide, narrow = display.plot(), display.for_phone().plot()
        assert display.for_phone().alt == display.alt
        assert list(narrow.lines[0].get_xdata()) == list(wide.lines[0].get_xdata())
        assert words(narrow) == words(wide) + display.titles
        assert not narrow.get_yticks().size
        assert narrow.get_xlabel() == wide.get_xlabel().replace("; ", ";\n")


class TestPairedTable:
    def test_cells(self, study):
        """Every pair has its difference, both counts and both p values; names are second against first."""
        table = PairedTable.from_results(study)
        cells, pair = table.cells(), study.statistics.pairs[1]
        assert len(cells) == 6
        assert cells["Compared"][1] == "ResNet-18 against Two-layer CNN"
        assert cells["Difference"][1] == points_with_interval(pair.accuracy)
        assert cells["Right in one only"][1] == f"{pair.only_second} / {pair.only_first}"
        assert cells.iloc[0].tolist()[3:] == ["< 0.001", "< 0.001", "3.0"]
        assert table.frame()["real"].tolist() == [True] + [False] * 5
        assert table.alt.count("against") == 1

    def test_numbers_agree(self, study):
        """The images that only one gets right make the difference."""
        frame = PairedTable.from_results(study).frame()
        np.testing.assert_allclose(frame["difference"], (frame["only_second"] - frame["only_first"]) / 200)

    def test_single_run(self):
        """A single run has nothing to be compared with."""
        table = PairedTable.from_results(fake_study(n_test=20, runs=["cnn"]))
        assert len(table.cells()) == 0
        assert table.markdown().startswith("|")
        assert "no two runs" in table.alt


class TestOriented:
    def test_reversed(self, study):
        """Turned round, a comparison has the opposite differences, bounds and counts, and the same p values."""
        stored = study.statistics.pair("cnn", "resnet18")
        turned = reversed_if_needed(study.statistics, "resnet18", "cnn")
        assert turned.accuracy == Estimate(-stored.accuracy.value, -stored.accuracy.high, -stored.accuracy.low)
        assert (turned.only_first, turned.only_second) == (stored.only_second, stored.only_first)
        assert turned.classes[3].recall.value == -stored.classes[3].recall.value
        assert turned.p_adjusted == stored.p_adjusted
        assert reversed_if_needed(study.statistics, "cnn", "resnet18") is stored


class TestClassDifferences:
    def test_panels(self, study):
        """A panel for each augmented model; dots stand at the differences, and those that survive are filled."""
        display = ClassDifferences.from_results(study)
        panels = display.plot().axes
        assert len(panels) == len(augmentation_pairs(study)) == 2
        pair = study.statistics.pair("resnet18", "resnet18-aug")
        dots = panels[1].lines[2::2]
        assert [dot.get_xdata()[0] for dot in dots] == [own.recall.value for own in pair.classes]
        filled = [to_hex(dot.get_markerfacecolor()) == THEMES["light"].accent for dot in dots]
        assert filled == [own.p_adjusted < 0.05 for own in pair.classes]
        assert sum(filled) == 1
        lines = panels[1].lines[1::2]
        assert tuple(lines[0].get_xdata()) == pair.classes[0].recall.limits
        assert display.frame()["survives"].sum() == 2
        assert "3 (" in display.alt

    def test_named_pair(self, study):
        """Two named runs are compared as second minus first, in the order in which they are named."""
        display = ClassDifferences.from_results(study, "resnet18", "cnn")
        stored = study.statistics.pair("cnn", "resnet18")
        assert display.frame()["difference"].tolist() == [-own.recall.value for own in stored.classes]
        with pytest.raises(ValueError, match="two runs"):
            ClassDifferences.from_results(study, "cnn")

    def test_class_without_images(self, study):
        """A class without images has no dot, and does not survive."""
        pair = study.statistics.pairs[0]
        none = replace(pair.classes[0], recall=Estimate(np.nan, np.nan, np.nan), p_adjusted=1.0)
        display = ClassDifferences([replace(pair, classes=(none, *pair.classes[1:]))], TITLES, study.class_names)
        assert len(display.plot().axes[0].lines) == 1 + 2 * 9

    def test_no_pair(self):
        """Without a model in both versions the display says so."""
        display = ClassDifferences.from_results(fake_study(n_test=20, runs=["cnn", "resnet18"]))
        assert "No two runs" in display.alt
        assert words(display.plot().axes[0]) == ["No pair to compare"]


class TestInteractionChart:
    def test_numbers(self, study):
        """The left panel holds the four accuracies, the right one both effects and their difference."""
        display = InteractionChart.from_results(study)
        left, right = display.plot().axes
        statistics = study.statistics
        lines = [list(line.get_ydata()) for line in left.lines if line.get_marker() != "None"]
        assert lines == [
            [statistics.runs[name].accuracy.value for name in (plain, plain + "-aug")] for plain in ("cnn", "resnet18")
        ]
        assert words(right) == ["+1.0", "+4.0", "+3.0"]
        assert [dot.get_xdata()[0] for dot in right.lines[2::2]] == [0.01, 0.04, 0.03]
        assert "the second minus the first +3.0 (+1.5 to +4.5)" in display.alt

    def test_equal_models(self, study):
        """The names of two models that are equally good do not cover each other."""
        same = estimate(0.9)
        display = InteractionChart(study.statistics.interaction, {"A": (same, same), "B": (same, same)}, 200)
        left = display.plot().axes[0]
        heights = [text.xy[1] for text in left.texts]
        assert abs(heights[0] - heights[1]) > 0.1 * np.diff(left.get_ylim())

    def test_partial_study(self):
        """Without all four runs there is no interaction, and the display says so."""
        display = InteractionChart.from_results(fake_study(n_test=20, runs=["cnn", "cnn-aug"]))
        assert "all four runs" in display.alt
        assert display.frame().empty
        assert words(display.plot().axes[0]) == ["Needs all four runs"]


class TestSeedTable:
    def test_cells(self, study):
        """Mean and deviation are over the trainings; the other interval is that of the statistics."""
        cells = SeedTable.from_results(study, "cnn").cells()
        accuracy = metric_over_seeds(study.repeats["cnn"], "accuracy")
        assert cells["Figure"].tolist() == ["Accuracy", "Macro-\u2060F1", "ECE"]
        assert cells["Mean"][0] == percent(np.mean(accuracy), 2)
        assert cells["SD, points"][0] == "1.00"
        own = study.statistics.runs["cnn"].accuracy
        assert cells["Test sampling, 95%"][0] == f"{100 * own.low:.1f}–{percent(own.high)}"

    def test_trained_once(self):
        """One training has no spread: a dash, not a zero."""
        table = SeedTable.from_results(fake_study(n_test=20, runs=["cnn"]))
        assert table.cells().iloc[0, 4:6].tolist() == ["–", "–"]
        assert "a single training" in table.alt

    def test_uneven(self, study):
        """Runs may be trained unequally often."""
        repeats = {**study.repeats, "cnn": (fake_repeat(0, 0.9),)}
        assert SeedTable.from_results(replace(study, repeats=repeats)).frame()["trainings"].tolist()[::3] == [
            1,
            3,
            3,
            3,
        ]

    def test_how_often(self, study):
        """The text says "up to" only where the runs were not trained equally often."""
        table = SeedTable.from_results(study)
        assert "over 3 trainings" in table.alt
        repeats = {**study.repeats, "cnn": (fake_repeat(0, 0.9),)}
        assert "over up to 3 trainings" in SeedTable.from_results(replace(study, repeats=repeats)).alt


class TestAgreementFigure:
    display = AgreementFigure.from_predictions([0] * 6, [[1, 1, 1, 0, 0, 0], [1, 1, 0, 2, 0, 0]], ["A", "B (x)"])

    def test_bars_and_cells(self):
        """Bars count the images by their errors; cells hold shared errors and their share of the row's."""
        bars, matrix = self.display.plot().axes
        assert [bar.get_height() for bar in bars.patches] == [2, 2]
        assert words(bars) == ["2", "2"]
        assert words(matrix) == ["3", "2\n67%", "2\n67%", "3"]
        assert [label.get_text() for label in matrix.get_yticklabels()] == ["A", "B"]
        assert "2 are right in all 2 runs; wrong in exactly so many runs: 2 in 1 and 2 in 2" in self.display.alt

    @pytest.mark.parametrize("theme", list(THEMES))
    def test_text_contrast(self, theme, study):
        """Words can be read on the colour of their cell, in every theme."""
        matrix = AgreementFigure.from_results(study.runs).plot(theme=theme).axes[1]
        mesh = matrix.collections[0]
        colours = mesh.to_rgba(mesh.get_array().ravel())
        for text in matrix.texts:
            x, y = text.get_position()
            assert contrast_ratio(text.get_color(), to_hex(colours[int(y) * 4 + int(x)])) >= 4.5

    def test_run_without_errors(self):
        """The share of no errors is undefined, and is not shown."""
        display = AgreementFigure.from_predictions([0, 0], [[0, 0], [1, 0]], ["A", "B"])
        assert np.isnan(display.frame()["share"][:2]).all()
        assert words(display.plot().axes[1]) == ["0", "0", "0\n0%", "1"]

    def test_titles(self):
        """Each run needs a title."""
        with pytest.raises(ValueError, match="as many titles"):
            AgreementFigure(self.display.agreement, ["A"])


class TestPerClassTable:
    def test_cells(self, study):
        """Each figure of each class stands with its stored interval; macro-F1 stands below."""
        table = PerClassTable.from_results(study, "cnn")
        own = study.statistics.runs["cnn"]
        cells = table.cells()
        assert cells["Recall"][3] == share_with_interval(own.recall[3])
        assert cells["F1"].iloc[-1] == share_with_interval(own.macro_f1)
        assert cells["Images"].iloc[-1] == "200"
        assert table.frame()["support"].sum() == 200
        assert table.frame()["precision_upper"][0] == own.precision[0].high


class TestChapter:
    def test_whole_study(self, study):
        """With all there, displays and sentences take the study."""
        chapter = Chapter(study)
        assert isinstance(chapter.study_display(PerClassTable, "cnn"), PerClassTable)
        assert str(chapter.study_sentence(describe_comparison)) == str(describe_comparison(study))

    def test_no_statistics(self, study):
        """Without statistics a line names the command that makes them, for the stored runs where others are missing."""
        whole = replace(study, statistics=None, settings=SETTINGS)
        assert "`svhnlab train --profile demo" in str(Chapter(whole).study_display(ModelComparison))
        part = replace(whole, runs={"cnn": study.runs["cnn"]}, missing=("cnn-aug", "resnet18", "resnet18-aug"))
        line = str(Chapter(part).study_sentence(describe_comparison))
        assert "statistics are not made yet: `svhnlab train cnn --profile demo" in line

    def test_missing_run(self, study):
        """A display of a run that is missing gives way to the command that trains it."""
        part = replace(study, runs={"cnn": study.runs["cnn"]}, missing=("resnet18",), settings=SETTINGS)
        line = str(Chapter(part).study_display(PerClassTable, "resnet18"))
        assert "Not trained yet: `svhnlab train resnet18 " in line
        assert "Not trained yet" in str(Chapter(replace(part, runs={})).study_display(ModelComparison))

    def test_run_of_another_study(self, study):
        """A run that does not belong to the study is not asked for."""
        part = replace(study, runs={"cnn": study.runs["cnn"]}, missing=(), settings=SETTINGS)
        line = str(Chapter(part).study_display(PerClassTable, "resnet18"))
        assert "Not part of this study: ResNet" in line
        assert "svhnlab train" not in line

    def test_chapter_about_a_run(self, study):
        """A chapter about a run of another study ends with its lead; one about a missing run goes on."""
        part = replace(study, runs={"cnn": study.runs["cnn"]}, missing=("cnn-aug",), settings=SETTINGS)
        assert str(Chapter(part).about("resnet18")) == CHAPTER_END
        assert str(Chapter(part).about("cnn")) == str(Chapter(part).about("cnn-aug")) == str(notice(part))

    def test_class_names_are_those_of_the_study(self):
        """Displays and sentences that take names of the classes get the study's, unless the chapter gives others."""
        own = Chapter(fake_study(n_test=40, class_names=("cat", "dog", "emu")))
        assert own.show(ConfusionMatrix, "cnn").class_names == ("cat", "dog", "emu")
        assert own.show(ConfusionMatrix, "cnn", "abc").class_names == ("a", "b", "c")
        assert own.compare(EmbeddingMaps2D, analysed=True).class_names == ("cat", "dog", "emu")
        assert own.compare(EmbeddingMaps2D, class_names="abc").class_names == ("a", "b", "c")
        assert str(own.discuss(lambda runs, class_names: class_names[0])) == "cat"
