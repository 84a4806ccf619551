"""Identification of the files in a data folder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from svhnlab.data.digests import FileDigest, file_digests
from svhnlab.data.mat import write_format2
from svhnlab.data.source import find_data
from svhnlab.data.sources.format2 import InjectedLabelErrors
from svhnlab.data.svhn import OFFICIAL_FILES, OfficialFile
from svhnlab.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a small pair of Format 2 files."""
    rng = np.random.default_rng(0)
    for name in ("train", "test"):
        images = rng.integers(0, 256, (10, 3, 32, 32), dtype=np.uint8)
        write_format2(tmp_path / f"{name}_32x32.mat", images, np.arange(10))
    return tmp_path


def facts_of(folder: Path) -> dict[str, OfficialFile]:
    """Return official-file entries that match the files in the folder."""
    facts = {}
    for name in ("train", "test"):
        digest = file_digests(folder / f"{name}_32x32.mat")
        facts[name] = OfficialFile(f"{name}_32x32.mat", digest.n_bytes, digest.md5, 10, None)
    return facts


def record_for(folder: Path) -> dict[str, Any]:
    """Return the generator's record, with two label errors in each file."""
    return {
        "generator_version": 1,
        "seed": 0,
        "files": {
            name: {
                "count": 10,
                "sha256": file_digests(folder / name).sha256,
                "planted": planted,
                "true_labels": [5, 6],
            }
            for name, planted in {"train_32x32.mat": [1, 8], "test_32x32.mat": [0, 3]}.items()
        },
    }


def write_record(folder: Path, record: object) -> None:
    (folder / "generated.json").write_text(json.dumps(record), encoding="utf-8")


class TestFileDigests:
    def test_known_content(self, tmp_path: Path) -> None:
        """The digests cover the whole content, also if it is longer than one block."""
        content = bytes(range(256)) * 10_000
        (tmp_path / "file").write_bytes(content)
        assert file_digests(tmp_path / "file") == FileDigest(
            n_bytes=2_560_000,
            md5=hashlib.md5(content).hexdigest(),
            sha256=hashlib.sha256(content).hexdigest(),
        )


class TestOfficialFiles:
    def test_counts_add_up(self) -> None:
        """The images per digit of a file sum to its number of images."""
        for name in ("train", "test"):
            assert sum(OFFICIAL_FILES[name].counts or ()) == OFFICIAL_FILES[name].n_images


class TestFindData:
    def test_custom(self, folder: Path) -> None:
        """A pair of unknown files is custom, not SVHN."""
        source = find_data(folder)
        assert (source.kind, source.name) == ("custom", "custom Format 2 files")
        assert (source.train, source.test) == (folder / "train_32x32.mat", folder / "test_32x32.mat")
        assert len(source.injected_train.indices) == len(source.injected_test.indices) == 0

    def test_official(self, folder: Path) -> None:
        """Both files with the official digests are SVHN."""
        source = find_data(folder, files=facts_of(folder))
        assert (source.kind, source.name) == ("official", "SVHN")

    @pytest.mark.parametrize("name", ["train", "test"])
    def test_one_official_file_does_not_make_svhn(self, folder: Path, name: str) -> None:
        """A pair with one file that is not official is custom."""
        facts = {**facts_of(folder), name: OFFICIAL_FILES[name]}
        assert find_data(folder, files=facts).kind == "custom"

    def test_swapped_official_files(self, folder: Path) -> None:
        """The official files with swapped names are not the official split."""
        facts = facts_of(folder)
        swapped = {"train": facts["test"], "test": facts["train"]}
        assert find_data(folder, files=swapped).kind == "custom"

    def test_generated(self, folder: Path) -> None:
        """The kind and the injected label errors are read from the generator's record of these files."""
        write_record(folder, record_for(folder))
        source = find_data(folder)
        assert (source.kind, source.name) == ("generated", "generated digits")
        assert source.injected_train.indices.tolist() == [1, 8]
        assert source.injected_test.indices.tolist() == [0, 3]
        assert source.injected_test.true_labels.tolist() == [5, 6]

    @pytest.mark.parametrize("name", ["train_32x32.mat", "test_32x32.mat"])
    def test_stray_record(self, folder: Path, name: str) -> None:
        """A record of other files is ignored."""
        record = record_for(folder)
        record["files"][name]["sha256"] = "0" * 64
        write_record(folder, record)
        source = find_data(folder)
        assert source.kind == "custom"
        assert len(source.injected_train.indices) == len(source.injected_test.indices) == 0

    @pytest.mark.parametrize(
        "change",
        [
            {"planted": [1, 10]},
            {"planted": [1]},
            {"planted": ["1", "2"]},
            {"true_labels": [5, 10]},
            {"planted": None},
        ],
    )
    def test_impossible_record(self, folder: Path, change: dict[str, Any]) -> None:
        """Label errors that are impossible in the file are refused."""
        record = record_for(folder)
        record["files"]["test_32x32.mat"].update(change)
        write_record(folder, record)
        with pytest.raises(InputError, match="not a valid record of generated digits"):
            find_data(folder)

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"files": 3}', b'{"files": {}}', b"\xff\xfe"])
    def test_unreadable_record(self, folder: Path, content: bytes) -> None:
        """An invalid record is refused with advice."""
        (folder / "generated.json").write_bytes(content)
        with pytest.raises(InputError, match=r"generated\.json is not a valid record of generated digits"):
            find_data(folder)

    def test_digest_names_the_data(self, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        """Copies in another folder have the same digest; a changed label or swapped files give another."""
        digest = find_data(folder).digest
        copy = tmp_path_factory.mktemp("copy")
        train, test = ((folder / f"{name}_32x32.mat").read_bytes() for name in ("train", "test"))
        (copy / "train_32x32.mat").write_bytes(train)
        (copy / "test_32x32.mat").write_bytes(test)
        assert find_data(copy).digest == digest
        assert len(digest) == 64
        (copy / "train_32x32.mat").write_bytes(test)
        (copy / "test_32x32.mat").write_bytes(train)
        assert find_data(copy).digest != digest
        (copy / "test_32x32.mat").write_bytes(test[:-8] + b"\x02" + test[-7:])
        (copy / "train_32x32.mat").write_bytes(train)
        assert find_data(copy).digest != digest

    @pytest.mark.parametrize(
        "missing", [["train_32x32.mat"], ["test_32x32.mat"], ["train_32x32.mat", "test_32x32.mat"]]
    )
    def test_missing_files(self, folder: Path, missing: list[str]) -> None:
        """The message names the missing files and three ways to get data."""
        for name in missing:
            (folder / name).unlink()
        with pytest.raises(InputError) as caught:
            find_data(folder)
        message = str(caught.value)
        assert all(f"no {name}" in message for name in missing)
        for words in ("svhnlab data", "Format 2 files", "svhnlab train --profile demo"):
            assert words in message
        assert "\n" not in message

    def test_missing_folder(self, tmp_path: Path) -> None:
        """A name of no folder is not said to lack files."""
        with pytest.raises(InputError, match=r"^\S+/photo does not exist; fetch SVHN with `svhnlab data"):
            find_data(tmp_path / "photo")


class TestInjectedLabelErrors:
    def test_correct(self) -> None:
        """The true digit replaces a wrong label; with named classes digit 0 is the last class."""
        errors = InjectedLabelErrors(np.array([0, 2]), np.array([0, 7]))
        labels = np.array([4, 5, 6])
        assert errors.correct(labels).tolist() == [0, 5, 7]
        assert errors.correct(labels, 10).tolist() == [9, 5, 6]
        assert labels.tolist() == [4, 5, 6]
