"""Tables and figures of benchmarks hold the stored numbers; a part that was not measured is named with its reason."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from benchmarks.report import (
    AccuracyCurves,
    BenchmarkPage,
    Captioned,
    GrowthChart,
    SpeedChart,
    StageChart,
    accuracy_table,
    describe_accuracy,
    describe_gpu,
    describe_growth,
    describe_imports,
    describe_limits,
    describe_machine,
    describe_speed,
    describe_transfer,
    drawing_table,
    footprint_table,
    gpu_table,
    growth_table,
    implementation_table,
    imports_table,
    limits_table,
    maps_table,
    speed_table,
    transfer_table,
)
from benchmarks.report.accuracy import target_times
from benchmarks.report.gpu import training_seconds
from benchmarks.report.throughput import relative_speed
from benchmarks.schema import Accuracy, Benchmark, Throughput
from svhnlab.report.core.display import Display
from svhnlab.report.core.style import THEMES
from svhnlab.report.core.text import duration
from tests.fixtures.fake_benchmark import curve, fake_benchmark, sample
from tests.report.contrast import contrast_ratio


@pytest.fixture(scope="module")
def benchmark() -> Benchmark:
    return fake_benchmark()


@pytest.fixture(scope="module")
def throughput(benchmark: Benchmark) -> Throughput:
    assert benchmark.throughput is not None
    return benchmark.throughput


@pytest.fixture(scope="module")
def accuracy(benchmark: Benchmark) -> Accuracy:
    assert benchmark.accuracy is not None
    return benchmark.accuracy


class TestRelativeSpeed:
    def test_by_repetition(self, throughput: Throughput) -> None:
        """A ratio compares measurements of the same turn, so that a slow minute cancels out."""
        ratio = relative_speed(throughput.runs[0], "svhnlab")
        assert ratio is not None
        assert [round(value, 2) for value in ratio.values] == [3.2, 3.17, 3.2]

    def test_missing(self, throughput: Throughput) -> None:
        """Without one of the two there is no ratio."""
        assert relative_speed(throughput.runs[2], "lightning") is None


class TestTargetTimes:
    def test_first_time(self, accuracy: Accuracy) -> None:
        """The time is that of the first point that is as good as the tutorial's best."""
        times = target_times(accuracy)
        assert (times.target, times.tutorial.seconds, times.above_majority) == (0.55, 840.0, True)
        assert {name: point and point.seconds for name, point in times.ours.items()} == {"cnn": 4.0, "resnet18": 24.0}

    def test_no_better_than_the_most_frequent_class(self, accuracy: Accuracy) -> None:
        """A target that the most frequent class might reach is called meaningless."""
        poor = accuracy.model_copy(update={"tutorial": curve("tutorial", (640, 80.0, 0.22))})
        assert not target_times(poor).above_majority
        assert "mean nothing" in describe_accuracy(poor)
        assert "mean nothing" not in describe_accuracy(accuracy)

    def test_never_reached(self, accuracy: Accuracy) -> None:
        """Trainings that never reach the target have no time."""
        better = accuracy.model_copy(update={"tutorial": curve("tutorial", (640, 80.0, 0.95))})
        assert accuracy_table(better)["To 95.0%"].tolist()[1:] == ["–", "–"]


