"""Evidence and cards in a project's cache belong to one study."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from svhnlab.errors import SvhnlabError
from svhnlab.site.book import CACHE, LOCAL
from svhnlab.site.prerender import prepare
from svhnlab.store.schema import Study
from svhnlab.store.store import Store
from tests.fixtures.fakes import fake_study
from tests.fixtures.paths import ROOT


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> Study:
    """A study whose evidence and cards are one small file each."""
    study = fake_study()

    def write(name: str, cache: Path, study: Study) -> None:
        (cache / name).mkdir(parents=True)
        (cache / name / "study.txt").write_text(study.key)

    monkeypatch.setattr(prepare, "_write_evidence", lambda cache, study: write("evidence", cache, study))
    monkeypatch.setattr(prepare, "_write_cards", lambda project, cache, study: write("cards", cache, study))
    use(monkeypatch, study)
    return study


def use(monkeypatch: pytest.MonkeyPatch, study: Study) -> None:
    """Make a study the current one."""
    monkeypatch.setattr(prepare, "open_study", lambda results: study)
    monkeypatch.setattr(prepare, "read_record", lambda store: {"key": study.key})


class TestCheckPrepared:
    def test_same_study(self, tmp_path: Path, study: Study) -> None:
        """Folders of the study itself are accepted, and so is a project without a cache."""
        prepare.check_prepared(tmp_path)
        prepare.write_folders(tmp_path, "inputs")
        prepare.check_prepared(tmp_path)

    def test_another_study(self, tmp_path: Path, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
        """If another report replaced the folders in the meantime, the site is refused."""
        prepare.write_folders(tmp_path, "inputs")
        other = replace(study, key="f" * 16)
        use(monkeypatch, other)
        prepare.write_folders(tmp_path, "other inputs")
        assert (tmp_path / CACHE / "evidence" / "study.txt").read_text() == other.key
        use(monkeypatch, study)
        with pytest.raises(SvhnlabError, match=r"evidence in .* are those of another study"):
            prepare.check_prepared(tmp_path)

    def test_written_once(self, tmp_path: Path, study: Study) -> None:
        """Unchanged folders are kept; changed ones are written again."""
        prepare.write_folders(tmp_path, "inputs")
        file = tmp_path / CACHE / "evidence" / "study.txt"
        first = file.stat().st_mtime_ns
        prepare.write_folders(tmp_path, "inputs")
        assert file.stat().st_mtime_ns == first
        file.write_text("changed")
        prepare.write_folders(tmp_path, "inputs")
        assert file.read_text() == study.key


class TestWriteSettings:
    def test_letters_without_a_font(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Quarto gets a font of boxes for letters of class names that no font has, since Typst refuses them."""
        (tmp_path / "_quarto.yml").write_text("book:\n  chapters: [index.qmd]\n")
        (tmp_path / "CITATION.cff").write_bytes((ROOT / "CITATION.cff").read_bytes())
        monkeypatch.setattr(prepare, "footer_line", lambda results, project: "")
        monkeypatch.setattr(prepare, "open_study", lambda results: fake_study())
        names = ["cat", "🦊"]
        monkeypatch.setattr(Store, "current_study", lambda store: {"settings": {"class_names": names}})
        monkeypatch.setattr(prepare, "fallback_fonts", lambda text: ({}, "🦊" if "🦊" in text else ""))
        prepare.write_settings(tmp_path)
        settings = json.loads((tmp_path / LOCAL).read_text())
        assert settings["font-paths"] == [f"/{CACHE}/fonts"]
        assert list((tmp_path / CACHE / "fonts").glob("*.ttf"))
        names[1] = "dog"
        prepare.write_settings(tmp_path)
        assert "font-paths" not in json.loads((tmp_path / LOCAL).read_text())
