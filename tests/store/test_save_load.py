"""Dataclasses are stored in the declared files and read back unchanged."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest
from numpy.testing import assert_equal
from numpy.typing import NDArray
from pydantic import Field, ValidationError
from pydantic_core import PydanticSerializationError

from svhnlab.store.load import load, load_data, load_preview
from svhnlab.store.save import save, save_preview, write_arrays
from svhnlab.store.schema import (
    AugmentationPreview,
    DataResult,
    DataSummary,
    Embedding,
    Evidence,
    History,
    NeighbourImages,
    Reading,
    Repeat,
    RunPredictions,
    SplitStatistics,
    Statistics,
    Study,
)
from svhnlab.store.schema.files import Files, Stored
from svhnlab.store.store import ResultKey, Store, StoredResult
from tests.fixtures.fakes import fake_study

ADDRESS = ResultKey("run", "cnn", {})


@dataclass(frozen=True)
class Inner:
    weight: Annotated[float, Field(alias="w")]
    values: NDArray[np.int64]


@dataclass(frozen=True)
class Outer(Stored):
    FILES: ClassVar[Files] = Files(arrays="arrays.npz", json="rest.json", prefixes={"by_name": "named_"})

    count: int
    note: str | None
    numbers: Annotated[NDArray[np.float32], Field(alias="old_numbers")]
    inner: Inner
    by_name: dict[str, NDArray[np.uint8]]
    settings: dict[str, Any]


@dataclass(frozen=True)
class Wider(Outer):
    more: NDArray[np.int64]


OUTER = Outer(
    count=2,
    note=None,
    numbers=np.array([0.5, np.nan], dtype=np.float32),
    inner=Inner(float("nan"), np.arange(3)),
    by_name={"b": np.zeros((2, 2), dtype=np.uint8), "a a": np.ones(0, dtype=np.uint8)},
    settings={"sampling": "All."},
)


def stored(root: Path, *values: Stored, **arrays: dict[str, NDArray[Any]]) -> StoredResult:
    """Store a result with these dataclasses and further files of arrays."""
    store = Store(root)
    with store.writing(ADDRESS, {}) as folder:
        for value in values:
            save(value, folder)
        for name, content in arrays.items():
            write_arrays(folder / f"{name}.npz", content)
    found = store.find(ADDRESS)
    assert found is not None
    return found


class TestSaveAndLoad:
    def test_files(self, tmp_path: Path) -> None:
        """Arrays go to one file and the rest to the other, each under its stored name."""
        save(OUTER, tmp_path)
        with np.load(tmp_path / "arrays.npz") as arrays:
            assert arrays.files == ["old_numbers", "inner_values", "named_b", "named_a a"]
        assert json.loads((tmp_path / "rest.json").read_text()) == {
            "count": 2,
            "note": None,
            "inner": {"w": pytest.approx(np.nan, nan_ok=True)},
            "by_name": ["b", "a a"],
            "settings": {"sampling": "All."},
        }

    def test_reads_back(self, tmp_path: Path) -> None:
        """Values, array types and the order of names are preserved."""
        found = load(Outer, stored(tmp_path, OUTER))
        assert_equal(found.__dict__ | {"inner": None}, OUTER.__dict__ | {"inner": None})
        assert_equal(found.inner.__dict__, OUTER.inner.__dict__)
        assert (found.numbers.dtype, list(found.by_name)) == (np.float32, ["b", "a a"])

    def test_given(self, tmp_path: Path) -> None:
        """A field passed by the caller is not read from the files."""
        assert load(Outer, stored(tmp_path, OUTER), count=5).count == 5

    def test_wrong_type(self, tmp_path: Path) -> None:
        """A value of the wrong type is not written."""
        with pytest.raises(PydanticSerializationError, match="count"):
            save(replace(OUTER, count="many"), tmp_path)  # type: ignore[arg-type]

    def test_other_content(self, tmp_path: Path) -> None:
        """Content that does not match the dataclass is an error, not a half-filled object."""
        store = Store(tmp_path)
        with store.writing(ADDRESS, {}) as folder:
            save(OUTER, folder)
            (folder / "rest.json").write_text(
                (folder / "rest.json").read_text().replace('"count": 2', '"count": "two"')
            )
        found = store.find(ADDRESS)
        assert found is not None
        with pytest.raises(ValidationError, match="count"):
            load(Outer, found)

    def test_missing_array(self, tmp_path: Path) -> None:
        """A missing array is an error that names the array."""
        found = stored(tmp_path, OUTER)
        with pytest.raises(KeyError, match="more"):
            load(Wider, found)


@pytest.fixture(scope="module")
def study() -> Study:
    return fake_study(n_test=24, seeds=2)


def contents(folder: Path) -> dict[str, list[str]]:
    """Names in each file of a folder."""
    found = {}
    for file in folder.iterdir():
        content = np.load(file).files if file.suffix == ".npz" else json.loads(file.read_text())
        found[file.name] = sorted(content)
    return found


class TestStoredResults:
    """The files and names of each result match its schema version."""

    def test_run(self, tmp_path: Path, study: Study) -> None:
        run = study.runs["cnn"]
        save(History(run.best_epoch, run.history), tmp_path)
        save(RunPredictions(run.validation, run.test), tmp_path)
        parts = ("features", "indices", "labels", "logits")
        assert contents(tmp_path) == {
            "history.json": ["best_epoch", "epochs"],
            "predictions.npz": [f"{split}_{part}" for split in ("test", "validation") for part in parts],
        }

    def test_evidence_and_maps(self, tmp_path: Path, study: Study) -> None:
        run = study.runs["cnn"]
        assert run.evidence is not None
        assert run.embedding is not None
        save(run.evidence, tmp_path)
        save(run.embedding, tmp_path)
        neighbours = ["neighbour_distances", "neighbour_labels", "neighbours"]
        assert contents(tmp_path) == {
            "evidence.npz": [
                "attribution",
                "counts",
                "covariance",
                "last_layer",
                "means",
                *neighbours,
                "radii",
                "rows",
            ],
            "maps.npz": ["planar", "rows", "spatial"],
            "about.json": ["scores", "settings"],
        }

    def test_statistics(self, tmp_path: Path, study: Study) -> None:
        assert study.statistics is not None
        assert study.neighbour_images is not None
        save(study.statistics, tmp_path)
        save(study.neighbour_images, tmp_path)
        names = ["brightness", "contrast", "neighbours", "saturation", "sharpness"]
        labels_and_duplicates = ["distances", "quality", "suggested", "suspected", "test_rows", "train_rows"]
        assert contents(tmp_path) == {
            "statistics.npz": sorted(
                [
                    *labels_and_duplicates,
                    *(f"property_{name}" for name in names),
                    *(f"repeated_{name}" for name in ("first_rows", "match", "second_rows")),
                ]
            ),
            "statistics.json": [
                "duplicates",
                "interaction",
                "labels",
                "pairs",
                "photographs",
                "properties",
                "repeated",
                "resamples",
                "runs",
                "seed",
                "shift",
                "similarities",
            ],
            "neighbours.npz": ["images", "labels", "rows"],
        }
        content = json.loads((tmp_path / "statistics.json").read_text())
        assert study.seed_statistics
        save(study.seed_statistics["cnn"], tmp_path)
        assert list(json.loads((tmp_path / "seeds.json").read_text())) == ["accuracy", "kappa", "cka"]
        assert list(content["labels"]) == ["planted", "found", "average_precision"]
        assert list(content["duplicates"]) == ["run", "threshold"]
        assert "detectable" in content["pairs"][0]
        assert {"calibration", "segments"} < content["runs"]["cnn"].keys()
        assert list(content["runs"]["cnn"]["deferral"]) == ["target", "label_noise", "threshold", "rate", "accuracy"]
        assert "weak" in content["runs"]["cnn"]["segments"][0]

    def test_data(self, tmp_path: Path, study: Study) -> None:
        summary = DataSummary(**{part.name: getattr(study.data, part.name) for part in fields(DataSummary)})
        save(summary, tmp_path)
        save(SplitStatistics(**study.data.splits), tmp_path)
        parts = ("brightness", "channel_mean", "channel_std", "contrast", "counts")
        assert contents(tmp_path) == {
            "summary.json": ["digest", "kind", "name", "names", "protocol", "reading"],
            "images.npz": ["planted", "samples", "test_images", "test_labels", "true_labels"],
            "statistics.npz": [f"{split}_{part}" for split in ("test", "train", "validation") for part in parts],
        }

    @pytest.mark.parametrize("kind", [Embedding, Evidence, NeighbourImages, RunPredictions, Statistics])
    def test_reads_back(self, tmp_path: Path, study: Study, kind: type[Stored]) -> None:
        """Every kind of result is read back unchanged."""
        run = study.runs["cnn"]
        parts = (run.embedding, run.evidence, study.neighbour_images, study.statistics)
        values = [*parts, RunPredictions(run.validation, run.test)]
        (value,) = (value for value in values if isinstance(value, kind))
        np.testing.assert_equal(_plain(load(kind, stored(tmp_path, value))), _plain(value))

    def test_repeat(self, tmp_path: Path, study: Study) -> None:
        """A repeat is read without features."""
        run = study.runs["cnn"]
        repeat = load(Repeat, stored(tmp_path, RunPredictions(run.validation, run.test)), seed=3)
        assert repeat.seed == 3
        np.testing.assert_array_equal(repeat.test.predicted, run.test.predicted)
        assert not hasattr(repeat.test, "features")

    def test_data_reads_back(self, tmp_path: Path, study: Study) -> None:
        """The data have their key and checksum in the store, and the name from the study."""
        summary = DataSummary(**{part.name: getattr(study.data, part.name) for part in fields(DataSummary)})
        result = stored(tmp_path, summary, SplitStatistics(**study.data.splits), split=study.data.indices)
        found = load_data(result, "vehicles")
        assert isinstance(found, DataResult)
        assert (found.name, found.key, found.checksum) == ("vehicles", result.key, result.checksum)
        np.testing.assert_equal(found.indices, study.data.indices)
        np.testing.assert_equal(_plain(found.splits["test"]), _plain(study.data.splits["test"]))
        np.testing.assert_array_equal(found.true_labels, study.data.true_labels)
        assert np.flatnonzero(found.known_wrong).tolist() == found.injected.tolist()
        assert (found.reading, found.names) == (None, None)

    def test_reading_reads_back(self, tmp_path: Path, study: Study) -> None:
        """How pictures were read and the names of their files are stored."""
        parts = {part.name: getattr(study.data, part.name) for part in fields(DataSummary)}
        names = np.array([f"test/ä/{row}.png" for row in range(len(study.data.test_labels))])
        reading = Reading("folder", 64, {"grey": 3}, {"a.txt": "not a picture"}, ("One warning.",), named_groups=True)
        summary = DataSummary(**{**parts, "reading": reading, "names": names})
        result = stored(tmp_path, summary, SplitStatistics(**study.data.splits), split=study.data.indices)
        found = load_data(result, "photos")
        assert found.reading == reading
        assert found.names is not None
        assert found.names.tolist() == names.tolist()

    @pytest.mark.parametrize("stores_null", [True, False])
    def test_data_without_true_labels(self, tmp_path: Path, study: Study, stores_null: bool) -> None:
        """True labels are None for photographs, and in results of versions that did not store them."""
        parts = {part.name: getattr(study.data, part.name) for part in fields(DataSummary)}
        store = Store(tmp_path)
        with store.writing(ADDRESS, {}) as folder:
            save(DataSummary(**{**parts, "true_labels": None}), folder)
            save(SplitStatistics(**study.data.splits), folder)
            write_arrays(folder / "split.npz", study.data.indices)
            summary = json.loads((folder / "summary.json").read_text())
            if not stores_null:
                del summary["true_labels"]
            (folder / "summary.json").write_text(json.dumps(summary))
        result = store.find(ADDRESS)
        assert result is not None
        assert load_data(result, "digits").true_labels is None

    def test_preview(self, tmp_path: Path) -> None:
        """Augmentation examples keep the names of the transforms, in order."""
        preview = AugmentationPreview(np.zeros((1, 3, 2, 2), np.uint8), {"b c": np.ones((1, 2, 3, 2, 2), np.uint8)})
        store = Store(tmp_path)
        with store.writing(ADDRESS, {}) as folder:
            save_preview(preview, folder)
        result = store.find(ADDRESS)
        assert result is not None
        assert contents(result.path).keys() == {"manifest.json", "images.npz", "names.json"}
        np.testing.assert_equal(_plain(load_preview(result)), _plain(preview))


def _plain(value: Any) -> Any:
    """Convert dataclasses to nested dictionaries, since their == does not compare arrays."""
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return value
