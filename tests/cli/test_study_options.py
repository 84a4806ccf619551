"""Settings of ``study.toml`` are applied to the data, and class names are matched to the labels of known digits."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from svhnlab.cli.study_options import apply_names, study_data
from svhnlab.config.study_file import StudyFile
from svhnlab.data.pictures import ReadingOptions
from svhnlab.data.sources.format2 import Format2Source
from svhnlab.errors import InputError

SOURCE = Format2Source(folder=Path("digits"), kind="official", name="SVHN", digest="0" * 64, options=ReadingOptions())
WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "zero")


class TestStudyData:
    def test_two_at_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of two commands that need the generated digits, one generates them, and the other waits."""
        monkeypatch.setattr("svhnlab.cli.study_options.in_project", lambda name: tmp_path / name)
        monkeypatch.setattr("svhnlab.data.source.find_data", lambda folder, options: folder)
        generated = []

        def write(folder: Path) -> None:
            generated.append(folder)
            time.sleep(0.1)
            folder.mkdir(parents=True)

        monkeypatch.setattr("svhnlab.data.synthetic.write_generated", write)
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(lambda _: study_data("demo", None, None), range(2))
        assert [first] == [second] == generated


class TestApplyNames:
    def test_only_custom_data_are_renamed(self) -> None:
        """SVHN keeps its name."""
        settings = StudyFile(data_name="photographs of vehicles")
        assert apply_names(SOURCE, settings) == SOURCE
        assert apply_names(replace(SOURCE, kind="custom"), settings).name == "photographs of vehicles"

    def test_digit_of_each_name_is_printed(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The first of ten names stands for digit 1, because label 10 is digit 0."""
        apply_names(SOURCE, StudyFile(class_names=WORDS))
        printed = " ".join(capsys.readouterr().out.split())
        assert "digit 1 is 'one', digit 2 is 'two'" in printed
        assert printed.endswith("digit 9 is 'nine', digit 0 is 'zero'")

    @pytest.mark.parametrize(
        ("names", "message"),
        [((WORDS[-1], *WORDS[:-1]), "move the name of digit 0 to the end"), (WORDS[:4], "names 4 classes, but SVHN")],
    )
    def test_names_that_do_not_fit(self, names: tuple[str, ...], message: str) -> None:
        """Names in the order 0 to 9 would be off by one, and other numbers of names have no digits."""
        with pytest.raises(InputError, match=message):
            apply_names(SOURCE, StudyFile(class_names=names))

    def test_custom_data_may_begin_with_any_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The labels of custom files have the author's own order."""
        apply_names(replace(SOURCE, kind="custom"), StudyFile(class_names=(WORDS[-1], *WORDS[:-1])))
        assert capsys.readouterr().out == ""
