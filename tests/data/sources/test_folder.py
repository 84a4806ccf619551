"""Folders of pictures: what is recognised, what is reported, and what is refused in one line."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from svhnlab.data.picture_cache import FOLDER
from svhnlab.data.pictures import ReadingOptions, fit, read_picture
from svhnlab.data.source import find_data
from svhnlab.data.sources.files import FilesSource
from svhnlab.errors import InputError
from tests.data.sources.refusal import refusal_of


def save(path: Path, colour: int, size: tuple[int, int] = (8, 6)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (colour, 0, 255 - colour)).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes with three training and two test pictures each, all different."""
    for colour, (part, name, number) in enumerate(
        (part, name, number)
        for part, count in (("train", 3), ("test", 2))
        for name in ("cat", "dog")
        for number in range(count)
    ):
        save(tmp_path / "photos" / part / name / f"{number}.png", colour)
    return tmp_path / "photos"


def found(folder: Path, **options: object) -> FilesSource:
    source = find_data(folder, ReadingOptions(**options))  # type: ignore[arg-type]
    assert isinstance(source, FilesSource)
    return source


def refusal(folder: Path, *, read: bool = False) -> str:
    """Return the message, which is one line that names the folder or a file in it."""
    message = refusal_of(folder, read=read)
    assert str(folder) in message
    return message


