"""Stored verdicts: untrusted files are checked, merged, and never changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from svhnlab.errors import InputError
from svhnlab.store.schema import UNCLEAR, Study
from svhnlab.store.schema.measurement import LARGEST
from svhnlab.store.verdict_file import (
    VERDICTS,
    merge_verdicts,
    read_verdict_file,
    stored_verdicts,
    verdict_files,
    verdicts_of,
    write_verdict_file,
)
from tests.fixtures.fake_verdicts import write_export
from tests.fixtures.fakes import fake_study
from tests.report.helpers import with_numbers


@pytest.fixture(scope="module")
def study() -> Study:
    """A study whose images are every seventh of their file, from number 3 on."""
    return with_numbers(fake_study(n_test=20, runs=("cnn",), with_embedding=False))


class TestReadVerdictFile:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"format": "something else"}, r"format: Input should be 'svhnlab-verdicts-1'"),
            ({"test_images": "abc"}, r"test_images: String should match pattern"),
            ({"exported": "2026-11-30T12:00:00"}, r"exported: Input should have timezone info"),
            ({"exported": "0001-01-01T00:00:00+02:00"}, r"exported: Input should be greater"),
            ({"verdicts": {}}, r"verdicts: Dictionary should have at least 1 item"),
            ({"verdicts": {"one": 3}}, r"verdicts\.one: Input should be a valid integer"),
            ({"verdicts": {"-1": 3}}, r"verdicts\.-1: Input should be greater than or equal to 0"),
            ({"verdicts": {"3": -1}}, r"verdicts\.3: Input should be greater than or equal to 0"),
            ({"verdicts": {"3": 1.5}}, r"verdicts\.3: Input should be a valid integer"),
            ({"verdicts": {"3": True}}, r"verdicts\.3: Input should be a valid integer"),
            ({"verdicts": {"3": "blurred"}}, r"verdicts\.3: Input should be"),
            ({"verdicts": [3]}, r"verdicts: Input should be"),
        ],
    )
    def test_faults(self, study: Study, tmp_path: Path, changes: dict[str, Any], message: str) -> None:
        """Each fault gives one line that names the file and the place."""
        path = write_export(tmp_path / "verdicts.json", study, **changes)
        with pytest.raises(InputError, match=rf"verdicts\.json is not a file of verdicts \({message}") as caught:
            read_verdict_file(path)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("content", [b"", b"no JSON", b"\xff\xfe", b"[1]", b"{}", b"[" * 10_000])
    def test_no_verdicts(self, tmp_path: Path, content: bytes) -> None:
        """Any other content is refused in one line."""
        (tmp_path / "x.json").write_bytes(content)
        with pytest.raises(InputError, match="is not a file of verdicts") as caught:
            read_verdict_file(tmp_path / "x.json")
        assert "\n" not in str(caught.value)

    def test_too_large(self, tmp_path: Path) -> None:
        """A file of unreasonable size is not read."""
        (tmp_path / "x.json").write_bytes(b" " * (LARGEST + 1))
        with pytest.raises(InputError, match="larger than 5 MB"):
            read_verdict_file(tmp_path / "x.json")


class TestVerdictsOf:
    def test_rows(self, study: Study, tmp_path: Path) -> None:
        """Images are identified by their number, and unclear ones have no class."""
        file = read_verdict_file(write_export(tmp_path / "v.json", study, verdicts={"17": "unclear", "3": 4, "10": 0}))
        verdicts = verdicts_of(file, study.data, 10)
        assert verdicts.rows.tolist() == [0, 1, 2]
        assert verdicts.classes.tolist() == [4, 0, UNCLEAR]
        assert verdicts.correct(study.data.test_labels)[:3].tolist() == [4, 0, study.data.test_labels[2]]

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"test_images": "0" * 64}, r"from study 5+ \(generated digits\) are about other test images"),
            ({"verdicts": {"3": 1, "4": 1, "5": 2}}, r"no test image 4 \(2 of the verdicts"),
            ({"verdicts": {"3": 10}}, "test image 3 is class 10, but the classes are 0 to 9"),
        ],
    )
    def test_faults(self, study: Study, tmp_path: Path, changes: dict[str, Any], message: str) -> None:
        """Other test images, unknown images and unknown classes are refused."""
        file = read_verdict_file(write_export(tmp_path / "v.json", study, **changes))
        with pytest.raises(InputError, match=message):
            verdicts_of(file, study.data, 10)


class TestStoredVerdicts:
    def store(self, results: Path, study: Study, **changes: Any) -> tuple[Path, bool]:
        results.mkdir(exist_ok=True)
        return write_verdict_file(results, read_verdict_file(write_export(results / "export", study, **changes)))

    def test_latest_counts(self, study: Study, tmp_path: Path) -> None:
        """Verdicts of all files are merged; on one image the latest export counts, whatever the order of storing."""
        assert stored_verdicts(tmp_path, study.data, 10) is None
        self.store(tmp_path, study, exported="2026-12-01T00:00:00Z", verdicts={"3": 1, "10": 2})
        self.store(tmp_path, study, exported="2026-11-01T00:00:00+02:00", verdicts={"3": 7, "17": "unclear"})
        self.store(tmp_path, study, test_images="0" * 64, exported="2027-01-01T00:00:00Z", verdicts={"99": 9})
        verdicts = stored_verdicts(tmp_path, study.data, 10)
        assert verdicts is not None
        assert verdicts.rows.tolist() == [0, 1, 2]
        assert verdicts.classes.tolist() == [1, 2, UNCLEAR]
        merged = merge_verdicts(tmp_path, study.data)
        assert merged is not None
        assert json.loads(merged.model_dump_json())["verdicts"] == {"3": 1, "10": 2, "17": "unclear"}

    def test_chosen_images(self, study: Study, tmp_path: Path) -> None:
        """An image is chosen unless a file has a verdict on it from the list; other files keep their names."""
        path, _ = self.store(tmp_path, study, verdicts={"3": 1, "10": 2}, exported="2026-12-01T00:00:00Z")
        again, is_new = self.store(
            tmp_path, study, verdicts={"3": 1, "10": 2}, exported="2026-12-01T00:00:00Z", chosen=[]
        )
        assert (path, is_new) == (again, False)
        later = {"exported": "2026-12-02T00:00:00Z", "verdicts": {"10": 5, "17": 6}, "chosen": [10, 17]}
        assert self.store(tmp_path, study, **later)[1]
        verdicts = stored_verdicts(tmp_path, study.data, 10)
        assert verdicts is not None
        assert verdicts.classes.tolist() == [1, 5, 6]
        assert verdicts.chosen.tolist() == [2]

    def test_same_file_again(self, study: Study, tmp_path: Path) -> None:
        """Storing the same verdicts again changes nothing, even if the file is formatted differently."""
        path, is_new = self.store(tmp_path, study)
        content = path.read_bytes()
        assert is_new
        copy = tmp_path / "copy.json"
        copy.write_text(json.dumps(json.loads(content), sort_keys=True, indent=4))
        assert write_verdict_file(tmp_path, read_verdict_file(copy)) == (path, False)
        assert [file.read_bytes() for file in verdict_files(tmp_path)] == [content]

    def test_other_study_of_the_same_images(self, study: Study, tmp_path: Path) -> None:
        """Verdicts belong to the test images, not to the study or the labels."""
        self.store(tmp_path, study)
        relabelled = replace(study.data, test_labels=(study.data.test_labels + 1) % 10, name="others")
        assert stored_verdicts(tmp_path, relabelled, 10) is not None
        other = replace(study.data, test_images=np.zeros_like(study.data.test_images))
        assert stored_verdicts(tmp_path, other, 10) is None

    def test_damaged(self, study: Study, tmp_path: Path) -> None:
        """A damaged stored file is named."""
        path, _ = self.store(tmp_path, study)
        path.write_text("{")
        with pytest.raises(InputError, match=f"{VERDICTS}.*is not a file of verdicts"):
            stored_verdicts(tmp_path, study.data, 10)
