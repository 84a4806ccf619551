"""Datasets of torchvision on disk: arrays and files, nothing downloaded, and every fault in one line."""

from __future__ import annotations

import hashlib
import inspect
import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from svhnlab.data.pictures import ReadingOptions
from svhnlab.data.source import find_data, has_data
from svhnlab.data.sources.torchvision_dataset import DATASETS, _parts
from svhnlab.models.torchvision_import import torchvision
from tests.data.sources.refusal import refusal_of


@pytest.fixture(autouse=True)
def forget() -> None:
    """Forget the dataset that was opened last."""
    _parts.cache_clear()


def write_idx(file: Path, values: np.ndarray) -> None:
    """Write an array of bytes in the format of MNIST."""
    file.parent.mkdir(parents=True, exist_ok=True)
    head = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, dtype=">i4").tobytes()
    file.write_bytes(head + values.astype(np.uint8).tobytes())


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """Forty training and twenty test images in the files of MNIST."""
    raw = tmp_path / "root" / "MNIST" / "raw"
    rng = np.random.default_rng(0)
    for name, count in (("train", 40), ("t10k", 20)):
        write_idx(raw / f"{name}-images-idx3-ubyte", rng.integers(0, 256, (count, 28, 28)))
        write_idx(raw / f"{name}-labels-idx1-ubyte", np.arange(count) % 10)
    return tmp_path / "root" / "MNIST"


@pytest.fixture
def meals(tmp_path: Path) -> Path:
    """Pictures of two classes in the folders of Food101."""
    folder = tmp_path / "root" / "food-101"
    (folder / "meta").mkdir(parents=True)
    for part, numbers in (("train", range(3)), ("test", range(3, 5))):
        listed = {name: [f"{name}/{number}" for number in numbers] for name in ("soup", "cake")}
        (folder / "meta" / f"{part}.json").write_text(json.dumps(listed))
        for place, path in enumerate(path for paths in listed.values() for path in paths):
            file = folder / "images" / f"{path}.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (10 + place, 8), (40 * place, 0, 0)).save(file)
    return tmp_path / "root" / "Food101"


def write_cifar(root: Path, monkeypatch: pytest.MonkeyPatch, content: object = None) -> None:
    """Write batches in the files of CIFAR10; their checksums are accepted unless `content` is given."""
    folder = root / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    batch = {"data": np.zeros((10, 3_072), dtype=np.uint8), "labels": list(range(10))}
    files = {"data_batch_1": batch, "test_batch": batch, "batches.meta": {"label_names": list("abcdefghij")}}
    digests = {}
    for name, one in files.items():
        (folder / name).write_bytes(pickle.dumps(one))
        digests[name] = hashlib.md5((folder / name).read_bytes()).hexdigest()
    cifar = torchvision.datasets.CIFAR10
    monkeypatch.setattr(cifar, "train_list", [["data_batch_1", digests["data_batch_1"]]])
    monkeypatch.setattr(cifar, "test_list", [["test_batch", digests["test_batch"]]])
    monkeypatch.setattr(cifar, "meta", {**cifar.meta, "md5": digests["batches.meta"]})
    if content is not None:
        (folder / "data_batch_1").write_bytes(pickle.dumps(content))


def refusal(path: Path) -> str:
    message = refusal_of(path, read=True)
    assert message.startswith(str(path.parent))
    return message


