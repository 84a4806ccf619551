"""Datasets saved with ``save_to_disk``: what is read from their Arrow files, and every fault in one line."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from svhnlab.data.pictures import ReadingOptions
from svhnlab.data.source import find_data, has_data
from svhnlab.errors import InputError
from tests.data.sources.refusal import refusal_of

pyarrow = pytest.importorskip("pyarrow", reason="needs the extra parquet")

FEATURES: dict[str, dict[str, Any]] = {
    "image": {"_type": "Image"},
    "label": {"_type": "ClassLabel", "names": ["dog", "cat", "unused"]},
    "group": {"dtype": "string", "_type": "Value"},
}


def png(red: int, size: tuple[int, int] = (5, 9)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (red, 0, 0)).save(stream, "PNG")
    return stream.getvalue()


def write_split(
    folder: Path,
    labels: Sequence[int | None],
    pictures: Sequence[bytes | None] | None = None,
    features: Mapping[str, Mapping[str, Any]] = FEATURES,
) -> None:
    """Write the files of a split as `save_to_disk` does, in two Arrow files."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = pictures or [png(row) for row in range(len(labels))]
    table = pyarrow.table(
        {
            "image": pyarrow.array(
                [{"bytes": one, "path": "a.png"} for one in contents],
                pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())]),
            ),
            "label": pyarrow.array(labels, pyarrow.int64()),
            "group": [f"g{row // 2}" for row in range(len(labels))],
        }
    )
    names = [f"data-0000{part}-of-00002.arrow" for part in range(2)]
    for name, part in zip(names, (table.slice(0, 2), table.slice(2)), strict=True):
        with pyarrow.OSFile(str(folder / name), "wb") as sink, pyarrow.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(part)
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": name} for name in names]}))
    (folder / "dataset_info.json").write_text(json.dumps({"features": features}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six training and four test pictures of two classes."""
    folder = tmp_path / "pets"
    write_split(folder / "train", [1, 0, 0, 1, 0, 0])
    write_split(folder / "test", [0, 1, 1, 0])
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))
    return folder


def refusal(folder: Path, *, read: bool = False) -> str:
    message = refusal_of(folder, read=read)
    assert message.startswith(str(folder))
    return message


class TestFindSavedDataset:
    def test_rows(self, folder: Path) -> None:
        """Classes keep the order of the labels, images that of the rows; groups are numbered; names tell the row."""
        assert has_data(folder)
        source = find_data(folder, ReadingOptions(side=32))
        assert (source.name, source.class_names, source.warnings) == ("pets", ("dog", "cat"), ())
        parts = source.read(2)
        assert list(parts) == ["train", "test"]
        assert parts["train"].labels.tolist() == [1, 0, 0, 1, 0, 0]
        assert parts["train"].images[:].shape == (6, 3, 32, 32)
        assert parts["train"].images[:][:, 0, 16, 16].tolist() == list(range(6))
        assert parts["train"].photographs is not None
        assert parts["train"].photographs.tolist() == [0, 0, 1, 1, 2, 2]
        assert parts["test"].names is not None
        assert parts["test"].names.tolist() == ["test/0", "test/1", "test/2", "test/3"]
        reading = source.reading()
        assert reading is not None
        assert (reading.layout, reading.stored_size, reading.named_groups) == ("hugging_face", 32, True)

    def test_digest(self, folder: Path) -> None:
        """The data are known again; another class or picture gives another digest."""
        source = find_data(folder)
        assert source.find_again().digest == source.digest
        write_split(folder / "test", [0, 1, 1, 1])
        changed = find_data(folder).digest
        write_split(folder / "test", [0, 1, 1, 0], [png(9)] * 4)
        assert len({source.digest, changed, find_data(folder).digest}) == 3

    def test_names_of_splits(self, folder: Path) -> None:
        """`valid` is the validation part; a split of another name is not used, and a line says so."""
        write_split(folder / "valid", [0, 1, 0])
        (folder / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test", "valid", "extra"]}))
        source = find_data(folder)
        assert source.warnings == ("The split 'extra' is not used.",)
        assert len(source.read(None)["validation"]) == 3

    def test_several_labels(self, folder: Path) -> None:
        """Of several columns of classes, the one named `label` is used."""
        features = {**FEATURES, "coarse": {"_type": "ClassLabel", "names": ["pet"]}}
        for part in ("train", "test"):
            write_split(folder / part, [0, 1, 0, 1], features=features)
        assert find_data(folder).class_names == ("dog", "cat")

    def test_library(self, tmp_path: Path) -> None:
        """What the library itself saves is read, with pictures of several modes."""
        datasets = pytest.importorskip("datasets", reason="needs the package datasets")
        features = datasets.Features({"img": datasets.Image(), "fine": datasets.ClassLabel(names=["b", "a"])})
        pictures = [Image.new(mode, (4, 6)) for mode in ("RGB", "L", "RGBA", "P")]
        split = datasets.Dataset.from_dict({"img": pictures, "fine": [0, 1, 0, 1]}, features=features)
        datasets.DatasetDict(train=split, test=split).save_to_disk(tmp_path / "saved")
        source = find_data(tmp_path / "saved")
        assert source.class_names == ("b", "a")
        assert source.read(2)["train"].labels.tolist() == [0, 1, 0, 1]
        reading = source.reading()
        assert reading is not None
        assert reading.converted == {"grey": 2, "with transparency": 2, "with a palette": 2}


class TestFaults:
    def test_package(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without pyarrow, the line names the command that installs it."""
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        assert "`pip install svhnlab[parquet]`" in refusal(folder)

    def test_single_split(self, folder: Path) -> None:
        """A split that was saved alone."""
        assert "DatasetDict(train=..., test=...)" in refusal(folder / "train")

    @pytest.mark.parametrize("splits", [["test"], ["train", "val", "valid"], "train", None])
    def test_splits(self, folder: Path, splits: object) -> None:
        """No training split, or two of one part."""
        (folder / "dataset_dict.json").write_text(json.dumps({"splits": splits}))
        assert "name one split train" in refusal(folder)

    @pytest.mark.parametrize("label", [-1, 3, None])
    def test_label(self, folder: Path, label: int | None) -> None:
        """A row without a label is named."""
        write_split(folder / "test", [0, label, 1, 0])
        assert f"test, row 1: the label is {label}" in refusal(folder)

    @pytest.mark.parametrize(
        ("column", "feature", "words"),
        [
            ("image", {"_type": "Value"}, "no column of the type Image"),
            ("label", {"_type": "Value"}, "no column of the type ClassLabel"),
            ("label", {"_type": "ClassLabel", "names": ["dog"]}, "the label is 1"),
        ],
    )
    def test_columns(self, folder: Path, column: str, feature: dict[str, Any], words: str) -> None:
        """A column is missing, or has other classes."""
        for part in ("train", "test"):
            write_split(folder / part, [0, 1, 0, 1], features={**FEATURES, column: feature})
        assert words in refusal(folder)

    def test_two_label_columns(self, folder: Path) -> None:
        """Several columns of classes, none of which is named `label`."""
        features = {"image": FEATURES["image"], "a": FEATURES["label"], "b": FEATURES["label"]}
        write_split(folder / "train", [0, 1, 0, 1], features=features)
        assert "(a, b)" in refusal(folder)

    def test_other_features(self, folder: Path) -> None:
        """The splits number their classes differently."""
        features = {**FEATURES, "label": {"_type": "ClassLabel", "names": ["cat", "dog"]}}
        write_split(folder / "test", [0, 1, 0, 1], features=features)
        assert "other columns or classes than train" in refusal(folder)

    @pytest.mark.parametrize("name", ["dataset_dict.json", "train/state.json", "train/dataset_info.json"])
    @pytest.mark.parametrize("content", [b"", b"[1]", b"{}", b"\xff"])
    def test_damaged_json(self, folder: Path, name: str, content: bytes) -> None:
        """A damaged file is named."""
        (folder / name).write_bytes(content)
        assert name in refusal(folder)

    def test_file_elsewhere(self, folder: Path) -> None:
        """A file outside the folder is not opened."""
        (folder / "train" / "state.json").write_text(json.dumps({"_data_files": [{"filename": "../../x.arrow"}]}))
        assert "lists no files in its folder" in refusal(folder)

    def test_damaged_arrow(self, folder: Path) -> None:
        """Files that are cut off, are none, or have changed bytes are refused in one line, or read."""
        file = folder / "train" / "data-00001-of-00002.arrow"
        whole = file.read_bytes()
        rng = np.random.default_rng(0)
        for damaged in (b"", b"x" * 100, whole[:200], whole[: len(whole) // 2]):
            file.write_bytes(damaged)
            assert file.name in refusal(folder)
        for _ in range(100):
            changed = bytearray(whole)
            changed[rng.integers(len(whole))] ^= int(rng.integers(1, 256))
            file.write_bytes(changed)
            try:
                find_data(folder, ReadingOptions(skip_broken=True)).read(None)
            except InputError as error:
                assert str(error).isprintable()

    def test_broken_picture(self, folder: Path) -> None:
        """A picture that cannot be decoded is named by its row, and can be left out."""
        write_split(folder / "test", [0, 1, 1, 0], [png(1), b"GIF", None, png(2)])
        assert "pets/test/1: not a PNG" in refusal(folder, read=True)
        source = find_data(folder, ReadingOptions(skip_broken=True))
        assert source.read(None)["test"].labels.tolist() == [0, 0]
        reading = source.reading()
        assert reading is not None
        assert list(reading.skipped) == ["test/1", "test/2"]
