"""Format 2 files: valid and invalid input of the reader, and output of the writer."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import loadmat, savemat

from svhnlab.data.mat import read_format2, write_format2
from svhnlab.errors import InputError
from tests.fixtures.paths import SAMPLE


def make_set(n: int = 12, seed: int = 0) -> dict[str, np.ndarray]:
    """Return the variables of a valid Format 2 file with n random images."""
    rng = np.random.default_rng(seed)
    return {
        "X": rng.integers(0, 256, (32, 32, 3, n), dtype=np.uint8),
        "y": (1 + np.arange(n, dtype=np.uint8) % 10)[:, np.newaxis],
    }


def save(path: Path, variables: dict[str, object], compress: bool = True) -> Path:
    savemat(path, variables, do_compression=compress)
    return path


def refusal(path: Path) -> str:
    """Return the message with which a file is refused: one line that names the file."""
    with pytest.raises(InputError) as caught:
        read_format2(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert message.isprintable()
    return message


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "train_32x32.mat"


class TestReadFormat2:
    def test_pixels_stand_where_the_file_has_them(self, path: Path) -> None:
        """X (row, column, channel, image) becomes (image, channel, row, column), so digits stay upright."""
        variables = make_set()
        data = read_format2(save(path, variables))
        assert data.images.shape == (12, 3, 32, 32)
        assert data.images.dtype == np.uint8
        assert data.images.flags.c_contiguous
        for i, j, c, n in [(0, 31, 0, 0), (31, 0, 1, 5), (7, 19, 2, 11)]:
            assert data.images[n, c, i, j] == variables["X"][i, j, c, n]
        assert (data.images == variables["X"].transpose(3, 2, 0, 1)).all()

    def test_label_ten_is_digit_zero(self, path: Path) -> None:
        """The labels 1–10 of the file become the digits 1–9 and 0."""
        data = read_format2(save(path, make_set(10)))
        assert data.labels.dtype == np.int64
        assert data.labels.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]
        assert len(data) == 10

    def test_own_classes_count_from_one(self, path: Path) -> None:
        """With named classes, label 1 is the first class and label K the last, also for K = 10."""
        variables = make_set(10)
        assert read_format2(save(path, variables), 10).labels.tolist() == list(range(10))
        variables = {**make_set(12), "y": np.arange(1, 13)[:, np.newaxis]}
        assert read_format2(save(path, variables), 12).labels.tolist() == list(range(12))

    def test_labels_without_a_name(self, path: Path) -> None:
        """A label beyond the named classes is refused; the message has the number of names."""
        save(path, make_set(10))
        with pytest.raises(InputError, match=r"5 labels in y are outside 1–5 .* study.toml names 5 classes") as caught:
            read_format2(path, 5)
        assert str(caught.value).isprintable()

    @pytest.mark.parametrize("shape", [(12, 1), (1, 12), (12,)])
    @pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.float32, np.float64])
    def test_labels_may_be_a_row_or_column_of_any_numbers(
        self, path: Path, shape: tuple[int, ...], dtype: type
    ) -> None:
        """Labels saved by other tools as a row or as floating-point numbers are accepted."""
        variables = make_set()
        expected = variables["y"].ravel() % 10
        variables["y"] = variables["y"].astype(dtype).reshape(shape)
        assert (read_format2(save(path, variables)).labels == expected).all()

    @pytest.mark.parametrize("drop_last_axis", [True, False])
    def test_a_set_may_have_one_image(self, path: Path, drop_last_axis: bool) -> None:
        """MATLAB drops the last axis of X when it has one image."""
        variables = make_set(1)
        pixels = variables["X"]
        if drop_last_axis:
            variables["X"] = pixels[..., 0]
        data = read_format2(save(path, variables))
        assert (data.images[0] == pixels[..., 0].transpose(2, 0, 1)).all()

    def test_other_variables_do_not_matter(self, path: Path) -> None:
        """A file may have additional variables, including non-numeric ones."""
        extra = {"note": "by hand", "cells": np.array([1, "a"], dtype=object), "more": {"a": 1.0}}
        assert len(read_format2(save(path, {**extra, **make_set()}))) == 12

    def test_missing_file(self, path: Path) -> None:
        """The message names the command that downloads the files."""
        message = refusal(path)
        assert "no such file" in message
        assert "svhnlab data" in message

    def test_folder_in_place_of_a_file(self, tmp_path: Path) -> None:
        """A folder in place of a file is a usage error, not a crash."""
        assert "not a file" in refusal(tmp_path)

    @pytest.mark.parametrize("content", [b"", b"<html>404 Not Found</html>", b"x" * 200, b"\x93NUMPY" + bytes(300)])
    def test_not_a_mat_file(self, path: Path, content: bytes) -> None:
        """An HTML error page under the file's name, or any other file, is refused as not a MAT file."""
        path.write_bytes(content)
        assert "not a MAT file" in refusal(path)

    @pytest.mark.parametrize("user_block", [b"", b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(384)])
    def test_version_7_3(self, path: Path, user_block: bytes) -> None:
        """An HDF5 file, with or without MATLAB's header, is refused with advice on how to save it."""
        path.write_bytes(user_block + b"\x89HDF\r\n\x1a\n" + bytes(500))
        message = refusal(path)
        assert "7.3" in message
        assert "-v7" in message

    @pytest.mark.parametrize("name", ["X", "y"])
    def test_missing_variable(self, path: Path, name: str) -> None:
        """The message names the missing variable and the variables in the file."""
        variables = make_set()
        variables["other"] = variables.pop(name)
        message = refusal(save(path, variables))
        assert f"no variable {name}" in message
        assert "other" in message

    @pytest.mark.parametrize(
        ("pixels", "problem"),
        [
            (np.zeros((32, 32, 3, 12)), "X is double"),
            (np.zeros((32, 32, 3, 12), np.int8), "X is int8"),
            (np.zeros((32, 32, 3, 12), np.complex128), "X holds complex"),
            (np.zeros((12, 32, 32, 3), np.uint8), "X has shape (12, 32, 32, 3)"),
            (np.zeros((28, 28, 3, 12), np.uint8), "X has shape (28, 28, 3, 12)"),
            (np.zeros((32, 32, 12), np.uint8), "X has shape (32, 32, 12)"),
            (np.zeros((32, 32, 3, 4, 3), np.uint8), "X has shape (32, 32, 3, 4, 3)"),
            ("pixels", "X is char"),
            ({"data": 1.0}, "X is struct"),
        ],
    )
    def test_other_pixels(self, path: Path, pixels: object, problem: str) -> None:
        """X of another type or shape is refused with its type or shape."""
        assert problem in refusal(save(path, {**make_set(), "X": pixels}))

    @pytest.mark.parametrize(
        ("labels", "problem"),
        [
            (np.ones((4, 3)), "y has shape (4, 3)"),
            (np.ones((12, 1, 2)), "y has shape (12, 1, 2)"),
            (np.ones((11, 1)), "X has 12 images but y has 11 labels"),
            (np.array(["1"] * 12), "y is of type char"),
            (np.array([[1]] * 12, dtype=object), "y is of type cell"),
            (np.arange(12)[:, np.newaxis], "outside 1–10 (the first is 0 at image 0, counted from 0)"),
            (
                np.r_[1:13][:, np.newaxis],
                "2 labels in y are outside 1–10 (the first is 11 at image 10, counted from 0)",
            ),
            (np.full((12, 1), 1.5), "outside 1–10"),
            (np.full((12, 1), np.nan), "outside 1–10"),
            (np.full((12, 1), -3), "outside 1–10"),
        ],
    )
    def test_other_labels(self, path: Path, labels: np.ndarray, problem: str) -> None:
        """Labels of another number, type or range are refused with that number, type or value."""
        assert problem in refusal(save(path, {**make_set(), "y": labels}))

    @pytest.mark.parametrize("labels", [np.zeros((0, 1), np.uint8), np.zeros((0, 0), np.uint8)])
    def test_empty_set(self, path: Path, labels: np.ndarray) -> None:
        """A file without images is refused."""
        assert "empty" in refusal(save(path, {"X": np.zeros((32, 32, 3, 0), np.uint8), "y": labels}))

    @pytest.mark.parametrize("compress", [True, False])
    @pytest.mark.parametrize("share", [0.001, 0.01, 0.3, 0.9, 0.9999])
    def test_truncated_file(self, path: Path, share: float, compress: bool) -> None:
        """A truncated file is reported as truncated, wherever it ends."""
        whole = save(path, make_set(), compress).read_bytes()
        path.write_bytes(whole[: max(129, int(share * len(whole)))])
        assert "truncated" in refusal(path)

    def test_damaged_pixels_are_noticed(self, path: Path) -> None:
        """A wrong byte in the compressed pixels makes the checksum fail."""
        content = bytearray(save(path, make_set()).read_bytes())
        content[20_000] ^= 0xFF
        path.write_bytes(content)
        assert "damaged" in refusal(path)

    @given(
        compress=st.booleans(),
        changes=st.lists(st.tuples(st.integers(124, 400) | st.integers(-200, -1), st.integers(0, 255)), max_size=4),
    )
    @settings(max_examples=150)
    def test_no_damage_crashes(
        self, tmp_path_factory: pytest.TempPathFactory, compress: bool, changes: list[tuple[int, int]]
    ) -> None:
        """Wrong bytes in headers lead to a refusal or to valid images, never to another error."""
        path = save(tmp_path_factory.getbasetemp() / "damaged.mat", make_set(), compress)
        content = bytearray(path.read_bytes())
        for position, value in changes:
            content[position] = value
        path.write_bytes(content)
        try:
            data = read_format2(path)
        except InputError as error:
            assert str(error).isprintable()
        else:
            assert data.images.shape == (12, 3, 32, 32)
            assert set(data.labels) <= set(range(10))

    @pytest.mark.parametrize("compress", [False, True])
    def test_matlab_string_beside_the_images(self, path: Path, compress: bool) -> None:
        """A MATLAB string (an opaque object without shape, and data without name) does not disturb the images."""

        def part(kind: int, content: bytes) -> bytes:
            return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)

        numbers = part(6, struct.pack("<II", 13, 0)) + part(5, struct.pack("<ii", 2, 1)) + part(1, b"")
        string = part(6, struct.pack("<II", 17, 0)) + part(1, b"words") + part(1, b"MCOS") + part(1, b"string")
        subsystem = (
            part(6, struct.pack("<II", 9, 0)) + part(5, struct.pack("<ii", 1, 8)) + part(1, b"") + part(2, bytes(8))
        )
        string += part(14, numbers + part(6, struct.pack("<II", 1, 2)))
        extra = b""
        for element in (part(14, string), part(14, subsystem)):
            packed = zlib.compress(element)
            extra += struct.pack("<II", 15, len(packed)) + packed if compress else element
        save(path, make_set(), compress)
        path.write_bytes(path.read_bytes() + extra)
        assert len(read_format2(path)) == 12

    @pytest.mark.parametrize("compress", [False, True])
    def test_flags_of_another_length(self, path: Path, compress: bool) -> None:
        """scipy ignores the length of the flags, so a file with another one is refused before it is read."""
        content = bytearray(save(path, make_set(), compress=False).read_bytes())
        name = content.rindex(b"y\0\0\0")
        content[name - 32] = 15  # length of the flags
        content[name + 4] = 231  # type of the data
        if compress:
            start = name - 44
            part = zlib.compress(bytes(content[start:]))
            content[start:] = (15).to_bytes(4, "little") + len(part).to_bytes(4, "little") + part
        path.write_bytes(content)
        assert "flags of a variable" in refusal(path)

    def test_label_without_shape(self, path: Path) -> None:
        """A variable without dimensions is refused, without another error."""
        content = bytearray(save(path, make_set(), compress=False).read_bytes())
        name = content.rindex(b"y\0\0\0")
        content[name - 16] = 0  # length of the shape
        path.write_bytes(content)
        assert refusal(path)

    def test_unknown_type_of_data(self, path: Path) -> None:
        """An invalid type number is refused before scipy reads it and crashes."""
        content = bytearray(save(path, make_set(), compress=False).read_bytes())
        data_tag = content.index((2).to_bytes(4, "little") + (12 * 3072).to_bytes(4, "little"))
        content[data_tag] = 200
        path.write_bytes(content)
        assert "data of type 200" in refusal(path)

    @pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample of real photographs is not beside the project")
    def test_real_photographs(self) -> None:
        """The number of images per digit in the SVHN sample matches its description."""
        data = read_format2(SAMPLE / "train_32x32.mat")
        counts = np.bincount(data.labels, minlength=10)
        assert counts.tolist() == [315, 871, 603, 507, 463, 428, 326, 321, 326, 274]
        assert len(read_format2(SAMPLE / "test_32x32.mat")) == 952
        pixels = loadmat(SAMPLE / "train_32x32.mat")["X"]
        for i, j, c, n in [(0, 31, 0, 0), (31, 0, 1, 5), (7, 19, 2, 4433)]:
            assert data.images[n, c, i, j] == pixels[i, j, c, n]


