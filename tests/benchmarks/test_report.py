"""The appendix on speed: displays and sentences hold the numbers of the stored benchmark, and say what is missing."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from benchmarks.report import (
    AccuracyOverTime,
    AccuracyTimes,
    ContenderTable,
    FootprintTable,
    GoalTable,
    GrowthChart,
    GrowthTable,
    LimitTable,
    MapTable,
    Measured,
    RateTable,
    SpeedChart,
    StageChart,
    describe_accuracy_time,
    describe_footprint,
    describe_growth,
    describe_limits,
    describe_machine,
    describe_maps,
    describe_speed,
    describe_stages,
    summarise_benchmark,
)
from benchmarks.report.figures import reached, speed_up, stage_shares
from benchmarks.report.goals import goals_of
from benchmarks.schema import FOLDER, Benchmark, Stage, Stages, file_name, store_benchmark
from svhnlab.paths import CHAPTER_END
from svhnlab.report.core.style import THEMES, contrast_ratio
from tests.fixtures.fake_benchmark import curve, fake_benchmark, sample

PARTS = {
    SpeedChart: "throughput",
    RateTable: "throughput",
    ContenderTable: "throughput",
    AccuracyOverTime: "accuracy",
    AccuracyTimes: "accuracy",
    LimitTable: "limits",
    GrowthChart: "growth",
    GrowthTable: "growth",
    MapTable: "maps",
    FootprintTable: "footprint",
    StageChart: "stages",
}


@pytest.fixture(scope="module")
def benchmark() -> Benchmark:
    return fake_benchmark()


def changed(benchmark: Benchmark, **parts: object) -> Benchmark:
    """The same benchmark with other parts."""
    return benchmark.model_copy(update=parts)


class TestSpeedUp:
    def test_of_the_same_turn(self, benchmark: Benchmark) -> None:
        """A ratio compares what was measured in the same turn, so that a slow minute falls out."""
        assert benchmark.throughput is not None
        ratio = speed_up(benchmark.throughput.runs[0], "svhnlab")
        assert ratio is not None
        assert [round(value, 2) for value in ratio.values] == [3.2, 3.17, 3.2]

    def test_of_what_is_missing(self, benchmark: Benchmark) -> None:
        """Without one of the two there is no ratio."""
        assert benchmark.throughput is not None
        assert speed_up(benchmark.throughput.runs[2], "lightning") is None


class TestReached:
    def test_first_time(self, benchmark: Benchmark) -> None:
        """The time is that of the first point that is as good as the tutorial's best."""
        assert benchmark.accuracy is not None
        found = reached(benchmark.accuracy)
        assert (found.target, found.tutorial.seconds, found.fastest) == (0.55, 840.0, "cnn")
        assert found.times("cnn") == 210
        assert found.telling

    def test_chance(self, benchmark: Benchmark) -> None:
        """An accuracy that guessing might give tells nothing, and the aim is neither reached nor missed."""
        accuracy = benchmark.accuracy
        assert accuracy is not None
        poor = accuracy.model_copy(update={"tutorial": curve("the tutorial's way", (640, 80.0, 0.22))})
        assert not reached(poor).telling
        made = changed(benchmark, accuracy=poor)
        assert "no time to its accuracy can be told" in str(describe_accuracy_time(made))
        goal = next(goal for goal in goals_of(made) if "tutorial" in goal.what)
        assert (goal.met, goal.note) == (None, "trained too short to tell")

    def test_never(self, benchmark: Benchmark) -> None:
        """Runs that never get there have no time, and no ratio."""
        accuracy = benchmark.accuracy
        assert accuracy is not None
        better = accuracy.model_copy(update={"tutorial": curve("the tutorial's way", (640, 80.0, 0.95))})
        found = reached(better)
        assert found.fastest is None
        assert found.times("cnn") is None
        assert AccuracyTimes(better).cells()["To 95.0%"].tolist()[1:] == ["–", "–"]
        assert "None of our runs" in str(describe_accuracy_time(changed(benchmark, accuracy=better)))


class TestStageShares:
    def test_whole(self, benchmark: Benchmark) -> None:
        """Stages of training and report add up to the whole, also where pages and PDF are made at the same time."""
        shares = stage_shares(benchmark)
        assert sum(stage.share for stage in shares) == pytest.approx(1)
        assert sum(stage.seconds for stage in shares) == pytest.approx(500 + 40)
        assert [stage.name for stage in shares if stage.training] == ["training"]

    def test_rest(self, benchmark: Benchmark) -> None:
        """What no stage of the drawing covers is a stage of its own."""
        drawing = benchmark.drawing
        assert drawing is not None
        made = changed(benchmark, drawing=drawing.model_copy(update={"first": 90.0}))
        assert {stage.name: stage.seconds for stage in stage_shares(made)}["report: start and the rest"] == 40


