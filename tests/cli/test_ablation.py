"""The command ``ablation``: it uses the study's data and rejects studies that it can't train."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from svhnlab.cli import cli
from svhnlab.errors import InputError
from svhnlab.pipeline import ablation as module
from svhnlab.pipeline.ablation_variants import variants
from svhnlab.store.ablation_file import ABLATIONS, read_ablation


def test_without_augmentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study without augmentation gives a one-line error before anything is read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.toml").write_text('runs = ["cnn"]\n')
    with pytest.raises(InputError, match="needs configurations with augmentation; name some of cnn-aug"):
        CliRunner().invoke(cli, ["ablation"], catch_exceptions=False)


def test_settings_of_the_study(tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data, data name, classes and runs come from study.toml; the result is stored below the results folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "variants", lambda profile, run: variants(profile, run)[:1])
    shutil.copytree(data_folder, tmp_path / "digits")
    (tmp_path / "digits" / "generated.json").unlink(missing_ok=True)  # now custom data
    (tmp_path / "study.toml").write_text('runs = ["cnn-aug"]\ndata = "digits"\ndata_name = "my digits"\n')
    answer = CliRunner().invoke(
        cli, ["ablation", "--folds", "2", "--epochs", "1", "--workers", "1", "--note", "A remark."]
    )
    assert answer.exit_code == 0, answer.output
    (path,) = (tmp_path / "results" / ABLATIONS).glob("*.json")
    stored = read_ablation(path)
    assert (stored.data, stored.images, stored.note) == ("my digits", 400, "A remark.")
    assert [run.name for run in stored.runs] == ["cnn-aug"]
