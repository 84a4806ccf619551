"""Imported predictions in a study: beside a trained configuration, and alone in an environment without torch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from svhnlab.data.source import find_data
from svhnlab.pipeline.imported import Import, ImportFaults, ImportPipeline, spec_of_record
from svhnlab.report import (
    AccuracyCost,
    Chapter,
    CostTable,
    NearestCentroidTable,
    PairedTable,
    TemperatureTable,
    TrainingCurves,
    describe_cost,
    notice,
)
from svhnlab.store.imported import with_import, without_import
from svhnlab.store.load import load
from svhnlab.store.record import read_record, write_record
from svhnlab.store.required import all_stored, finished_record, missing_results, required_results, with_stored_imports
from svhnlab.store.schema import RunPredictions, Study
from svhnlab.store.store import ResultKey, Store
from svhnlab.store.study import open_study
from tests.fixtures.imported import BARE, imports_only, run_without_torch, write_predictions
from tests.fixtures.report_project import render_project
from tests.fixtures.tiny import tiny_pipeline


def pipeline_of(results: Path, data: Path) -> ImportPipeline:
    """Return the pipeline that imports into a stored study."""
    store = Store(results)
    return ImportPipeline(spec_of_record(read_record(store)), find_data(data), store, lambda line: None)


@pytest.fixture(scope="module")
def mixed(cnn_results: Path, data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study of one trained CNN, its own predictions imported as "twin", and test logits alone as "bare"."""
    results = Path(shutil.copytree(cnn_results, tmp_path_factory.mktemp("mixed") / "results"))
    pipeline = pipeline_of(results, data_folder)
    record = read_record(pipeline.store)
    trained = pipeline.store.find(ResultKey(**record["runs"]["cnn"]["trainings"][0]))
    assert trained is not None
    predictions = load(RunPredictions, trained)
    test, validation = predictions.test, predictions.validation
    assert validation is not None
    history = results / "history.csv"
    history.write_text(
        "train_loss,train_accuracy,validation_loss,validation_accuracy,seconds\n2,.2,2.1,.1,1\n1,.6,1,.5,1\n"
    )
    np.savez(results / "twin.npz", test=test.logits, test_ids=test.indices, validation=validation.logits)
    twin = Import("twin", "Twin", results / "twin.npz", history=history, parameters=7, seconds=2.5)
    file = write_predictions(results / "bare.npz", pipeline, ["test"])
    for given in (twin, Import("bare", "Bare", file)):
        record = with_import(record, pipeline.store_import(given))
    pipeline.store.write_study(record["key"], record)
    pipeline.analyse(record)
    return results


@pytest.fixture(scope="module")
def study(mixed: Path) -> Study:
    """The stored study."""
    return open_study(mixed)