class TestGoals:
    def test_reached(self, benchmark: Benchmark) -> None:
        """An aim is reached by the median, a lower bound from below and an upper bound from above."""
        assert [goal.met for goal in goals_of(benchmark)] == [True, True, False, True, True, True, False, False]
        cells = GoalTable.from_benchmark(benchmark).cells()
        assert cells["Reached"].tolist() == ["yes", "yes", "no", "yes", "yes", "yes", "no", "no"]
        assert cells["Measured"].iloc[2] == "1.30×"
        assert cells["Wanted"].iloc[7] == "≤\u00a010%"

    def test_unmeasured(self, benchmark: Benchmark) -> None:
        """What was not measured is neither reached nor missed."""
        bare = changed(benchmark, throughput=None, accuracy=None, footprint=None, stages=None)
        assert {goal.met for goal in goals_of(bare)} == {None}
        assert "none of what" in str(summarise_benchmark(bare))

    def test_lead(self, benchmark: Benchmark) -> None:
        """The first sentence counts what is reached and names every distance."""
        text = str(summarise_benchmark(benchmark))
        assert text.startswith("Of 8 aims for speed and memory, 5 are reached on this machine, and 3 are not")
        assert "1.30×, wanted ≥\u00a01.4×" in text
        assert "mean nothing" in str(summarise_benchmark(changed(benchmark, quick=True)))


class TestDisplays:
    @pytest.mark.parametrize("display", PARTS, ids=lambda display: display.__name__)
    def test_has_numbers_and_words(self, display, benchmark: Benchmark) -> None:
        """Every display has a text alternative and its numbers, and none is made from what was not measured."""
        made = display.from_benchmark(benchmark)
        assert made.alt.endswith(".")
        assert len(made.frame())
        with pytest.raises(ValueError, match="benchmark has no"):
            display.from_benchmark(changed(benchmark, **{PARTS[display]: None}))

    @pytest.mark.parametrize("theme", THEMES)
    @pytest.mark.parametrize("display", [SpeedChart, AccuracyOverTime, StageChart], ids=lambda d: d.__name__)
    def test_words_can_be_read(self, display, theme, benchmark: Benchmark) -> None:
        """Every word stands out from the page."""
        ax = display.from_benchmark(benchmark).plot(theme=theme)
        for text in ax.texts:
            assert contrast_ratio(text.get_color(), THEMES[theme].page) >= 4.5, text.get_text()

    def test_names_of_curves_lie_apart(self, benchmark: Benchmark) -> None:
        """Trainings that end alike do not write their names over one another."""
        display = AccuracyOverTime.from_benchmark(benchmark)
        alike = AccuracyOverTime(display.tutorial, {name: next(iter(display.ours.values())) for name in "ab"}, 0.2)
        ax = alike.plot()
        names = [text.get_window_extent() for text in ax.texts if text.get_text() != "most frequent class"]
        assert len(names) == 3
        assert not any(one.overlaps(other) for one, other in combinations(names, 2))

    def test_speed_chart(self, benchmark: Benchmark) -> None:
        """Marks stand at the medians; the plain loop is the line at one."""
        ax = SpeedChart.from_benchmark(benchmark).plot()
        drawn = {round(float(line.get_xdata()[0]), 2) for line in ax.lines if line.get_marker() == "o"}
        assert drawn == {3.2, 3.6, 1.3}
        assert [text.get_text() for text in ax.texts if "×" in text.get_text()] == ["3.2×", "3.6×", "1.3×"]
        assert [label.get_text() for label in ax.get_legend().get_texts()] == ["svhnlab", "Lightning", "Keras on torch"]

    def test_rates(self, benchmark: Benchmark) -> None:
        """Every repetition counts: median, range and multiple of the plain loop."""
        row = RateTable.from_benchmark(benchmark).frame().iloc[0]
        assert (row["median"], row["low"], row["high"], row["repetitions"]) == (3168, 2560, 3200, 3)

    def test_rates_name_a_run_once(self, benchmark: Benchmark) -> None:
        """The name of a run, with its batch, stands before the first way to train it; its size stays on one line."""
        table = RateTable.from_benchmark(benchmark)
        cells, runs = table.cells(), table.frame()["run"]
        assert cells["Run"][0] == f"{runs[0]}, batch\u00a0128".replace(" px", "\u00a0px")
        assert (cells["Run"] != "").tolist() == (~runs.duplicated()).tolist()

    def test_ways(self, benchmark: Benchmark) -> None:
        """A framework that could not be measured stands there with its reason."""
        cells = ContenderTable.from_benchmark(benchmark).cells()
        assert cells["How"].iloc[-1] == "not measured: the package skorch is not installed"

    def test_derived_is_said(self, benchmark: Benchmark) -> None:
        """A time that was computed and not measured says so."""
        cells = AccuracyTimes.from_benchmark(benchmark).cells()
        assert cells["Whole training"].tolist() == ["70\u00a0min (derived)", "4.0\u00a0s", "24\u00a0s"]

    def test_limits(self, benchmark: Benchmark) -> None:
        """Shares are rate times work over what the machine can do."""
        row = LimitTable.from_benchmark(benchmark).frame().iloc[0]
        assert row["of_arithmetic"] == pytest.approx(1500 * 1e8 / 2e11)
        assert row["of_memory"] == pytest.approx(1500 * 4e6 / 2e10)

    def test_maps(self, benchmark: Benchmark) -> None:
        """Four maps made at once share their time."""
        assert MapTable.from_benchmark(benchmark).frame()["seconds_a_map"].tolist() == [2.55, 2.55, 3.1]

    def test_long_stage(self, benchmark: Benchmark) -> None:
        """A stage that takes too long has the colour of errors; training may take what it needs."""
        chart = StageChart.from_benchmark(benchmark)
        colours = [bar.get_facecolor() for bar in chart.plot().patches]
        assert len(set(colours[:3])) == 3
        assert set(colours[2:]) == {colours[2]}


