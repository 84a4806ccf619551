"""The training with a random split of single images, which the data chapter compares with the study's own split."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from svhnlab.config.architectures import DESIGN
from svhnlab.data.mat import read_format2, write_format2
from svhnlab.pipeline.task import TrainingTask
from svhnlab.pipeline.worker import CodeVersion, Worker, hold_lock
from svhnlab.publishing.verify_results import results_checks
from svhnlab.store.keys import StudySpec
from svhnlab.store.load import load_division
from svhnlab.store.record import random_split, read_record
from svhnlab.store.required import all_stored, missing_results, required_results
from svhnlab.store.store import Store
from svhnlab.store.study import open_study
from tests.fixtures.pictures import write_pictures
from tests.fixtures.tiny import EPOCHS, tiny_pipeline


def spec_of(data: Path, **changes: object) -> StudySpec:
    return replace(tiny_pipeline(data, data).spec, **changes)  # type: ignore[arg-type]


class TestStudySpec:
    def test_keys(self, data_folder: Path) -> None:
        """The training has a key of its own, which is part of the study's; those of the runs are the same without."""
        spec = spec_of(data_folder)
        without = replace(spec, profile=replace(spec.profile, random_split=False))
        (key,) = spec.random_split
        assert (key.kind, key.label) == ("random-split", "cnn")
        assert key.key not in {spec.run(name).key for name in DESIGN}
        assert key in spec.addresses()
        assert without.random_split == []
        assert [spec.run(name).key for name in DESIGN] == [without.run(name).key for name in DESIGN]

    def test_none_is_needed(self, data_folder: Path) -> None:
        """There is none if images are divided anyway, in the tutorial protocol, and in a study without the CNN."""
        spec = spec_of(data_folder)
        for split in (replace(spec.split, unit="image"), replace(spec.split, protocol="tutorial")):
            assert replace(spec, split=split).random_split == []
        assert replace(spec, runs=("cnn-aug", "resnet18")).random_split == []


class TestStudyPipeline:
    def test_stored_with_the_study(self, tiny_results: Path, data_folder: Path) -> None:
        """It is stored, listed and checked with the study, and is none of its configurations."""
        store = Store(tiny_results)
        record = read_record(store)
        needed = required_results(store, record)
        assert [need.stored is not None for need in needed if need.address.kind == "random-split"] == [True]
        assert missing_results(record, needed) == []
        (check,) = (check for check in results_checks(tiny_results) if check.name.startswith("random-split/"))
        assert check.holds
        study = open_study(tiny_results)
        assert list(study.runs) == list(DESIGN)
        assert all_stored(store, tiny_pipeline(tiny_results, data_folder).spec, DESIGN, pytest.fail)

    def test_other_validation_images(self, tiny_results: Path, data_folder: Path) -> None:
        """Images of one photograph are in both parts, which are as large as before; the test images are the same."""
        study = open_study(tiny_results)
        random = study.random_split
        assert random is not None
        assert random.configuration == "cnn"
        assert 1 <= random.best_epoch <= random.epochs == EPOCHS
        assert random.validation.logits.shape == (40, 10)
        np.testing.assert_array_equal(random.test.labels, study.data.test_labels)
        assert not np.array_equal(random.test.logits, study.runs["cnn"].test.logits)
        stored = Store(tiny_results).find(spec_of(data_folder).random_split[0])
        assert stored is not None
        division = load_division(stored)
        assert division.photographs is not None
        np.testing.assert_array_equal(random.photographs, division.photographs["validation"])
        both = [
            np.sort(np.concatenate([one["train"], one["validation"]])) for one in (division.indices, study.data.indices)
        ]
        np.testing.assert_array_equal(*both)
        assert np.isin(random.photographs, division.photographs["train"]).mean() > 0.5
        assert study.data.photographs is not None
        assert not np.isin(study.data.photographs["validation"], study.data.photographs["train"]).any()

    def test_photographs_of_one_image(self, tmp_path: Path, data_folder: Path) -> None:
        """If each image is its own photograph, both splits are the same and nothing is trained."""
        (tmp_path / "data").mkdir()
        for name in ("train_32x32.mat", "test_32x32.mat"):
            file = read_format2(data_folder / name)
            each = np.arange(len(file.labels))
            write_format2(tmp_path / "data" / name, file.images, file.labels, photographs=each)
        pipeline = tiny_pipeline(tmp_path / "results", tmp_path / "data")
        pipeline.run(())
        assert pipeline.spec.random_split
        assert random_split(pipeline.store, pipeline.spec) == read_record(pipeline.store)["random_split"] == []

    def test_earlier_record(self, tmp_path: Path, tiny_results: Path) -> None:
        """A study that was recorded by an earlier version needs no such training, and has none."""
        store = Store(tmp_path)
        record = {name: entry for name, entry in read_record(Store(tiny_results)).items() if name != "random_split"}
        for kind in ("data", "augmentation", "run"):
            (tmp_path / kind).symlink_to(tiny_results / kind)
        store.write_study(record["key"], record)
        assert "random-split" not in {need.address.kind for need in required_results(store, record)}
        assert open_study(tmp_path).random_split is None


class TestWorker:
    def test_same_numbers(self, tmp_path: Path, tiny_results: Path, data_folder: Path) -> None:
        """A worker gives it its own split of the images, and the same number of epochs."""
        pipeline = tiny_pipeline(tmp_path, data_folder)
        pipeline.run(())
        task = TrainingTask(pipeline.spec, "cnn", random_split=True)
        with hold_lock(pipeline.store) as lock_name:
            source = pipeline.source.absolute()
            output = Worker(source, tmp_path, "cpu", "disabled", None, CodeVersion.here(), lock_name, threads=1)(task)
        assert "Two-layer CNN, random split: test accuracy" in output
        divisions = [
            load_division(stored).indices["validation"]
            for store in (Store(tmp_path), Store(tiny_results))
            if (stored := store.find(task.key)) is not None
        ]
        np.testing.assert_array_equal(*divisions)


class TestGivenParts:
    def test_no_comparison(self, tmp_path: Path) -> None:
        """Data that come with validation images are not split again for a comparison."""
        data = write_pictures(tmp_path / "data", train=4, test=4, validation=2, classes=3)
        for part in ("train", "validation"):
            for label in (data / part).iterdir():
                (label / "group").mkdir()
                for file in sorted(label.glob("*.*"))[:2]:
                    file.rename(label / "group" / file.name)
        pipeline = tiny_pipeline(tmp_path / "results", data)
        spec = replace(pipeline.spec, named_classes=pipeline.source.class_names)
        pipeline = replace(pipeline, spec=spec)
        pipeline.run(())
        assert spec.random_split
        assert random_split(pipeline.store, spec) == []
