"""The benchmarks: every measurement can be made, its numbers are kept as they were, and no stored file is replaced."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks import __main__ as command
from benchmarks import fresh_process
from benchmarks.contenders import our_loop, plain_loop
from benchmarks.contenders.datasets import MemorySVHN, image_transforms
from benchmarks.contenders.workload import WORKLOADS, Clock, make_job
from benchmarks.fresh_process import ProcessError, in_fresh_process
from benchmarks.measurements import drawing, footprint, gpu, growth, imports, limits, maps, stages, throughput, transfer
from benchmarks.measurements.memory_traffic import Traffic
from benchmarks.measurements.noise_files import write
from benchmarks.schema import LARGEST, Benchmark, Sample, file_name, read_benchmark, store_benchmark, stored_benchmarks
from benchmarks.settings import LeftOutError, Settings
from svhnlab.config.recipes import Augmentation
from svhnlab.data.mat import read_format2
from svhnlab.errors import InputError
from svhnlab.training.machine import describe_machine, short_name
from tests.fixtures.fake_benchmark import fake_benchmark

QUICK = Settings(quick=True, repetitions=1, say=lambda line: None)


class TestStoreBenchmark:
    def test_is_never_replaced(self, tmp_path: Path) -> None:
        """A second benchmark of the same name is refused, and the first stays as it was."""
        file = store_benchmark(fake_benchmark(), tmp_path / "results" / "one.json")
        before = file.read_bytes()
        with pytest.raises(InputError, match="never replaced"):
            store_benchmark(fake_benchmark().model_copy(update={"seconds": 1.0}), file)
        assert file.read_bytes() == before

    def test_comes_back(self, tmp_path: Path) -> None:
        """What is read is what was stored, every repetition included."""
        made = fake_benchmark()
        assert read_benchmark(store_benchmark(made, tmp_path / "one.json")) == made

    def test_people_find_the_medians(self, tmp_path: Path) -> None:
        """Median and spread stand beside the raw repetitions."""
        file = store_benchmark(fake_benchmark(), tmp_path / "one.json")
        rates = json.loads(file.read_text(encoding="utf-8"))["throughput"]["runs"][0]["rates"]["plain"]
        assert rates == {"values": [1000.0, 1000.0, 800.0], "median": 1000.0, "spread": 200.0}


class TestReadBenchmark:
    @pytest.mark.parametrize(
        "content", ["", "[]", "{}", '{"schema_version": 2}', "NaN", '{"made": "2026-01-01"}'], ids=range(6)
    )
    def test_other_files(self, content: str, tmp_path: Path) -> None:
        """A file that is no benchmark is named in one line."""
        file = tmp_path / "one.json"
        file.write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=r"one\.json is not a benchmark") as caught:
            read_benchmark(file)
        assert "\n" not in str(caught.value)

    def test_too_large(self, tmp_path: Path) -> None:
        """A huge file is refused before it is read."""
        file = tmp_path / "one.json"
        with file.open("wb") as stream:
            stream.truncate(LARGEST + 1)
        with pytest.raises(InputError, match="larger than"):
            read_benchmark(file)

    def test_infinite(self, tmp_path: Path) -> None:
        """An infinite time is no measurement."""
        with pytest.raises(ValueError, match="finite"):
            Sample(values=(float("inf"),))

    def test_none(self, tmp_path: Path) -> None:
        """An empty or missing folder has no benchmark."""
        assert stored_benchmarks(tmp_path / "nowhere") == []

    def test_newest_first(self, tmp_path: Path) -> None:
        """Stored benchmarks are returned by their time, the newest first."""
        for month in (1, 3, 2):
            made = datetime(2026, month, 1, tzinfo=UTC)
            store_benchmark(fake_benchmark().model_copy(update={"made": made}), tmp_path / file_name(made, "x"))
        assert [found.made.month for found in stored_benchmarks(tmp_path)] == [3, 2, 1]


class TestFileName:
    def test_sorts_by_time(self) -> None:
        """Names begin with the time in UTC, so that the newest is the last."""
        made = fake_benchmark().made
        assert file_name(made, "2-cores-x86_64") == "2026-01-02T030405Z-2-cores-x86_64.json"

    def test_machine(self) -> None:
        """The machine's short name has no letter that a file name must not have."""
        machine = describe_machine().model_copy(update={"gpu": "NVIDIA H100 80GB (HBM3)/x"})
        assert short_name(machine).endswith("NVIDIA-H100-80GB-HBM3-x")