class TestFindFolder:
    def test_classes_and_parts(self, folder: Path) -> None:
        """Classes are named by their folders; images are in the order of their paths."""
        source = found(folder)
        assert (source.kind, source.layout, source.name) == ("custom", "folder", "photos")
        assert source.class_names == ("cat", "dog")
        assert source.warnings == ()
        parts = source.read(2)
        assert list(parts) == ["train", "test"]
        assert parts["train"].labels.tolist() == [0, 0, 0, 1, 1, 1]
        assert parts["test"].names is not None
        assert parts["test"].names.tolist() == [f"test/{name}/{i}.png" for name in ("cat", "dog") for i in range(2)]
        assert parts["test"].images.shape == (4, 3, 64, 64)
        reading = source.reading()
        assert (reading.skipped, reading.named_groups) == ({}, False)

    def test_validation(self, folder: Path) -> None:
        """A folder validation, or val, is a part of its own."""
        save(folder / "val" / "cat" / "0.png", 100)
        assert found(folder).read(2)["validation"].labels.tolist() == [0]
        save(folder / "validation" / "cat" / "0.png", 101)
        assert "val and validation" in refusal(folder)

    def test_groups(self, folder: Path) -> None:
        """Folders inside that of a class are groups; the same name in two classes is two groups."""
        for name in ("cat", "dog"):
            for number in range(2):
                save(folder / "train" / name / "p1" / f"{number}.png", 100 + number, (9, 9 + len(name + "x" * number)))
        parts = found(folder).read(2)
        train = parts["train"]
        assert train.photographs is not None and train.names is not None
        of_group = dict(zip(train.names.tolist(), train.photographs.tolist(), strict=True))
        assert of_group["train/cat/p1/0.png"] == of_group["train/cat/p1/1.png"]
        assert of_group["train/cat/p1/0.png"] != of_group["train/dog/p1/0.png"]
        assert len(set(of_group.values())) == 8
        assert found(folder).reading().named_groups

    def test_numbered_classes(self, folder: Path) -> None:
        """Classes that are named by whole numbers are in the order of the numbers."""
        for i in range(4):
            save(folder / "train" / str(8 + i) / "0.png", 100 + i)
        for name in ("cat", "dog"):
            (folder / "train" / name).rename(folder / name)
            (folder / "test" / name).rename(folder / f"test-{name}")
        assert found(folder).class_names == ("8", "9", "10", "11")

    def test_ignored_files(self, folder: Path) -> None:
        """Hidden files and those of file managers are no part of the data."""
        before = found(folder).digest
        (folder / "train" / "cat" / ".DS_Store").write_bytes(b"x")
        (folder / "train" / "cat" / "Thumbs.db").write_bytes(b"x")
        (folder / "train" / ".hidden").mkdir()
        assert found(folder).digest == before

    def test_no_training_folder(self, folder: Path) -> None:
        """Pictures have to be in train and test."""
        (folder / "train").rename(folder / "training")
        assert "no folder train" in refusal(folder)

    def test_one_class(self, folder: Path) -> None:
        """A study needs two classes."""
        for part in ("train", "test"):
            (folder / part / "dog").rename(folder / f"{part}-dog")
        assert "only the class 'cat'" in refusal(folder)

    def test_class_without_training_images(self, folder: Path) -> None:
        """A class that is only in the test cannot be learned."""
        save(folder / "test" / "fox" / "0.png", 100)
        assert "class 'fox' has no training images" in refusal(folder)

    def test_class_without_test_images(self, folder: Path) -> None:
        """A class that is not in the test, and one with a single image, are reported."""
        save(folder / "train" / "fox" / "0.png", 100)
        assert found(folder).warnings == ("No test image shows 'fox'.", "Only one training image shows 'fox'.")

    def test_same_class_twice(self, folder: Path) -> None:
        """Two spellings of one name in Unicode are one class."""
        save(folder / "train" / "e\u0301" / "0.png", 100)
        save(folder / "train" / "é" / "0.png", 101)
        if len(list((folder / "train").iterdir())) == 4:  # some file systems make them one folder
            assert "folders of one class" in refusal(folder)

    def test_class_names_that_cannot_be_shown(self, folder: Path) -> None:
        """Control characters and very long names are refused; right-to-left names and emoji are not."""
        save(folder / "train" / "a\x1bb" / "0.png", 100)
        assert "cannot be printed" in refusal(folder)
        (folder / "train" / "a\x1bb").rename(folder / "train" / ("x" * 81))
        assert "1 to 80 characters" in refusal(folder)
        (folder / "train" / ("x" * 81)).rename(folder / "train" / "חתול 🐈")
        assert found(folder).class_names == ("cat", "dog", "חתול 🐈")

    def test_same_name(self, folder: Path) -> None:
        """Two files whose names differ in the suffix or the case alone are reported."""
        save(folder / "train" / "cat" / "0.bmp", 100)
        (warning,) = found(folder).warnings
        assert warning == (
            "Two files have the same name but for the suffix or the case: train/cat/0.bmp and train/cat/0.png."
        )

    @pytest.mark.parametrize(
        ("copy", "words"),
        [
            ("train/cat/9.png", "in one class: train/cat/0.png and train/cat/9.png"),
            ("train/dog/9.png", "with two labels: train/cat/0.png and train/dog/9.png"),
            ("test/cat/9.png", "in two parts: test/cat/9.png and train/cat/0.png"),
        ],
    )
    def test_same_content(self, folder: Path, copy: str, words: str) -> None:
        """A picture that is there twice is reported with both paths."""
        (folder / copy).write_bytes((folder / "train" / "cat" / "0.png").read_bytes())
        (warning,) = found(folder).warnings
        assert warning == f"Two files have the same content {words}."

    def test_broken_and_foreign_files(self, folder: Path) -> None:
        """A damaged file and one of another kind are named; they can be left out, and are then listed."""
        (folder / "train" / "cat" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        (folder / "train" / "dog" / "notes.txt").write_text("a note", encoding="utf-8")
        message = refusal(folder, read=True)
        assert "train/cat/broken.png: not a PNG" in message
        assert "1 more files" in message
        assert "--skip-broken" in message
        source = found(folder, skip_broken=True)
        assert len(source.read(2)["train"]) == 6
        assert list(source.reading().skipped) == ["train/cat/broken.png", "train/dog/notes.txt"]

    def test_class_of_broken_files(self, folder: Path) -> None:
        """A class whose training pictures are all left out is named in the error."""
        save(folder / "test" / "fox" / "0.png", 99)
        (folder / "train" / "fox").mkdir()
        (folder / "train" / "fox" / "0.png").write_bytes(b"")
        with pytest.raises(InputError, match="class 'fox' has no training images"):
            found(folder, skip_broken=True).read(3)


class TestDigest:
    def test_names_the_pictures(self, folder: Path, tmp_path: Path) -> None:
        """A copy in another folder has the same digest; another content, name, class or size has another."""
        before = found(folder).digest
        copy = tmp_path / "copy"
        for path in sorted(folder.rglob("*.png"), reverse=True):
            target = copy / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
        assert found(copy).digest == before
        assert found(copy, side=32).digest != before
        (copy / "train" / "cat" / "0.png").rename(copy / "train" / "cat" / "5.png")
        renamed = found(copy).digest
        assert renamed != before
        save(copy / "train" / "cat" / "5.png", 77)
        assert found(copy).digest not in (before, renamed)

    @settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(order=st.permutations(range(10)))
    def test_independent_of_file_order(self, folder: Path, order: list[int]) -> None:
        """The order in which files are listed changes neither the digest nor the numbers of the images."""
        from svhnlab.data.sources.files import files_source
        from svhnlab.data.sources.listed import Listing

        entries = found(folder).listing.entries
        shuffled = files_source(folder, "folder", Listing(tuple(entries[i] for i in order)), ReadingOptions())
        assert shuffled.digest == found(folder).digest
        assert shuffled.listing.entries == entries


class TestOtherProcess:
    def test_same_data(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A worker gets the source with absolute paths, finds the same files, and notices a changed one."""
        monkeypatch.chdir(folder.parent)
        source = found(Path(folder.name))
        sent = pickle.loads(pickle.dumps(source.absolute()))
        monkeypatch.chdir("/")
        assert sent.find_again().digest == source.digest
        assert np.array_equal(sent.read(2)["test"].images[:], found(folder).read(2)["test"].images[:])
        save(folder / "train" / "cat" / "0.png", 200, (9, 9))
        assert sent.find_again().digest != source.digest


class TestCache:
    @pytest.mark.parametrize("side", [32, 96])
    def test_equal_to_direct_reading(self, folder: Path, side: int) -> None:
        """Stored pictures are those of the files, in every order; thumbnails have at most 64 pixels."""
        parts = found(folder, side=side).read(2)
        rows = np.array([3, 0, 2])
        names = parts["train"].names
        assert names is not None
        direct = [fit(read_picture(folder / names[row], side)[0], side) for row in rows]
        assert np.array_equal(parts["train"].images[rows], direct)
        assert np.array_equal(parts["train"].images[3], direct[0])
        assert parts["train"].shown.shape[-1] == min(side, 64)

    def test_read_once(self, folder: Path) -> None:
        """Pictures are decoded once, and files are read again only if they changed."""
        source = found(folder)
        source.read(2)
        stored = source.stored().pictures
        before = stored.stat().st_mtime_ns
        found(folder).read(2)
        assert stored.stat().st_mtime_ns == before
        assert stored.parent == folder / FOLDER

    def test_read_only_folder(self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Pictures of a folder that cannot be written to are stored elsewhere; without a place, the error says so."""
        monkeypatch.setattr("os.access", lambda path, mode: folder not in (Path(path), *Path(path).parents))
        source = found(folder, cache=tmp_path / "results")
        assert source.stored().pictures.is_relative_to(tmp_path / "results")
        assert not (folder / FOLDER).exists()
        assert "cannot be written to" in refusal(folder)

    def test_full_disk(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Too little disk space is an error before pictures are decoded."""
        from shutil import _ntuple_diskusage

        monkeypatch.setattr("shutil.disk_usage", lambda path: _ntuple_diskusage(10**9, 10**9, 10))
        assert "GB are free" in refusal(folder, read=True)