class TestTables:
    def test_speed(self, throughput: Throughput) -> None:
        """Median, range and ratio of every repetition; the name of a run stands once and keeps its size on one line."""
        table = speed_table(throughput)
        first = table.iloc[0]
        assert (first["Images/s"], first["Range"], first["Relative"]) == ("3,168", "2,560–3,200", "3.20")
        assert first["Run"] == "Two-layer CNN, 32\u00a0px, batch\u00a0128"
        assert (table["Run"] != "").sum() == len(throughput.runs)

    def test_implementations(self, throughput: Throughput) -> None:
        """A framework that could not be measured is listed with its reason."""
        assert implementation_table(throughput).iloc[-1].tolist() == [
            "skorch",
            "",
            "not measured: the package skorch is not installed",
        ]

    def test_accuracy(self, accuracy: Accuracy) -> None:
        """An extrapolated time is marked."""
        whole = accuracy_table(accuracy)["Whole training"].tolist()
        assert whole == ["70\u00a0min (extrapolated)", "4.0\u00a0s", "24\u00a0s"]

    def test_limits(self, benchmark: Benchmark) -> None:
        """Shares are rate times cost over the limit of the machine."""
        assert benchmark.limits is not None
        row = limits_table(benchmark.limits).iloc[0]
        assert row["Of arithmetic"] == f"{1500 * 1e8 / 2e11:.0%}"
        assert row["Of memory"] == f"{1500 * 4e6 / 2e10:.0%}"
        assert "large bfloat16 matrices at 200 GFLOP" in describe_limits(benchmark.limits)

    def test_maps(self, benchmark: Benchmark) -> None:
        """Maps that are computed together share their time."""
        assert benchmark.maps is not None
        table = maps_table(benchmark.maps)
        assert table["Seconds per map"].tolist() == ["2.5", "2.5", "3.1", ""]
        assert "openTSNE: not measured" in table["Implementation"].iloc[-1]

    def test_memory_and_commands(self, benchmark: Benchmark) -> None:
        """Peaks are in GB, commands in seconds with their range."""
        assert benchmark.footprint is not None
        assert footprint_table(benchmark.footprint)["Median"].tolist() == ["1.10 GB", "1.40 GB", "0.21 s", "1.30 s"]

    def test_transfer(self, benchmark: Benchmark) -> None:
        """Accuracy on generated digits and on photographs, each with its interval."""
        assert benchmark.transfer is not None
        assert transfer_table(benchmark.transfer)["Accuracy"].tolist() == [
            "93.0% (92.0% to 94.0%)",
            "91.0% (88.5% to 93.0%)",
        ]
        text = str(describe_transfer(benchmark.transfer))
        assert "was trained on 200,000 generated digits and no photograph (3 epochs, 20\u00a0min)" in text

    def test_gpu(self, benchmark: Benchmark) -> None:
        """The time of a training is its start, all epochs with validation, and the test predictions."""
        assert benchmark.gpu is not None
        table = gpu_table(benchmark.gpu)
        assert table["Images per second"].tolist() == ["40,000 (20,000 to 60,000)", "66,000 (33,000 to 99,000)"]
        plain, compiled = 1 + 30 * (66 / 40 + 0.07) + 0.26, 41 + 30 * (1 + 0.07) + 0.26
        assert [training_seconds(benchmark.gpu, run) for run in benchmark.gpu.runs] == pytest.approx([plain, compiled])
        assert f"take {duration(plain)} in turn, and {duration(plain)} if" in str(describe_gpu(benchmark.gpu))

    def test_imports(self, benchmark: Benchmark) -> None:
        """Each step of each study has a row; disk space is stated."""
        assert benchmark.imports is not None
        (row,) = imports_table(benchmark.imports).to_dict("records")
        assert list(row.values()) == ["5,000", "4,000", "analysis", "61\u00a0s", "2\u00a0min", "900 MB"]
        assert "the results take 40 MB and the website with its PDF 30 MB" in str(describe_imports(benchmark.imports))

    def test_rendering(self, benchmark: Benchmark) -> None:
        """The first rendering has its stages."""
        assert benchmark.drawing is not None
        table = drawing_table(benchmark.drawing)
        assert table["Median"].tolist() == ["40.0 s", "20.0 s", "15.0 s", "15.0 s", "1.10 s"]

    def test_growth(self, benchmark: Benchmark) -> None:
        """Each size has a row; extrapolation and sizes that were left out are stated."""
        assert benchmark.growth is not None
        assert growth_table(benchmark.growth)["Images"].tolist() == ["5,000", "73,257"]
        text = describe_growth(benchmark.growth)
        assert "extrapolated from at most 3,840 and 4,096 images" in text
        assert "604,388 images were not measured" in text


CHARTS = {SpeedChart: "throughput", AccuracyCurves: "accuracy", GrowthChart: "growth", StageChart: "stages"}


