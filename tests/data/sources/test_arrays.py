"""Arrays of pictures: shapes, types and names, and every fault in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from svhnlab.data.pictures import ReadingOptions
from svhnlab.data.source import find_data
from svhnlab.errors import InputError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
ARRAYS: dict[str, Any] = {
    "train_images": IMAGES,
    "train_labels": np.array([0, 1, 0, 1]),
    "test_images": IMAGES[:2],
    "test_labels": np.array([[1], [0]]),
}
AT_32 = ReadingOptions(side=32)


def write(folder: Path, **changes: Any) -> Path:
    arrays = {name: array for name, array in {**ARRAYS, **changes}.items() if array is not None}
    np.savez(folder / "images.npz", **arrays)
    return folder / "images.npz"


class TestFindArrays:
    def test_pixels_and_labels(self, tmp_path: Path) -> None:
        """Pixels of the right size are unchanged; distinct labels are the classes."""
        for data in (write(tmp_path), tmp_path):
            source = find_data(data, AT_32)
            assert source.class_names == ("0", "1")
            parts = source.read(2)
            assert np.array_equal(parts["train"].images[:], np.moveaxis(IMAGES, -1, 1))
            assert parts["test"].labels.tolist() == [1, 0]
            assert parts["test"].photographs is not None
            assert parts["test"].photographs.tolist() == [4, 5]

    @pytest.mark.parametrize(
        ("images", "kind"),
        [
            (IMAGES[..., 0], "grey"),
            (IMAGES[..., :1], "grey"),
            (np.moveaxis(IMAGES, -1, 1), None),
            (IMAGES / 255, "of floating-point pixels"),
            (IMAGES.astype(np.uint16) * 257, "of 16 bits"),
            (np.concatenate([IMAGES, np.full((4, 32, 32, 1), 255, dtype=np.uint8)], axis=3), "with transparency"),
        ],
    )
    def test_shapes_and_types(self, tmp_path: Path, images: np.ndarray[Any, Any], kind: str | None) -> None:
        """Grey, channels first, fractions, 16 bits and opaque alpha give the same pixels; conversions are named."""
        source = find_data(write(tmp_path, train_images=images, test_images=images[:2]), AT_32)
        pixels = source.read(2)["train"].images[:]
        expected = np.moveaxis(IMAGES, -1, 1)
        assert np.array_equal(pixels, expected[:, :1].repeat(3, axis=1) if kind == "grey" else expected)
        reading = source.reading()
        assert reading is not None
        assert (kind in reading.converted) == (kind is not None)

    def test_names_groups_and_validation(self, tmp_path: Path) -> None:
        """Class names are in the order of the labels, or are the labels; val is the validation."""
        named = write(
            tmp_path,
            class_names=np.array(["dog", "cat"]),
            train_groups=np.array(["p", "q", "p", "q"]),
            val_images=IMAGES[:1],
            val_labels=np.array([1]),
        )
        source = find_data(named, AT_32)
        parts = source.read(2)
        assert source.class_names == ("dog", "cat")
        assert parts["train"].labels.tolist() == [0, 1, 0, 1]
        assert parts["train"].photographs is not None
        assert parts["train"].photographs.tolist() == [0, 1, 0, 1]
        assert parts["validation"].labels.tolist() == [1]
        texts = write(
            tmp_path, train_labels=np.array(["cat", "dog", "cat", "dog"]), test_labels=np.array(["dog", "cat"])
        )
        assert find_data(texts, AT_32).read(2)["test"].labels.tolist() == [1, 0]

    def test_files_of_single_arrays(self, tmp_path: Path) -> None:
        """A folder of .npy files is the same data."""
        for name, array in ARRAYS.items():
            np.save(tmp_path / f"{name}.npy", array)
        assert len(find_data(tmp_path, AT_32).read(2)["train"]) == 4

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"train_labels": None}, "no array train_labels"),
            ({"test_labels": None}, "no test_labels"),
            ({"train_labels": np.array([0, 1])}, "2 entries for 4 images"),
            ({"train_labels": np.zeros(4), "test_labels": np.zeros(2)}, "only one class"),
            ({"class_names": np.array(["a", "a"])}, "names a class twice"),
            ({"class_names": np.array(["a", "b"]), "test_labels": np.array([0, 2])}, "label '2' in test_labels"),
            ({"train_images": IMAGES.astype(np.int64)}, "of type int64"),
            ({"train_images": IMAGES[..., :2]}, "has the shape"),
            ({"train_images": IMAGES[0, 0]}, "has the shape"),
            ({"train_images": IMAGES / 2.0}, "outside 0 to 1"),
            ({"train_images": np.array([{}, 1], dtype=object)}, "not readable as NumPy arrays"),
        ],
    )
    def test_refused(self, tmp_path: Path, changes: dict[str, Any], words: str) -> None:
        """Every fault is one line that names the file; pickled objects are not read."""
        path = write(tmp_path, **changes)
        with pytest.raises(InputError) as caught:
            find_data(path, AT_32).read(2)
        message = str(caught.value)
        assert message.startswith(str(path))
        assert message.isprintable()
        assert words in message

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"hello"])
    def test_damaged(self, tmp_path: Path, content: bytes) -> None:
        """A file that is no archive of arrays is refused."""
        (tmp_path / "images.npz").write_bytes(content)
        with pytest.raises(InputError, match="not readable as NumPy arrays"):
            find_data(tmp_path)

    def test_other_file(self, tmp_path: Path) -> None:
        """A file of another kind is refused."""
        (tmp_path / "images.zip").write_bytes(b"")
        with pytest.raises(InputError, match="not a folder"):
            find_data(tmp_path / "images.zip")