class TestBesideATrainedConfiguration:
    def test_stand_side_by_side(self, study: Study) -> None:
        """Imported configurations follow the trained one, with the same metrics for the same predictions."""
        assert list(study.runs) == ["cnn", "twin", "bare"]
        assert study.statistics is not None
        own, twin = study.statistics.runs["cnn"], study.statistics.runs["twin"]
        assert twin.metrics == own.metrics
        assert twin.temperature_scaling is not None
        assert own.temperature_scaling is not None
        assert twin.temperature_scaling.temperature == own.temperature_scaling.temperature
        assert study.statistics.pair("cnn", "twin").p_value == 1
        assert len(study.statistics.pairs) == 3
        assert study.causes is not None
        assert study.causes.runs == ("cnn", "twin", "bare")
        assert set(study.ensembles["all"].members) == {"cnn", "twin", "bare"}

    def test_parts_that_were_not_imported(self, study: Study) -> None:
        """Features, history and validation predictions are None or empty, and nothing is made up."""
        twin, bare = study.runs["twin"], study.runs["bare"]
        assert (twin.evidence, twin.embedding, twin.ood, twin.test.features) == (None, None, None, None)
        assert [epoch.validation_accuracy for epoch in twin.history] == [0.1, 0.5]
        assert (twin.best_epoch, bare.history, bare.validation) == (2, (), None)
        assert study.statistics is not None
        assert study.statistics.runs["bare"].with_validation is None

    def test_results_that_need_weights(self, study: Study, cnn_results: Path, mixed: Path) -> None:
        """Robustness and dynamics are those of the trained configuration, and are not computed again."""
        assert study.robustness is not None
        assert list(study.robustness.runs) == ["cnn"]
        for kind in ("robustness", "dynamics", "ood", "attribution-check"):
            assert sorted(path.name for path in (mixed / kind).iterdir()) == sorted(
                path.name for path in (cnn_results / kind).iterdir()
            )

    def test_study_is_finished(self, mixed: Path) -> None:
        """The record names every result; only the trainings that are not done are missing."""
        store = Store(mixed)
        record = read_record(store)
        lacking = missing_results(record, required_results(store, record))
        assert {
            name for name in lacking if not name.startswith(("run cnn", "run resnet18", "without-suspects"))
        } == set()

    def test_training_keeps_the_imports(self, mixed: Path, data_folder: Path) -> None:
        """`svhnlab train` has nothing to do, and writes the same study with the imports."""
        store = Store(mixed)
        before = read_record(store)
        spec = with_stored_imports(store, tiny_pipeline(mixed, data_folder).spec, lambda line: None)
        assert [one.name for one in spec.imports] == ["twin", "bare"]
        assert all_stored(store, spec, ("cnn",), lambda line: None)
        write_record(store, spec)
        assert read_record(store) == before

    def test_other_data_drop_the_imports(self, mixed: Path, data_folder: Path) -> None:
        """Imports belong to their data and split; a study with another split says that they are left out."""
        spec, said = tiny_pipeline(mixed, data_folder).spec, []  # type: ignore[var-annotated]
        other = replace(spec, split=replace(spec.split, unit="image"))
        assert with_stored_imports(Store(mixed), other, said.append).imports == ()
        assert "twin, bare" in said[0]

    def test_removal(self, mixed: Path, cnn_results: Path) -> None:
        """Without its imports, the study has the key that it had before."""
        record = read_record(Store(mixed))
        for name in ("twin", "bare"):
            record = without_import(record, name)
        assert record["key"] == read_record(Store(cnn_results))["key"]


class TestReport:
    def test_tables_have_all(self, study: Study) -> None:
        """Tests, temperatures and cost include the imported configurations, with "–" where something is unknown."""
        assert len(PairedTable.from_study(study).pairs) == 3
        assert [run.title for run in TemperatureTable.from_study(study).runs] == [study.runs["cnn"].title, "Twin"]
        cells = CostTable.from_study(study).cells().set_index("Run")
        assert cells.loc["Twin"].tolist() == ["0.0 M", "–", "2", "2\u00a0s", "–", "–"]
        assert set(cells.loc["Bare"]) == {"–"}

    def test_figures_of_some(self, study: Study) -> None:
        """A figure shows the configurations that have what it needs."""
        assert TrainingCurves.from_study(study).titles == (study.runs["cnn"].title, "Twin")
        assert [run.name for run, _ in NearestCentroidTable.from_study(study).results] == ["cnn"]
        assert [point.name for point in AccuracyCost.from_study(study).points] == ["cnn"]
        assert "only trained model" in describe_cost(study)
        assert "Bare (without features, validation predictions and training history)" in notice(study)

    def test_placeholder(self, study: Study) -> None:
        """A part that needs what was not imported says so."""
        shown = str(Chapter(study).show(TrainingCurves, "bare"))
        assert shown == "*Bare was imported without the history of the training, which this part needs.*"


def faults_of(pipeline: ImportPipeline, file: Path, **arrays: Any) -> list[str]:
    """Return the faults of predictions."""
    np.savez(file, **arrays)
    with pytest.raises(ImportFaults) as caught:
        pipeline.store_import(Import("other", "Other", file))
    return caught.value.faults