class Marker:
    """Object whose unpickling creates a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return Path.touch, (self.file,)  # type: ignore[return-value]


class TestFindTorchvision:
    def test_arrays(self, digits: Path) -> None:
        """Images of MNIST: the name is that of the class, and classes have torchvision's names."""
        assert has_data(digits)
        source = find_data(digits, ReadingOptions(side=32))
        assert source.name == "MNIST"
        assert source.class_names is not None
        assert source.class_names[:2] == ("0 - zero", "1 - one")
        parts = source.read(10)
        assert {part: len(images) for part, images in parts.items()} == {"train": 40, "test": 20}
        assert parts["train"].labels[:12].tolist() == [*range(10), 0, 1]
        assert parts["test"].names is not None
        assert parts["test"].names[3] == "test/3"
        reading = source.reading()
        assert reading is not None
        assert (reading.layout, reading.converted) == ("torchvision", {"grey": 60})

    def test_files(self, meals: Path) -> None:
        """Pictures of Food101 keep the paths of their files; the path itself need not exist."""
        assert not meals.exists()
        source = find_data(meals)
        assert source.class_names == ("cake", "soup")
        test = source.read(2)["test"]
        assert test.names is not None
        assert test.names[0] == "food-101/images/soup/3.jpg"
        assert test.labels.tolist() == [1, 1, 0, 0]

    def test_digest(self, meals: Path, digits: Path) -> None:
        """The data are known again; another picture gives another digest."""
        for path in (meals, digits):
            source = find_data(path)
            assert source.find_again().digest == source.digest
        before = find_data(meals).digest
        Image.new("RGB", (30, 30)).save(meals.parent / "food-101" / "images" / "cake" / "0.jpg")
        assert find_data(meals).digest != before

    def test_pickled(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Batches of CIFAR10 are read if they have the checksums of the originals."""
        write_cifar(tmp_path, monkeypatch)
        source = find_data(tmp_path / "CIFAR10")
        assert source.class_names == tuple("abcdefghij")
        assert len(source.read(10)["train"]) == 10

    def test_classes(self) -> None:
        """All supported classes exist, and have the arguments with which they are made."""
        for name, parts in DATASETS.items():
            parameters = inspect.signature(getattr(torchvision.datasets, name)).parameters
            for arguments in parts.values():
                assert set(arguments) <= set(parameters), name
                assert parameters["download"].default is False, name

    def test_without_torchvision(self, digits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without torch, the line names what to install."""
        monkeypatch.delitem(sys.modules, "svhnlab.models.torchvision_import")
        monkeypatch.setitem(sys.modules, "torch", None)
        assert "`pip install torch torchvision`" in refusal(digits)

    def test_no_import(self) -> None:
        """Other data are found without torch."""
        code = "import sys; from svhnlab.data.source import find_data; print('torch' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        assert done.stdout.strip() == "False"


class TestFaults:
    @pytest.mark.parametrize("name", sorted(DATASETS))
    def test_missing(self, tmp_path: Path, name: str) -> None:
        """The line names the call that downloads the data; nothing is downloaded."""
        message = refusal(tmp_path / name)
        assert f"torchvision.datasets.{name}({str(tmp_path)!r}, download=True)" in message
        assert not list(tmp_path.rglob("*.*"))

    def test_damaged(self, digits: Path) -> None:
        """A file that is cut off."""
        file = digits / "raw" / "train-images-idx3-ubyte"
        for content in (b"", file.read_bytes()[:100], b"\0\0\x08\x03" * 50):
            file.write_bytes(content)
            assert "torchvision cannot open MNIST" in refusal(digits)

    def test_foreign_pickle(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A batch of CIFAR10 that is not the original is refused, and nothing in it is executed."""
        write_cifar(tmp_path, monkeypatch, Marker(tmp_path / "executed"))
        assert "torchvision cannot open CIFAR10" in refusal(tmp_path / "CIFAR10")
        assert not (tmp_path / "executed").exists()

    def test_path_elsewhere(self, meals: Path) -> None:
        """A picture outside the root is not read."""
        listed = meals.parent / "food-101" / "meta" / "train.json"
        listed.write_text(json.dumps({"cake": ["../../../x"], "soup": ["soup/0"]}))
        assert "is not below it" in refusal(meals)

    def test_missing_picture(self, meals: Path) -> None:
        """A listed picture that is not there."""
        (meals.parent / "food-101" / "images" / "cake" / "1.jpg").unlink()
        assert "1.jpg: cannot be read" in refusal(meals)
