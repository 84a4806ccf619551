"""Images on which a trained model is evaluated: of any kind, and of some of its classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from svhnlab.data.mat import write_format2
from svhnlab.data.pictures import ReadingOptions
from svhnlab.errors import InputError
from svhnlab.pipeline.evaluate import read_part

CLASSES = ("cat", "dog", "owl")
OPTIONS = ReadingOptions(side=32)


def labels_of(data: Path, part: str = "test", *, digits: bool = False) -> list[int]:
    images = read_part(data, part, CLASSES, OPTIONS, digits=digits)  # type: ignore[arg-type]
    assert images.images[:].shape == (len(images), 3, 32, 32)
    return images.labels.tolist()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Test pictures of two classes, without training pictures."""
    for number, name in enumerate(("owl", "cat")):
        place = tmp_path / "photos" / "test" / name
        place.mkdir(parents=True)
        for picture in range(2):
            Image.new("RGB", (9, 5), (number, picture, 0)).save(place / f"{picture}.png")
    return tmp_path / "photos"


class TestReadPart:
    def test_folder(self, folder: Path) -> None:
        """Classes are those of the study of the same name; one class alone is enough."""
        assert labels_of(folder) == [0, 0, 2, 2]
        for file in (folder / "test" / "cat").iterdir():
            file.unlink()
        (folder / "test" / "cat").rmdir()
        assert labels_of(folder) == [2, 2]

    def test_table(self, folder: Path) -> None:
        """A table needs no training images either."""
        (folder / "images.csv").write_text("path,label,split\ntest/owl/0.png,dog,val\ntest/owl/1.png,owl,test\n")
        assert labels_of(folder) == [2]
        assert labels_of(folder, "validation") == [1]

    @pytest.mark.parametrize("names", [None, ["dog", "owl"]])
    def test_arrays(self, tmp_path: Path, names: list[str] | None) -> None:
        """Labels without names are the numbers of the classes."""
        named = {} if names is None else {"class_names": np.array(names)}
        images, labels = np.zeros((3, 8, 8), np.uint8), np.array([1, 0, 1])
        np.savez(tmp_path / "x.npz", test_images=images, test_labels=labels, **named)  # type: ignore[arg-type]
        assert labels_of(tmp_path / "x.npz") == ([1, 0, 1] if names is None else [2, 1, 2])

    def test_format2(self, tmp_path: Path) -> None:
        """A single file, and the test file of a pair; label 10 is digit 0 only among the ten digits."""
        images = np.zeros((4, 3, 32, 32), np.uint8)
        for name, count in (("train", 4), ("test", 3)):
            write_format2(tmp_path / f"{name}_32x32.mat", images[:count], np.arange(count) % 3, n_classes=3)
        assert labels_of(tmp_path / "train_32x32.mat") == [0, 1, 2, 0]
        assert labels_of(tmp_path) == [0, 1, 2]
        assert labels_of(tmp_path, digits=True) == [1, 2, 3]

    def test_faults(self, folder: Path) -> None:
        """A part that is not there, and a class that the study does not have."""
        with pytest.raises(InputError, match=r"has no train images; it has: test"):
            labels_of(folder, "train")
        (folder / "test" / "cat").rename(folder / "test" / "horse")
        with pytest.raises(InputError, match="the class 'horse' is none of the study"):
            labels_of(folder)
