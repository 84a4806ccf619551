"""Stored ablations are found by the data on which they were measured, and are never overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from svhnlab.errors import InputError
from svhnlab.store.ablation_file import ABLATIONS, newest_ablation, read_ablation, write_ablation
from tests.fixtures.fake_ablation import fake_ablation
from tests.fixtures.paths import ROOT

DIGEST = "d" * 64


class TestNewestAblation:
    def test_newest_on_the_same_data(self, tmp_path: Path) -> None:
        """The newest file with the digest and the run is returned; files on other data are ignored."""
        assert newest_ablation(tmp_path, DIGEST, "cnn-aug") is None
        for year, digest in ((2030, DIGEST), (2031, DIGEST), (2032, "e" * 64), (2033, None)):
            write_ablation(tmp_path, fake_ablation(data_digest=digest, year=year))
        found = newest_ablation(tmp_path, DIGEST, "cnn-aug")
        assert found is not None
        assert found.date.year == 2031
        assert newest_ablation(tmp_path, DIGEST, "resnet18-aug") is None

    def test_runs_in_several_files(self, tmp_path: Path) -> None:
        """An older file is used for a run that the newest one lacks."""
        write_ablation(tmp_path, fake_ablation(year=2030, run="resnet18-aug"))
        write_ablation(tmp_path, fake_ablation(year=2031))
        found = newest_ablation(tmp_path, DIGEST, "resnet18-aug")
        assert found is not None
        assert found.date.year == 2030


class TestReadAblation:
    def test_comes_back(self, tmp_path: Path) -> None:
        """The file is read as it was written."""
        assert read_ablation(write_ablation(tmp_path, fake_ablation())) == fake_ablation()

    @pytest.mark.parametrize(
        "path", sorted((ROOT / "benchmarks" / "results" / "ablations").glob("*.json")), ids=lambda p: p.stem
    )
    def test_older_files(self, path: Path) -> None:
        """Files from before the digest was stored are still read."""
        assert read_ablation(path).data_digest is None

    def test_damaged(self, tmp_path: Path) -> None:
        """A file that is not an ablation is named in the error."""
        (tmp_path / ABLATIONS).mkdir()
        (tmp_path / ABLATIONS / "x.json").write_text("{}")
        with pytest.raises(InputError, match=r"x\.json"):
            newest_ablation(tmp_path, DIGEST, "cnn-aug")


class TestWriteAblation:
    def test_never_overwrites(self, tmp_path: Path) -> None:
        """A second ablation written within the same second is an error."""
        write_ablation(tmp_path, fake_ablation())
        with pytest.raises(InputError, match="never overwritten"):
            write_ablation(tmp_path, fake_ablation())