class TestInFreshProcess:
    def test_value(self, tmp_path: Path) -> None:
        """A function is called in another process and its value comes back."""
        file = tmp_path / "train_32x32.mat"
        assert (
            in_fresh_process("benchmarks.measurements.noise_files:write", file=str(file), images=20)
            == file.stat().st_size
        )

    def test_failure(self) -> None:
        """The last line of a failing process is the reason."""
        with pytest.raises(ProcessError, match="nothing: AttributeError"):
            in_fresh_process("benchmarks.measurements.stages:nothing")

    def test_peak(self) -> None:
        """The peak of memory is at least what is held now."""
        held = np.ones(20_000_000)
        assert fresh_process.peak_bytes() > held.nbytes


class TestClock:
    def test_counts_batches(self) -> None:
        """The warm-up is not timed, and a batch too few or too many is noticed."""
        clock = Clock(warm=1, steps=2)
        for _ in range(2):
            clock.tick()
        with pytest.raises(RuntimeError, match="2 batches were trained, not 3"):
            assert clock.seconds
        clock.tick()
        assert clock.seconds > 0
        clock.tick()
        with pytest.raises(RuntimeError, match="4 batches"):
            assert clock.seconds


class TestContenders:
    @pytest.mark.parametrize("contender", [our_loop, plain_loop], ids=["svhnlab", "plain"])
    def test_train_every_batch(self, contender: Any) -> None:
        """Our loop and the plain one train as many batches of the same size."""
        job = make_job(WORKLOADS["cnn-aug"], quick=True)
        contender.train(job)
        assert job.clock.seconds > 0

    def test_same_network(self) -> None:
        """Everybody starts from the same weights."""
        one, other = (make_job(WORKLOADS["cnn"], quick=True).model().state_dict() for _ in range(2))
        assert all(torch.equal(one[name], other[name]) for name in one)

    def test_images_one_by_one(self) -> None:
        """The plain dataset gives 0-1 pixels at the run's resolution, and each of our transforms has its like."""
        images, labels = np.zeros((2, 3, 32, 32), dtype=np.uint8), np.array([3, 4])
        pixels, label = MemorySVHN(images, labels, image_transforms(64, None))[1]
        assert (tuple(pixels.shape), label) == ((3, 64, 64), 4)
        names = [type(step).__name__ for step in image_transforms(32, Augmentation()).transforms]
        assert names == ["RandomAffine", "ColorJitter", "RandomInvert", "ToTensor", "RandomErasing"]


