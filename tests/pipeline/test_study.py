"""A tiny study: computed once, cached, resumed after a kill, and recomputed if damaged."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from svhnlab.analysis.training_dynamics import SCORES
from svhnlab.errors import InputError
from svhnlab.store.keys import StudySpec
from svhnlab.store.load import load_dynamics
from svhnlab.store.required import all_stored, stored_run
from svhnlab.store.store import Store, StoredResult, digest_of
from svhnlab.store.study import open_study
from tests.fixtures.paths import ROOT
from tests.fixtures.tiny import EPOCHS, tiny_pipeline, train_tiny

CLOCK = {"seconds", "images_per_second"}


def start(results: Path, data: Path, *runs: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.fixtures.tiny", str(results), str(data), *runs]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def numbers(stored: StoredResult) -> dict[str, np.ndarray]:
    """All stored numbers of a run except times."""
    arrays = {**stored.arrays("predictions.npz"), **stored.arrays("dynamics.npz")}
    for name in ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"):
        arrays[name] = np.array([epoch[name] for epoch in stored.json("history.json")["epochs"]])
    return arrays


def assert_same(one: StoredResult, other: StoredResult) -> None:
    first, second = numbers(one), numbers(other)
    assert first.keys() == second.keys()
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name], err_msg=name)
    assert one.file("weights.safetensors").read_bytes() == other.file("weights.safetensors").read_bytes()


def tiny_spec(data: Path) -> StudySpec:
    return tiny_pipeline(data, data).spec


class TestRun:
    def test_everything_is_stored(self, tiny_results: Path, data_folder: Path) -> None:
        """A finished study has all results intact and no temporary files."""
        said: list[str] = []
        tiny = tiny_spec(data_folder)
        assert all_stored(Store(tiny_results), tiny, tuple(tiny.profile.recipes), said.append)
        assert said == []
        assert not list(tiny_results.glob(".writing-*"))
        assert not list((tiny_results / "checkpoints").iterdir())

    def test_study_reads_back(self, tiny_results: Path) -> None:
        """The study that the report reads is complete and consistent."""
        study = open_study(tiny_results)
        assert list(study.runs) == ["cnn", "cnn-aug", "resnet18", "resnet18-aug"]
        assert study.missing == ()
        assert study.data.kind == "generated"
        assert [int(part.counts.sum()) for part in study.data.splits.values()] == [360, 40, 150]
        for run in study.runs.values():
            assert len(run.history) == EPOCHS
            np.testing.assert_array_equal(run.test.labels, study.data.test_labels)
            assert run.validation.logits.shape == (40, 10)
            assert run.embedding is not None
            assert run.embedding.planar.shape == (60, 2)
            assert run.environment["packages"]["torch"]
            assert run.environment["device"] == "cpu"
            assert {"sha", "dirty"} == set(run.environment["commit"])
        assert study.runs["resnet18"].title == "ResNet-18 (random start)"

    def test_features_of_training_images_are_not_stored(self, tiny_results: Path, data_folder: Path) -> None:
        """Features of training images are not stored, since nothing reads them."""
        stored = Store(tiny_results).find(tiny_spec(data_folder).run("cnn"))
        assert stored is not None
        assert {name.partition("_")[0] for name in stored.arrays("predictions.npz")} == {"validation", "test"}

    def test_best_epoch_made_the_predictions(self, tiny_results: Path) -> None:
        """The stored predictions are those of the best epoch."""
        for run in open_study(tiny_results).runs.values():
            best = run.history[run.best_epoch - 1]
            assert (~run.validation.wrong).mean() == pytest.approx(best.validation_accuracy)

    def test_injected_label_errors_are_known(self, tiny_results: Path, data_folder: Path) -> None:
        """The injected label errors of the test images are stored, and what these images show."""
        record = json.loads((data_folder / "generated.json").read_text())["files"]["test_32x32.mat"]
        data = open_study(tiny_results).data
        assert data.injected.tolist() == record["planted"]
        assert data.true_labels is not None
        assert data.true_labels[data.injected].tolist() == record["true_labels"]
        right = ~data.known_wrong
        np.testing.assert_array_equal(data.true_labels[right], data.test_labels[right])

    def test_second_time_computes_nothing(self, tiny_results: Path, data_folder: Path) -> None:
        """A stored study is a cache hit: no file changes."""
        before = {path: path.stat().st_mtime_ns for path in tiny_results.glob("run/*/*")}
        pipeline = tiny_pipeline(tiny_results, data_folder)
        pipeline.run(("cnn", "resnet18"))
        assert {path: path.stat().st_mtime_ns for path in tiny_results.glob("run/*/*")} == before

    def test_other_seed_is_another_result(self, tiny_results: Path, data_folder: Path) -> None:
        """A different seed gives different keys."""
        tiny, other = tiny_spec(data_folder), tiny_pipeline(tiny_results, data_folder, seed=1).spec
        assert tiny.data.key == other.data.key
        assert tiny.run("cnn").key != other.run("cnn").key
        assert tiny.key != other.key


class TestOpenStudy:
    def test_record_of_another_version(self, tmp_path: Path) -> None:
        """A study of another version gives a one-line error."""
        Store(tmp_path).write_study("k3y", {"key": "k3y", "profile": "demo"})
        with pytest.raises(InputError, match="another version of svhnlab; train it again"):
            open_study(tmp_path)


class TestAnalysis:
    def test_maps_show_the_same_images_for_every_run(self, tiny_results: Path) -> None:
        """All maps show the same images."""
        maps = [run.embedding for run in open_study(tiny_results).runs.values()]
        for one in maps:
            assert one is not None
            np.testing.assert_array_equal(one.rows, maps[0].rows)
            assert 0 <= one.scores["planar"].seed_overlap <= 1

    def test_attributions_are_checked(self, tiny_results: Path) -> None:
        """The occlusion maps of every model are checked on a sample of its errors."""
        for run in open_study(tiny_results).runs.values():
            check = run.attribution_check
            assert check is not None
            assert check.images == min(run.test.wrong.sum(), 40)
            assert 0 <= check.area <= 1
            assert check.difference.value == pytest.approx(check.random_area - check.area)

    def test_answers_to_images_without_a_class(self, tiny_results: Path) -> None:
        """Every model has its answers to the same images of each kind, the most confident first."""
        for run in open_study(tiny_results).runs.values():
            assert run.ood is not None
            assert list(run.ood.kinds) == ["letters", "walls", "turned", "noise"]
            for kind, values in run.ood.confidence.items():
                assert len(values) == len(run.ood.predicted[kind]) == run.ood.kinds[kind].images
                assert (np.diff(values) <= 0).all()
                assert run.ood.kinds[kind].confidence.value == pytest.approx(values.mean())

    def test_every_error_has_its_evidence(self, tiny_results: Path) -> None:
        """Evidence covers every image that any run misclassifies or that is on a map, the same for all runs."""
        study = open_study(tiny_results)
        wrong = np.any([run.test.wrong for run in study.runs.values()], axis=0)
        for run in study.runs.values():
            assert run.evidence is not None
            assert run.embedding is not None
            expected = np.union1d(np.flatnonzero(wrong), run.embedding.rows)
            np.testing.assert_array_equal(run.evidence.rows, expected)
            # only the run's own errors have attributions, and only if the margin depends on the image
            moved = (run.evidence.attribution != 128).any(axis=(1, 2))
            assert not moved[~run.test.wrong[expected]].any()

    def test_centroids_are_those_of_right_training_images(self, tiny_results: Path) -> None:
        """Centroids are computed from correctly classified training images."""
        study = open_study(tiny_results)
        for run in study.runs.values():
            assert run.evidence is not None
            assert 0 < run.evidence.centroids.counts.sum() < study.data.splits["train"].counts.sum()

    def test_neighbours_can_be_shown(self, tiny_results: Path) -> None:
        """Image and label of every nearest neighbour are stored."""
        study = open_study(tiny_results)
        known = study.neighbour_images
        assert known is not None
        for run in study.runs.values():
            assert run.evidence is not None
            shown = run.evidence.neighbours[run.evidence.rows]
            place = np.searchsorted(known.rows, shown)
            np.testing.assert_array_equal(known.rows[place], shown)
            np.testing.assert_array_equal(known.labels[place], run.evidence.neighbour_labels[run.evidence.rows])

    def test_statistics_cover_all_runs(self, tiny_results: Path) -> None:
        """After storing and loading, every run has confidence intervals and every pair a test."""
        study = open_study(tiny_results)
        found = study.statistics
        assert found is not None
        assert list(found.runs) == list(study.runs)
        assert len(found.pairs) == 6
        assert found.interaction is not None
        for name, run in study.runs.items():
            assert found.runs[name].accuracy.value == pytest.approx((~run.test.wrong).mean())
        assert found.labels.injected == len(study.data.injected)
        assert all(values.shape == (150,) for values in found.properties.values())

    def test_training_labels_are_scored(self, tiny_results: Path) -> None:
        """Every run scores every training label, and the suspected ones come with their images."""
        study = open_study(tiny_results)
        found = study.training_labels
        assert found is not None
        assert found.configurations == tuple(study.runs)
        count = len(study.data.indices["train"])
        assert found.scores.keys() == SCORES.keys()
        assert all(values.shape == (4, count) for values in found.scores.values())
        assert found.review.quality.shape == found.labels.shape == (count,)
        assert found.images.shape == (len(found.review.suspected), 3, 32, 32)
        assert found.wrong is not None
        assert len(found.wrong) == found.review.injected
        accuracies = [run.history[-1].train_accuracy for run in study.runs.values()]
        assert found.scores["correctness"].mean(axis=1).max() < max(accuracies) + 0.05
        assert (found.scores["value"] != 0).mean() > 0.5

    def test_trainings_without_dynamics(self, tmp_path: Path, cnn_results: Path, data_folder: Path) -> None:
        """A training that an earlier version stored has no dynamics; its key is the same, and its labels unscored."""
        results = shutil.copytree(cnn_results, tmp_path / "results")
        pipeline = tiny_pipeline(results, data_folder)
        key = pipeline.spec.run("cnn")
        folder = pipeline.store.path(key)
        manifest = json.loads((folder / "manifest.json").read_text())
        del manifest["files"]["dynamics.npz"], manifest["seal"]
        (folder / "manifest.json").write_text(json.dumps({**manifest, "seal": digest_of(manifest)}))
        (folder / "dynamics.npz").unlink()
        stored = pipeline.store.find(key)
        assert stored is not None
        assert load_dynamics(stored) is None
        shutil.rmtree(results / "dynamics")
        pipeline.run(("cnn",))
        found = open_study(results).training_labels
        assert found is not None
        assert (found.configurations, found.scores) == ((), {})

    def test_some_runs_have_an_analysis_of_their_own(
        self, tmp_path: Path, cnn_results: Path, data_folder: Path
    ) -> None:
        """A study of one run has an analysis; adding a run gives a new analysis of both."""
        one = open_study(cnn_results).statistics
        assert one is not None
        assert one.pairs == ()
        results = shutil.copytree(cnn_results, tmp_path / "results")
        tiny_pipeline(results, data_folder).run(("cnn-aug",))
        two = open_study(results).statistics
        assert two is not None
        assert [(pair.first, pair.second) for pair in two.pairs] == [("cnn", "cnn-aug")]

    def test_two_seeds(self, tmp_path: Path, cnn_results: Path, data_folder: Path) -> None:
        """With two seeds each run is trained twice, with different weights, and the first is the stored one."""
        results = shutil.copytree(cnn_results, tmp_path / "results")
        alone = open_study(results).runs["cnn"].key
        pipeline = tiny_pipeline(results, data_folder, seeds=2)
        pipeline.run(("cnn",))
        study = open_study(results)
        assert study.runs["cnn"].key == alone
        assert [repeat.seed for repeat in study.repeats["cnn"]] == [0, 1]
        paths = [Store(results).path(address) / "weights.safetensors" for address in pipeline.spec.trainings("cnn")]
        assert paths[0].read_bytes() != paths[1].read_bytes()
        correct = [~repeat.test.wrong for repeat in study.repeats["cnn"]]
        assert study.seed_statistics["cnn"].accuracy.value == np.mean(correct)
        assert -1 <= study.seed_statistics["cnn"].kappa.value <= 1
        assert 0 < study.seed_statistics["cnn"].cka < 1
        assert all_stored(pipeline.store, pipeline.spec, ("cnn",), print)
        shutil.rmtree(pipeline.store.path(pipeline.spec.seed_statistics["cnn"]))
        assert not all_stored(pipeline.store, pipeline.spec, ("cnn",), print)
        assert open_study(results).seed_statistics == {}


class TestDamage:
    def test_damaged_run_is_made_again(
        self, tmp_path: Path, cnn_results: Path, data_folder: Path, capsys: pytest.CaptureFixture
    ) -> None:
        """A run with a changed file is reported, moved aside, and trained again with the same results."""
        results = shutil.copytree(cnn_results, tmp_path / "results")
        stored = stored_run(Store(results), "cnn")
        good = numbers(stored)
        file = stored.path / "predictions.npz"
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        tiny_pipeline(results, data_folder).run(("cnn",))
        assert "predictions.npz fails its checksum" in capsys.readouterr().out
        again = numbers(stored_run(Store(results), "cnn"))
        for name, value in good.items():
            np.testing.assert_array_equal(value, again[name])
        assert list((results / "damaged").iterdir())


def last_change(results: Path) -> int:
    """Time of the last change of a checkpoint in nanoseconds; 0 if there is none."""
    return max((file.stat().st_mtime_ns for file in results.glob("checkpoints/*.ckpt")), default=0)


class TestKill:
    def test_killed_training_goes_on_to_the_same_numbers(self, tmp_path: Path, data_folder: Path) -> None:
        """Training killed after each of two epochs and resumed gives the same numbers as uninterrupted training."""
        train_tiny(tmp_path / "whole", data_folder, "cnn-aug")
        results = tmp_path / "killed"
        seen = 0  # time of the last checkpoint's change
        for _ in range(2):  # killed after the first epoch, and again after the second
            process = start(results, data_folder, "cnn-aug")
            deadline = time.monotonic() + 120
            while (changed := last_change(results)) <= seen:
                assert process.poll() is None, process.communicate()[0]
                assert time.monotonic() < deadline
                time.sleep(0.005)
            seen = changed
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert not list(results.glob("run/*"))
        process = start(results, data_folder, "cnn-aug")
        lines, _ = process.communicate()
        assert process.returncode == 0, lines
        sessions = stored_run(Store(results), "cnn-aug").manifest["environment"]["sessions"]
        assert sessions[0]["from_epoch"] == 1
        assert sessions[-1]["from_epoch"] > 1  # resumed, not restarted
        assert_same(stored_run(Store(results), "cnn-aug"), stored_run(Store(tmp_path / "whole"), "cnn-aug"))