class TestCharts:
    @pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.__name__)
    def test_has_numbers_and_text(self, chart: Any, benchmark: Benchmark) -> None:
        """Every figure has a text alternative and its numbers."""
        made: Display = chart(getattr(benchmark, CHARTS[chart]))
        assert made.alt.endswith(".")
        assert len(made.frame())

    @pytest.mark.parametrize("theme", THEMES)
    @pytest.mark.parametrize("chart", [SpeedChart, AccuracyCurves, StageChart], ids=lambda chart: chart.__name__)
    def test_text_is_legible(self, chart: Any, theme: Any, benchmark: Benchmark) -> None:
        """Every text has enough contrast with the page."""
        for text in chart(getattr(benchmark, CHARTS[chart])).plot(theme=theme).texts:
            assert contrast_ratio(text.get_color(), THEMES[theme].page) >= 4.5, text.get_text()

    def test_curve_names_do_not_overlap(self, accuracy: Accuracy) -> None:
        """Names of trainings that end alike are moved apart."""
        alike = accuracy.model_copy(update={"ours": dict.fromkeys("ab", accuracy.ours["cnn"])})
        ax = AccuracyCurves(alike).plot()
        names = [text.get_window_extent() for text in ax.texts if text.get_text() != "most frequent class"]
        assert len(names) == 3
        assert not any(one.overlaps(other) for one, other in combinations(names, 2))

    def test_speed(self, throughput: Throughput) -> None:
        """Markers stand at the medians, and the legend names every implementation but the plain loop."""
        ax = SpeedChart(throughput).plot()
        medians = {round(float(line.get_xdata()[0]), 2) for line in ax.lines if line.get_marker() == "o"}
        assert medians == {3.2, 3.6, 1.3}
        assert [text.get_text() for text in ax.texts if "×" in text.get_text()] == ["3.2×", "3.6×", "1.3×"]
        assert [label.get_text() for label in ax.get_legend().get_texts()] == ["svhnlab", "Lightning", "Keras on torch"]

    def test_stages(self, benchmark: Benchmark) -> None:
        """Bars are shares of the whole, the longest first."""
        assert benchmark.stages is not None
        ax = StageChart(benchmark.stages).plot()
        assert [round(bar.get_width(), 2) for bar in ax.patches] == [0.84, 0.16]
        assert [label.get_text() for label in ax.get_yticklabels()] == ["training", "t-SNE maps"]


class TestSentences:
    def test_speed(self, throughput: Throughput) -> None:
        """Every run has its median and range, also where svhnlab is slower."""
        assert "ResNet\\-18, 64 px 1.3× (1.3 to 1.3)" in describe_speed(throughput)
        slow = throughput.runs[2].model_copy(update={"rates": {"svhnlab": sample(90.0), "plain": sample(100.0)}})
        assert "0.90×" in describe_speed(throughput.model_copy(update={"runs": (slow,)}))

    def test_machine(self, benchmark: Benchmark) -> None:
        """Machine, commit and command are named, and other processes and quick runs."""
        text = describe_machine(benchmark)
        assert "on A processor, 2 cores, 8 GB of memory; Linux" in text
        assert "(commit cccccccccc)" in text
        assert "Other processes" not in text
        assert "numbers mean nothing" not in text
        machine = benchmark.machine.model_copy(update={"load_before": 3.0})
        busy = describe_machine(benchmark.model_copy(update={"machine": machine, "quick": True}))
        assert "**Other processes used the machine**" in busy
        assert "numbers mean nothing" in busy


class TestBenchmarkPage:
    def test_content(self, benchmark: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A section has its sentence, and its table and figure with label and caption."""
        monkeypatch.chdir(tmp_path)  # figures are written into the current folder
        text = BenchmarkPage([benchmark]).show(
            "growth",
            describe_growth,
            Captioned("fig-x", GrowthChart, "One."),
            Captioned("tbl-x", growth_table, "Two."),
        )
        assert text.startswith("Reading and splitting")
        assert "::: {#fig-x}" in text
        assert "| 73,257 |".replace(" ", "") in text.replace(" ", "")
        assert text.endswith("Two.\n:::")

    def test_not_measured(self, benchmark: Benchmark) -> None:
        """A part that was not measured is replaced by the reason and the command."""
        bare = benchmark.model_copy(update={"growth": None, "left_out": {"growth": "the disk is full"}})
        text = BenchmarkPage([bare]).show("growth", describe_growth)
        assert "the disk is full" in text
        assert "--only growth" in text

    def test_newest_of_each_part(self, benchmark: Benchmark) -> None:
        """A part that was measured again later is shown with the later machine, and the others with the first."""
        none = dict.fromkeys(benchmark.measured)
        later = benchmark.model_copy(update={**none, "growth": benchmark.growth, "command": "later command"})
        page = BenchmarkPage([later, benchmark])
        assert "later command" in page.show("growth", describe_growth)
        assert "later command" not in page.show("limits", describe_limits)
        assert "later command" not in page.machine()
