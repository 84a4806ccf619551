"""Causes of errors in a stored study: computed once, and added to studies of earlier versions."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from svhnlab.analysis.causes import CAUSES
from svhnlab.data.synthetic import generate
from svhnlab.store.record import read_record
from svhnlab.store.required import all_stored, finished_record
from svhnlab.store.store import Store
from svhnlab.store.study import open_study
from tests.fixtures.tiny import tiny_pipeline

RUNS = ("cnn", "cnn-aug", "resnet18", "resnet18-aug")


@pytest.fixture
def earlier(tiny_results: Path, tmp_path: Path) -> Path:
    """A study stored before there were causes."""
    results = tmp_path / "results"
    shutil.copytree(tiny_results, results)
    shutil.rmtree(results / "causes")
    store = Store(results)
    record = read_record(store)
    store.write_study(record["key"], {name: value for name, value in record.items() if name != "causes"})
    return results


class TestCauses:
    def test_are_part_of_a_finished_study(self, tiny_results: Path) -> None:
        """They cover all configurations, and have the parameters of the test images."""
        study = open_study(tiny_results)
        assert study.causes is not None
        assert study.causes.runs == RUNS
        assert list(study.causes.applies) == [cause.name for cause in CAUSES]
        assert study.causes.trainings == (3, 3, 3, 3)
        drawn = generate(150, seed=3, split="test").parameters
        np.testing.assert_array_equal(study.causes.parameters["blur"], drawn.blur)
        assert (study.causes.truth == 0).tolist() == study.data.known_wrong.tolist()  # type: ignore[union-attr]

    def test_earlier_studies_stay_valid(self, earlier: Path) -> None:
        """A study without causes loads and counts as finished."""
        assert open_study(earlier).causes is None
        assert finished_record(Store(earlier))["key"]

    def test_are_added_without_training(
        self, earlier: Path, tiny_results: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`svhnlab train` computes the causes alone, and leaves the key of the study and all other results."""
        pipeline = tiny_pipeline(earlier, data_folder)
        assert not all_stored(pipeline.store, pipeline.spec, RUNS, lambda _: None)
        before = {path: path.stat().st_mtime_ns for path in earlier.glob("*/*/manifest.json")}

        def refuse(*_: object) -> None:
            raise AssertionError("trained again")

        monkeypatch.setattr("svhnlab.pipeline.train_run.RunTrainer._train", refuse, raising=False)
        pipeline.run(RUNS)
        after = {path: path.stat().st_mtime_ns for path in earlier.glob("*/*/manifest.json")}
        assert {path.parts[-3] for path in after.keys() - before.keys()} == {"causes"}
        assert before.items() <= after.items()
        assert read_record(Store(earlier))["key"] == read_record(Store(tiny_results))["key"]
        one, other = open_study(earlier).causes, open_study(tiny_results).causes
        assert one is not None
        assert other is not None
        for name, rule in one.applies.items():
            np.testing.assert_array_equal(rule, other.applies[name])

    def test_depend_on_all_trainings(self, data_folder: Path, tmp_path: Path) -> None:
        """Another stored training of a configuration gives another key."""
        spec = tiny_pipeline(tmp_path, data_folder, seeds=2).spec
        analysis = spec.analysis(("cnn",))
        keys = [key.key for key in spec.trainings("cnn")]
        assert analysis.causes({"cnn": keys}).key != analysis.causes({"cnn": keys[:1]}).key