class TestThroughput:
    def test_takes_turns(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Contenders take turns; one that fails is named with its reason, and the others go on."""
        asked = []

        def answer(function: str, **arguments: Any) -> Any:
            if function.endswith("run_facts"):
                return throughput.run_facts(quick=True)
            asked.append(arguments["contender"])
            if arguments["contender"] == "skorch":
                raise ProcessError("it does not fit this torch")
            return {"about": {"title": "x", "version": None, "how": "y"}, "rates": {"cnn": float(len(asked))}}

        monkeypatch.setattr(throughput, "in_fresh_process", answer)
        monkeypatch.setattr(throughput, "version_of", lambda package: None if package == "fastai" else "1.0")
        settings = Settings(repetitions=2, contenders=("svhnlab", "plain", "skorch", "fastai"), say=lambda line: None)
        found = throughput.measure(settings)
        assert asked == ["svhnlab", "plain", "skorch", "svhnlab", "plain"]
        assert found.order == ("svhnlab", "plain", "svhnlab", "plain")
        assert found.runs[0].rates["plain"].values == (2.0, 5.0)
        assert found.absent["skorch"] == "it does not fit this torch"
        assert "not installed" in found.absent["fastai"]

    def test_for_real(self) -> None:
        """A contender trains one run in a process of its own."""
        settings = Settings(quick=True, repetitions=1, runs=("cnn",), contenders=("plain",), say=lambda line: None)
        found = throughput.measure(settings)
        assert [run.name for run in found.runs] == ["cnn"]
        assert set(found.runs[0].rates) == {"plain"}
        assert found.runs[0].multiply_adds > 1_000_000


class TestTraffic:
    def test_bytes(self) -> None:
        """What is read and written counts; views and what is repeated by strides do not."""
        one, other = torch.zeros(10, 100), torch.zeros(1, 100)
        with Traffic() as traffic:
            one + other
        assert traffic.bytes == 4 * (1000 + 100 + 1000)
        with Traffic() as traffic:
            one.t().view(100, 10)
        assert traffic.bytes == 0
        with Traffic() as traffic:
            one.add_(1)
        assert traffic.bytes == 4 * 1000

    def test_step(self) -> None:
        """A step moves more than its images; it computes forward, to the weights, and to all but the pixels."""
        found = limits.step("cnn", quick=True)
        job = make_job(WORKLOADS["cnn"], quick=True)
        to_the_pixels = 2 * 32 * 32 * 32 * 3 * 5 * 5  # of the first convolution
        assert found["traffic_bytes"] > 4 * job.images[0].size
        forward = 2 * throughput.run_facts(quick=True)["cnn"]["multiply_adds"]
        assert found["operations"] == 3 * forward - to_the_pixels


class TestLimits:
    def test_machine(self) -> None:
        """Both limits are measured several times."""
        found = limits.machine_limits(quick=True)
        assert all(len(found[name]) == 7 and min(found[name]) > 0 for name in ("operations", "bytes"))
        assert found["precision"] in {"float32", "bfloat16"}


class TestMaps:
    def test_same_points(self) -> None:
        """Our maps and scikit-learn's are of the same points, with scores that can be compared."""
        ours, others = maps.make("svhnlab", 60), maps.make("scikit-learn", 60)
        assert [found["dimensions"] for found in ours] == [2, 3]
        assert abs(ours[0]["trustworthiness"] - others[0]["trustworthiness"]) < 0.2


class TestGrowth:
    def test_cost(self, tmp_path: Path) -> None:
        """A size is read, split, trained and predicted, and what was measured of it is told."""
        file = tmp_path / "train_32x32.mat"
        assert write(str(file), 300) == file.stat().st_size
        found = growth.cost(str(file), quick=True)
        assert found["images"] == 300
        assert found["epoch_measured"] <= 270
        assert found["peak_bytes"] >= found["reading_bytes"]

    def test_no_room(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without memory for any size nothing is measured, with the reason."""
        monkeypatch.setattr(growth, "_free_memory", lambda: 10)
        with pytest.raises(LeftOutError, match=r"200 images: up to .* GB of memory"):
            growth.measure(QUICK)


class TestGpu:
    @pytest.mark.parametrize("compiled", [False, True])
    def test_cost(self, compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every repetition has a rate of training and of prediction, and the model is compiled if that is asked for."""
        calls: list[torch.nn.Module] = []

        def note(model: torch.nn.Module) -> None:
            calls.append(model)

        monkeypatch.setattr(torch.nn.Module, "compile", note)
        found = gpu.cost("cnn-aug", compiled, repetitions=2, quick=True)
        assert len(calls) == compiled
        assert [len(found[key]) for key in ("train_rate", "predict_rate")] == [2, 2]
        assert min(found["train_rate"] + found["predict_rate"] + [found["start_seconds"]]) > 0

    def test_each_configuration_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each chosen configuration is measured without and with torch.compile, with the repetitions asked for."""
        found = gpu.cost("cnn", compiled=False, repetitions=1, quick=True)
        asked = []

        def answer(function: str, **arguments: Any) -> dict[str, Any]:
            asked.append((function, arguments))
            return found | {"compiled": arguments["compiled"]}

        monkeypatch.setattr(gpu, "in_fresh_process", answer)
        measured = gpu.measure(replace(QUICK, runs=("cnn",)))
        assert [run.compiled for run in measured.runs] == [False, True]
        assert asked == [
            ("benchmarks.measurements.gpu:cost", {"run": "cnn", "compiled": compiled, "repetitions": 1, "quick": True})
            for compiled in (False, True)
        ]

    def test_no_gpu(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a GPU nothing is measured."""
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        with pytest.raises(LeftOutError, match="no GPU"):
            gpu.measure(Settings())


class TestImports:
    def test_study(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A study of two imported classifiers is made, and every step has its cost; its report is tested elsewhere."""
        monkeypatch.delitem(imports.STEPS, "report")
        (study,) = imports.measure(QUICK).studies
        assert [step.name for step in study.steps] == [imports.IMAGES, *imports.STEPS]
        assert all(step.seconds > 0 and step.processor_seconds > 0 for step in study.steps)
        assert all(step.peak_bytes > 50_000_000 for step in study.steps)
        assert study.results_bytes > 100_000

    def test_peak_is_that_of_the_command(self, tmp_path: Path) -> None:
        """The memory of the process that measures does not count."""
        held = np.ones(50_000_000)
        assert imports._run(tmp_path, ["--version"])["peak_bytes"] < held.nbytes

    def test_failing_command(self, tmp_path: Path) -> None:
        """The last line of a command that fails is the error."""
        with pytest.raises(ProcessError, match=r"svhnlab import --nothing: .*--nothing"):
            imports._run(tmp_path, ["import", "--nothing"])


class TestTransfer:
    def test_photographs_are_only_predicted(self, data_folder: Path) -> None:
        """A short training on generated digits predicts all test images of the folder."""
        found = transfer.measure(Settings(quick=True, sample=data_folder, say=lambda line: None))
        assert (found.train_images, found.epochs, found.generated.images) == (400, 1, 100)
        assert found.real.images == len(read_format2(data_folder / "test_32x32.mat").labels)
        assert 0 <= found.real.low <= found.real.value <= found.real.high <= 1

    def test_no_photographs(self) -> None:
        """Without photographs nothing is trained."""
        with pytest.raises(LeftOutError, match="no photographs"):
            transfer.measure(QUICK)


class TestFootprint:
    def test_training(self, tmp_path: Path) -> None:
        """Both files are read and a few steps are trained as the command does."""
        for name in ("train", "test"):
            write(str(tmp_path / f"{name}_32x32.mat"), 300)
        found = footprint.train_full(str(tmp_path), steps=1)
        assert found["training_bytes"] >= found["reading_bytes"] > 0

    def test_light_commands(self) -> None:
        """Help answers without torch."""
        assert not footprint._imports_torch(["--help"])


class TestStages:
    def test_sums(self, tiny_results: Path) -> None:
        """Seconds are those of the stored results, and the training of the runs is one stage."""
        found = stages.measure(Settings(results=tiny_results))
        names = {stage.name: stage for stage in found.stages}
        assert names[stages.TRAINING].training
        manifests = [json.loads(file.read_text(encoding="utf-8")) for file in tiny_results.rglob("manifest.json")]
        whole = sum(manifest["environment"]["wall_seconds"] for manifest in manifests)
        assert sum(stage.seconds for stage in found.stages) == pytest.approx(whole, rel=0.01)

    def test_without_results(self) -> None:
        """Without results it is left out, with the reason."""
        with pytest.raises(LeftOutError, match="--results"):
            stages.measure(Settings())


class TestMain:
    def test_stores_once(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A run writes one file with machine and command, and refuses to write it again."""
        out = tmp_path / "one.json"
        arguments = ["--quick", "--only", "stages", "--results", str(tmp_path / "none"), "--out", str(out)]
        assert command.main(arguments) == 1  # there is no study there
        arguments = ["--quick", "--only", "stages", "--out", str(out)]
        made = command.run(QUICK, ["stages"], command.recorded_command(arguments))
        assert made.left_out["stages"]
        store_benchmark(made, out)
        assert read_benchmark(out).command == "python -m benchmarks --quick --only stages --out ..."
        before = out.read_bytes()
        assert command.main(arguments) == 1
        assert "never replaced" in capsys.readouterr().err
        assert out.read_bytes() == before

    def test_shows(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """The console shows the tables of the documentation, and the figure is written beside the file."""
        command.print_tables(fake_benchmark())
        shown = capsys.readouterr().out
        assert "A processor, 2 cores" in shown
        assert "skorch was not measured: the package skorch is not installed" in shown
        assert command.draw_figure(fake_benchmark(), tmp_path / "one.svg").read_bytes().startswith(b"<svg")
        bare: Benchmark = fake_benchmark().model_copy(update={"throughput": None})
        assert command.draw_figure(bare, tmp_path / "two.svg") is None

    def test_every_part_has_its_measurement(self) -> None:
        """Each part of the file can be measured and printed by its name."""
        parts = {name for name, field in Benchmark.model_fields.items() if field.default is None}
        assert parts == set(command.MEASUREMENTS) == set(command.TABLES)


class TestDrawing:
    def test_timed_functions_exist(self) -> None:
        """Each stage of rendering is a function that exists."""
        for place in drawing.STAGES.values():
            module, _, name = place.partition(":")
            assert callable(getattr(importlib.import_module(module), name)), place
