"""Files of predictions: npz, CSV and parquet, and one line for each way in which they cannot be read."""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from svhnlab.data.predictions_file import read_history, read_predictions
from svhnlab.errors import InputError

NAMES = ("cat", "dog", "NA")
SCORES = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])


def write(path: Path, text: str) -> Path:
    """Write a text file."""
    path.write_text(text, encoding="utf-8")
    return path


def save(path: Path, **arrays: NDArray[Any]) -> Path:
    """Write an .npz file."""
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


class TestReadPredictions:
    def test_npz(self, tmp_path: Path) -> None:
        """Each split has its scores, features, labels and identifiers."""
        file = save(
            tmp_path / "p.npz",
            test=SCORES,
            test_features=np.eye(2),
            test_labels=np.array([0, 2]),
            test_ids=np.array([7, 5]),
            train=SCORES,
        )
        found = read_predictions(file, NAMES)
        assert list(found) == ["test", "train"]
        np.testing.assert_array_equal(found["test"].scores, SCORES)
        np.testing.assert_array_equal(found["test"].ids, [7, 5])  # type: ignore[arg-type]
        assert found["train"].features is None

    @pytest.mark.parametrize("heads", ["cat,dog,NA", "class_0,class_1,class_2"])
    def test_csv(self, heads: str, tmp_path: Path) -> None:
        """Columns are named as the classes or numbered; a class named "NA" is a text like any other."""
        text = f"split,id,label,{heads},feature_1,feature_0\ntest,3,NA,.1,.1,.8,20,10\ntest,1,cat,.7,.2,.1,40,30\n"
        text += "validation,2,dog,0,1,0,60,50\n"
        found = read_predictions(write(tmp_path / "p.csv", text), NAMES)
        np.testing.assert_array_equal(found["test"].scores, SCORES[::-1])
        np.testing.assert_array_equal(found["test"].features, [[10, 20], [30, 40]])  # type: ignore[arg-type]
        assert found["test"].labels.tolist() == ["NA", "cat"]  # type: ignore[union-attr]
        assert found["validation"].ids.tolist() == ["2"]  # type: ignore[union-attr]

    def test_csv_without_split_is_the_test_set(self, tmp_path: Path) -> None:
        """Only the class columns are needed."""
        found = read_predictions(write(tmp_path / "p.csv", "cat,dog,NA\n1,0,0\n"), NAMES)
        assert list(found) == ["test"]
        assert found["test"].labels is None

    @pytest.mark.skipif(find_spec("pyarrow") is None, reason="pyarrow is not installed")
    def test_parquet(self, tmp_path: Path) -> None:
        """A parquet table has the columns of a CSV table."""
        import pandas as pd

        table = pd.DataFrame(SCORES, columns=NAMES).assign(id=[4, 9])
        table.to_parquet(tmp_path / "p.parquet")
        found = read_predictions(tmp_path / "p.parquet", NAMES)
        np.testing.assert_array_equal(found["test"].scores, SCORES)

    @pytest.mark.skipif(find_spec("pyarrow") is not None, reason="pyarrow is installed")
    def test_parquet_without_pyarrow(self, tmp_path: Path) -> None:
        """The message names the package."""
        with pytest.raises(InputError, match="pip install pyarrow"):
            read_predictions(write(tmp_path / "p.parquet", ""), NAMES)

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("p.txt", "x", "unknown kind of file"),
            ("p.npz", "no zip", "not an .npz file"),
            ("p.npz", {"tset": SCORES}, "unknown array 'tset'"),
            ("p.npz", {"test": np.array([{"a": 1}])}, "not an .npz file of plain arrays"),
            ("p.npz", {"train": SCORES}, "no predictions for the test images"),
            ("p.npz", {"test_features": SCORES}, "without the predictions 'test'"),
            ("p.csv", "cat,NA\n1,0\n", "has no column 'dog'"),
            ("p.csv", "cat,dog,NA,colour\n1,0,0,red\n", "unknown column 'colour'"),
            ("p.csv", "split,cat,dog,NA\nholdout,1,0,0\n", "unknown split 'holdout'"),
            ("p.csv", "cat,dog,NA\n1,0,0\n1,high,0\n", r"row 2, column 'dog': 'high' is not a number"),
            ("p.csv", "cat,dog,NA\n1,,0\n", "is not a number"),
            ("p.csv", "", "not a CSV table"),
            ("missing.csv", None, "cannot be read"),
        ],
    )
    def test_faults(self, name: str, content: Any, message: str, tmp_path: Path) -> None:
        """Each fault is one line with the name of the file."""
        file = tmp_path / name
        if isinstance(content, dict):
            save(file, **content)
        elif content is not None:
            write(file, content)
        with pytest.raises(InputError, match=message) as caught:
            read_predictions(file, NAMES)
        assert str(file) in str(caught.value)
        assert "\n" not in str(caught.value)


HISTORY = "train_loss,train_accuracy,validation_loss,validation_accuracy"


class TestReadHistory:
    def test_optional_columns(self, tmp_path: Path) -> None:
        """Epochs are counted from 1; a column that is not there is NaN."""
        found = read_history(write(tmp_path / "h.csv", f"{HISTORY},seconds\n1,.5,1.1,.4,2\n.5,.8,.7,.7,3\n"))
        assert [(epoch.epoch, epoch.validation_accuracy, epoch.seconds) for epoch in found] == [
            (1, 0.4, 2),
            (2, 0.7, 3),
        ]
        assert math.isnan(found[0].learning_rate)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("epoch,loss\n1,2\n", "has no column 'train_loss'"),
            (f"{HISTORY}\n", "has no epochs"),
            (f"{HISTORY}\n1,50,1,.5\n", "'train_accuracy' must be between 0 and 1"),
            (f"{HISTORY}\n1,.5,nan,.5\n", "'validation_loss' must be 0 or more"),
        ],
    )
    def test_faults(self, text: str, message: str, tmp_path: Path) -> None:
        """Each fault is one line."""
        with pytest.raises(InputError, match=message):
            read_history(write(tmp_path / "h.csv", text))