class TestSentences:
    def test_follow_the_numbers(self, benchmark: Benchmark) -> None:
        """Sentences change with what was measured."""
        assert "Keras on torch, Two" in str(describe_speed(benchmark))
        assert "with as good a KL divergence" in str(describe_maps(benchmark))
        assert "openTSNE was not measured" in str(describe_maps(benchmark))
        assert "More than 10% goes to t\\-SNE maps (14.8%)" in str(describe_stages(benchmark))
        assert "15 times as many, an epoch takes 15 times" in str(describe_growth(benchmark))
        assert "604,388 images were left out" in str(describe_growth(benchmark))
        assert "large bfloat16 matrices" in str(describe_limits(benchmark))
        assert "uses 75% of that arithmetic" in str(describe_limits(benchmark))
        assert "none of them imports torch" in str(describe_footprint(benchmark))
        short = Stages(source="x", stages=(Stage(name="training", seconds=9e3, training=True),))
        assert "No other stage" in str(describe_stages(changed(benchmark, stages=short)))

    def test_slower(self, benchmark: Benchmark) -> None:
        """A loop that is not faster is called so."""
        assert benchmark.throughput is not None
        run = benchmark.throughput.runs[2].model_copy(
            update={"rates": {"svhnlab": sample(90.0), "plain": sample(100.0)}}
        )
        slow = changed(benchmark, throughput=benchmark.throughput.model_copy(update={"runs": (run,)}))
        assert "no faster than the plain loop for ResNet" in str(describe_speed(slow))

    def test_machine(self, benchmark: Benchmark) -> None:
        """The machine is named, and other work on it."""
        text = str(describe_machine(benchmark))
        assert "A processor, 2 cores, 8 GB of memory" in text
        assert "commit `cccccccccc`:" in text
        assert "Other work" not in text
        busy = changed(benchmark, machine=benchmark.machine.model_copy(update={"load_before": 3.0}))
        assert "**Other work ran on the machine**" in str(describe_machine(busy))


class TestMeasured:
    def test_newest(self, benchmark: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A chapter shows the newest file of the project, by the time in its name."""
        for year in (2025, 2027, 2026):
            made = changed(benchmark, made=benchmark.made.replace(year=year))
            store_benchmark(made, tmp_path / FOLDER / file_name(made.made, "2-cores"))
        monkeypatch.chdir(tmp_path)
        newest = Measured().benchmark
        assert newest is not None
        assert newest.made.year == 2027

    def test_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a stored benchmark the chapter says so, and ends."""
        monkeypatch.chdir(tmp_path)
        measured = Measured()
        assert str(measured.open(summarise_benchmark)).startswith("No benchmark is stored in this project")
        assert str(measured.end_without()) == CHAPTER_END

    def test_part(self, benchmark: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A part that was not measured gives way to a line with the command and the reason."""
        monkeypatch.chdir(tmp_path)
        measured = Measured(changed(benchmark, growth=None, left_out={"growth": "it was too large"}))
        text = str(measured.show("tbl-x", GrowthTable, "Caption.", "growth"))
        assert "it was too large" in text
        assert "--only growth" in text
        assert str(measured.say(describe_growth, "growth")) == ""
        assert str(measured.end_without()) == ""
        shown = str(measured.show("tbl-y", LimitTable, "Caption.", "limits"))
        assert shown.startswith("::: {#tbl-y}")
        assert shown.endswith("Caption.\n:::")
