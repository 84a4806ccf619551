"""Tables of pictures: columns, and every fault in one line that names the row."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from svhnlab.data.source import find_data
from tests.data.sources.refusal import refusal_of

HEAD = "path,label,split,group,age,camera\n"
ROWS = (
    "a.png,cat,train,p1,3,phone\n",
    "b.png,dog,train,p2,4.5,phone\n",
    "c.png,cat,Test,p1,5,\n",
    "d.png,dog,val,,6,scanner\n",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures and their table."""
    for number, name in enumerate("abcd"):
        Image.new("RGB", (5, 5), (number, 0, 0)).save(tmp_path / f"{name}.png")
    (tmp_path / "images.csv").write_text(HEAD + "".join(ROWS), encoding="utf-8-sig")
    return tmp_path


def refusal(folder: Path, text: str | None = None, name: str = "images.csv") -> str:
    if text is not None:
        (folder / name).write_text(text, encoding="utf-8")
    message = refusal_of(folder)
    assert message.startswith(str(folder / name))
    return message


class TestFindTable:
    def test_columns(self, folder: Path) -> None:
        """Further columns are numbers if all values are, else texts; equal groups have one number in all parts."""
        for data in (folder, folder / "images.csv"):
            source = find_data(data)
            assert source.class_names == ("cat", "dog")
            parts = source.read(2)
            train, validation, test = (parts[part] for part in ("train", "validation", "test"))  # type: ignore[index]
            assert train.properties["age"].tolist() == [3.0, 4.5]
            assert test.properties["camera"].tolist() == ["none"]
            assert train.photographs is not None and test.photographs is not None
            assert validation.photographs is not None
            assert test.photographs[0] == train.photographs[0]
            assert len({*train.photographs, *validation.photographs}) == 3

    def test_order_of_rows(self, folder: Path) -> None:
        """The order of the rows changes neither the digest nor the numbers of the images; values change the digest."""
        before = find_data(folder)
        (folder / "images.csv").write_text(HEAD + "".join(reversed(ROWS)), encoding="utf-8")
        after = find_data(folder)
        assert after.digest == before.digest
        names = [source.read(2)["train"].names for source in (before, after)]
        assert np.array_equal(*names)  # type: ignore[call-overload]
        (folder / "images.csv").write_text(HEAD + "".join(ROWS).replace("4.5", "4.6"), encoding="utf-8")
        assert find_data(folder).digest != before.digest

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "no column path"),
            ("path,label\na.png,cat\n", "no column split"),
            ("path,label,split,label\n", "the column 'label' twice"),
            (HEAD, "no rows"),
            (HEAD + "a.png,cat\n", "row 1: not 6 values"),
            (HEAD + ROWS[0] + "b.png,dog,later,,1,x\n", "row 2: the split is 'later'"),
            (HEAD + ROWS[0] + "e.png,dog,train,,1,x\n", "there is no e.png"),
            (HEAD + ROWS[0] + ROWS[0], "row 2: a.png is listed twice"),
            (HEAD + "../a.png,dog,train,,1,x\n", "not below the folder of the table"),
            (HEAD + "/etc/passwd,dog,train,,1,x\n", "not below the folder of the table"),
            (HEAD + "c:\\a.png,dog,train,,1,x\n", "not below the folder of the table"),
            (HEAD + ",dog,train,,1,x\n", "the path is empty"),
            (HEAD + "a.png, ,train,,1,x\n", "the class name ' ' must have"),
            (HEAD + ROWS[0] + "b.png,dog,train,p2,,phone\n", "row 2: no value of age"),
            ("path,label,split,contrast\na.png,cat,train,1\n", "measured already"),
            ("path,label,split,\x07\na.png,cat,train,1\n", "printable characters"),
            ('path,label,split\n"a.png,cat,train\n', "not a CSV table"),
        ],
    )
    def test_refused(self, folder: Path, text: str, words: str) -> None:
        """Every fault is one line that names the table."""
        assert words in refusal(folder, text)

    def test_not_utf8(self, folder: Path) -> None:
        """A table in another encoding is an error that names the encoding to use."""
        (folder / "images.csv").write_bytes(HEAD.encode() + b"a.png,caf\xe9,train,,1,x\n")
        assert "not a text in UTF-8" in refusal(folder)

    def test_parquet(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A Parquet table is read like a CSV one; without pyarrow, the error names the package."""
        (folder / "images.csv").rename(folder / "other.csv")
        (folder / "images.parquet").write_bytes(b"PAR1")
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "pyarrow", None)
            assert "needs the package pyarrow" in refusal(folder, name="images.parquet")
        pyarrow = pytest.importorskip("pyarrow")
        assert "not a Parquet table" in refusal(folder, name="images.parquet")
        from pyarrow import csv, parquet

        assert pyarrow
        parquet.write_table(csv.read_csv(folder / "other.csv"), folder / "images.parquet")
        assert find_data(folder).digest == find_data(folder / "other.csv").digest
