"""The training without images whose training label is suspected to be wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from svhnlab.config.architectures import DESIGN
from svhnlab.pipeline.images import load_task_images
from svhnlab.pipeline.task import TrainingTask
from svhnlab.store.record import read_record, without_suspects, write_record
from svhnlab.store.required import missing_results, required_results
from svhnlab.store.store import Store
from svhnlab.store.study import open_study
from tests.fixtures.tiny import tiny_pipeline


class TestStudySpec:
    def test_key(self, data_folder: Path) -> None:
        """Its key depends on the suspected labels, and those of the runs are the same without it."""
        spec = tiny_pipeline(data_folder, data_folder).spec
        (key,) = spec.without_suspects
        assert key.inputs["without"] == spec.analysis(spec.runs).dynamics.key
        without = replace(spec, profile=replace(spec.profile, without_suspects=False))
        assert without.without_suspects == replace(spec, runs=("cnn-aug",)).without_suspects == []
        assert [spec.run(name).key for name in DESIGN] == [without.run(name).key for name in DESIGN]


class TestStudyPipeline:
    def test_stored_with_the_study(self, tiny_results: Path) -> None:
        """It is stored and listed with the study, and its predictions are of the same test images."""
        store = Store(tiny_results)
        record = read_record(store)
        needed = required_results(store, record)
        assert [need.stored is not None for need in needed if need.address.kind == "without-suspects"] == [True]
        assert missing_results(record, needed) == []
        study = open_study(tiny_results)
        assert study.without_suspects is not None
        np.testing.assert_array_equal(study.without_suspects.test.labels, study.data.test_labels)

    def test_needs_all_configurations(self, cnn_results: Path) -> None:
        """It is not trained before the labels are scored by all configurations of the study."""
        assert list(cnn_results.glob("without-suspects/*")) == []
        assert open_study(cnn_results).without_suspects is None


def test_suspected_images_are_left_out(tiny_results: Path, data_folder: Path) -> None:
    """The training images are those of the study without the suspected ones; the other splits are the same."""
    pipeline, study = tiny_pipeline(tiny_results, data_folder), open_study(tiny_results)
    assert study.training_labels is not None
    suspected = study.training_labels.review.suspected
    if not len(suspected):
        pytest.fail("the tiny study has no suspected training label, so this test shows nothing")
    whole = pipeline.images()
    some = load_task_images(TrainingTask(pipeline.spec, "cnn", without_suspects=True), pipeline.source, pipeline.store)
    rows = np.delete(np.arange(len(whole.labels["train"])), suspected)
    np.testing.assert_array_equal(some.images["train"], whole.images["train"][rows])
    np.testing.assert_array_equal(some.labels["train"], whole.labels["train"][rows])
    np.testing.assert_array_equal(some.division.indices["train"], whole.division.indices["train"][rows])
    np.testing.assert_array_equal(some.images["validation"], whole.images["validation"])


def test_nothing_suspected(tiny_results: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a suspected training label, the training would be the same, so the study does not need it."""
    pipeline = tiny_pipeline(tiny_results, data_folder)
    assert without_suspects(pipeline.store, pipeline.spec) == pipeline.spec.without_suspects
    labels = open_study(tiny_results).training_labels
    assert labels is not None
    none = replace(labels, review=replace(labels.review, suspected=np.zeros(0, dtype=np.int64)))
    monkeypatch.setattr("svhnlab.store.record.load", lambda kind, stored: none)
    assert without_suspects(pipeline.store, pipeline.spec) == []
    written: dict[str, Any] = {}
    monkeypatch.setattr(pipeline.store, "write_study", lambda key, record: written.update(record))
    write_record(pipeline.store, pipeline.spec)
    assert written["without_suspects"] == []
    assert len(written["random_split"]) == 1