class TestFaults:
    def test_each_has_a_line(self, mixed: Path, data_folder: Path, tmp_path: Path) -> None:
        """Faults of several splits are found together, and nothing is stored."""
        pipeline = pipeline_of(mixed, data_folder)
        before = sorted((mixed / "run").iterdir())
        n_test, n_train = len(pipeline.images().labels["test"]), len(pipeline.images().labels["train"])
        faults = faults_of(pipeline, tmp_path / "p.npz", test=np.ones((n_test, 9)), train=np.ones((3, 10)))
        assert [fault.split(": ", 1)[1] for fault in faults] == [
            "test: has scores for 9 classes, but the study has 10.",
            f"train: has 3 rows, but the study has {n_train:,} training images; give one for each.",
        ]
        wide = {"test": np.eye(10)[np.zeros(n_test, int)], "train": np.eye(10)[np.zeros(n_train, int)]}
        features = {"test_features": np.ones((n_test, 2)), "train_features": np.ones((n_train, 3))}
        assert "different numbers of features: 2, 3" in faults_of(pipeline, tmp_path / "q.npz", **wide, **features)[0]
        assert sorted((mixed / "run").iterdir()) == before


@pytest.fixture(scope="module")
def without_torch(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Results and report of imports alone, made where torch can't be imported."""
    folder = tmp_path_factory.mktemp("without-torch")
    answer = run_without_torch(
        folder / "blocked", "-m", "tests.fixtures.imported", folder / "results", data_folder, folder / "report"
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == "[]"
    yield folder


class TestWithoutTorch:
    def test_results(self, without_torch: Path) -> None:
        """All that the imports allow is computed; there is no augmentation preview and nothing that needs weights."""
        store = Store(without_torch / "results")
        record = finished_record(store)
        kinds = [need.address.kind for need in required_results(store, record)]
        assert kinds == ["data", "run", "run", "evidence", "embedding", "statistics", "ensemble", "causes"]
        study = open_study(without_torch / "results")
        assert study.statistics is not None
        assert study.statistics.runs["whole"].with_features is not None
        assert study.runs["whole"].evidence is not None
        assert study.runs["whole"].evidence.attribution is None

    def test_estimate(self, without_torch: Path, data_folder: Path) -> None:
        """Before a study, its images are shown, and that only predictions can be imported."""
        options = ("--profile", "demo", "--data", data_folder, "--results", without_torch / "none")
        answer = run_without_torch(without_torch / "blocked", "-m", "svhnlab", "train", "--estimate", *options)
        assert answer.returncode == 0, answer.stderr
        assert "validation" in answer.stdout
        assert "PyTorch is not installed, so no model can be trained here." in " ".join(answer.stdout.split())

    def test_status(self, without_torch: Path) -> None:
        """A study of imports has no profile and no initial weights."""
        answer = run_without_torch(
            without_torch / "blocked", "-m", "svhnlab", "status", "--results", without_torch / "results"
        )
        assert answer.returncode == 0, answer.stderr
        assert "seed 0" in answer.stdout
        assert "profile" not in answer.stdout
        assert "initial weights" not in answer.stdout

    def test_report(self, without_torch: Path) -> None:
        """Every page is there; parts that can't be computed name what was not imported."""
        site = without_torch / "report" / "site"
        errors = (site / "chapters" / "errors.html").read_text(encoding="utf-8")
        assert "A bare import" in errors
        for name in ("robustness", "training-dynamics"):
            chapter = (site / "chapters" / f"{name}.html").read_text(encoding="utf-8")
            assert "A whole import and A bare import were imported without weights, which this part needs." in chapter
            assert "<figure" not in chapter
        assert (site / "cards" / "whole.md").is_file()
        everything = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.html"))
        assert "Not trained yet" not in everything


def test_report_of_predictions_alone(data_folder: Path, tmp_path: Path) -> None:
    """Predictions on the test images are enough for a report; every page and card is there."""
    imports_only(tmp_path / "results", data_folder, {"bare": BARE})
    render_project(tmp_path / "project", tmp_path / "results")
    site = tmp_path / "project" / "site"
    assert "no features were imported" in (site / "cards" / "data.md").read_text(encoding="utf-8")
    assert (site / "explore.html").is_file()