class TestWriteFormat2:
    def test_reads_back(self, path: Path) -> None:
        """Reading returns what was written, in the official layout."""
        rng = np.random.default_rng(1)
        images, labels = rng.integers(0, 256, (7, 3, 32, 32), dtype=np.uint8), np.array([0, 1, 5, 9, 0, 3, 2])
        write_format2(path, images, labels)
        data = read_format2(path)
        assert (data.images == images).all()
        assert (data.labels == labels).all()
        assert loadmat(path)["y"].ravel().tolist() == [10, 1, 5, 9, 10, 3, 2]

    def test_own_classes(self, path: Path) -> None:
        """Named classes are written as labels from 1."""
        images = np.zeros((3, 3, 32, 32), dtype=np.uint8)
        write_format2(path, images, np.array([0, 11, 4]), 12)
        assert loadmat(path)["y"].ravel().tolist() == [1, 12, 5]
        assert read_format2(path, 12).labels.tolist() == [0, 11, 4]
        with pytest.raises(ValueError, match="0–11"):
            write_format2(path, images, np.array([0, 12, 4]), 12)

    def test_same_arrays_same_bytes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The file has no date, so equal data have equal digests."""
        images, labels = np.zeros((2, 3, 32, 32), np.uint8), np.array([1, 2])
        write_format2(tmp_path / "a.mat", images, labels)
        monkeypatch.setattr("time.asctime", lambda *_: "another day")
        write_format2(tmp_path / "b.mat", images, labels)
        assert (tmp_path / "a.mat").read_bytes() == (tmp_path / "b.mat").read_bytes()
        assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mat", "b.mat"]

    @pytest.mark.parametrize(
        ("images", "labels"),
        [
            (np.zeros((2, 32, 32, 3), np.uint8), [1, 2]),
            (np.zeros((2, 3, 32, 32), np.float32), [1, 2]),
            (np.zeros((2, 3, 32, 32), np.uint8), [1, 2, 3]),
            (np.zeros((2, 3, 32, 32), np.uint8), [1, 10]),
        ],
    )
    def test_other_arrays(self, path: Path, images: np.ndarray, labels: list[int]) -> None:
        """The writer refuses what the reader would refuse."""
        with pytest.raises(ValueError, match="must be"):
            write_format2(path, images, np.array(labels))
        assert not path.exists()


class TestPhotograph:
    def test_round_trip(self, tmp_path: Path) -> None:
        """The optional variable is read, and its numbers count from 0."""
        images, labels = np.zeros((4, 3, 32, 32), dtype=np.uint8), np.array([1, 2, 3, 0])
        write_format2(tmp_path / "a.mat", images, labels, photographs=np.array([7, 7, 9, 8]))
        read = read_format2(tmp_path / "a.mat").photographs
        assert read is not None
        assert read.tolist() == [0, 0, 2, 1]
        write_format2(tmp_path / "b.mat", images, labels)
        assert read_format2(tmp_path / "b.mat").photographs is None

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (np.ones((3, 1)), "X has 4 images but photograph has 3 photographs"),
            (np.ones((2, 2)), r"photograph has shape \(2, 2\)"),
            (np.array(["a", "b", "c", "d"]), "photograph is of type char"),
        ],
    )
    def test_refused(self, tmp_path: Path, value: np.ndarray, message: str) -> None:
        """There has to be one number for each image."""
        path = tmp_path / "a.mat"
        savemat(path, {"X": np.zeros((32, 32, 3, 4), dtype=np.uint8), "y": np.ones((4, 1)), "photograph": value})
        with pytest.raises(InputError, match=message):
            read_format2(path)
