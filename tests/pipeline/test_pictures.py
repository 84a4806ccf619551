"""A study of pictures of mixed sizes: from the table to the stored results and the report."""

from __future__ import annotations

import json
import re
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from svhnlab.cli import cli
from svhnlab.data.pictures import ReadingOptions
from svhnlab.data.source import find_data
from svhnlab.report import describe_photographs, describe_picture, list_skipped
from svhnlab.site.checks import check_links
from svhnlab.store.recorded_settings import train_command
from svhnlab.store.schema import Study
from svhnlab.store.study import open_study
from svhnlab.training.device_images import RESIDENT, StreamedImages, to_device
from tests.fixtures.pictures import CLASSES
from tests.fixtures.report_project import render_builtin, write_report_project


@pytest.fixture(scope="module")
def study(picture_study: Path) -> Study:
    return open_study(picture_study / "results")


class TestStudy:
    def test_data(self, study: Study) -> None:
        """Classes, names of the files, and what was read are stored."""
        data = study.data
        assert study.class_names == CLASSES
        assert (data.kind, data.name) == ("custom", "data")
        assert data.test_images.shape == (40, 3, 64, 64)
        assert data.names is not None
        assert data.names[0] == "test/circle/000.png"
        assert data.reading is not None
        assert data.reading.skipped == {"train/ring/damaged.png": "not a PNG, JPEG, WEBP, BMP, GIF or TIFF picture"}
        assert study.runs["cnn"].settings["stored_size"] == 64

    def test_command(self, study: Study) -> None:
        """The command that repeats the study has the chosen size of the pictures."""
        command = train_command(study.settings)
        assert "--data FOLDER" in command
        assert "--stored-size 64" in command

    def test_groups(self, study: Study) -> None:
        """Groups of the table are whole in a part, and intervals treat them as the unit."""
        assert study.data.photographs is not None
        train, validation = (set(study.data.photographs[part].tolist()) for part in ("train", "validation"))
        assert not train & validation
        assert study.statistics is not None
        assert study.statistics.photographs == 20

    def test_columns_are_properties(self, study: Study) -> None:
        """Errors are compared by the columns of the table."""
        assert study.statistics is not None
        assert {"exposure", "camera: phone", "camera: scanner"} <= set(study.statistics.properties)
        names = {part.name for part in study.statistics.runs["cnn"].slices}
        assert "exposure" in names
        assert list(study.statistics.shift)[:2] == ["brightness", "contrast"]

    def test_sentences(self, study: Study) -> None:
        """The data chapter tells how the pictures were read, and which files were left out."""
        assert "so that its longer side is 64 pixels" in describe_picture(study)
        assert "grey" in describe_picture(study)
        assert "20 groups" in describe_photographs(study)
        assert re.search(r"1 file could not be used and was left out:\n\n- train.*damaged", list_skipped(study))

    def test_evaluation(self, picture_study: Path, study: Study) -> None:
        """`svhnlab evaluate` reads pictures as the training did: its own test images give the stored accuracy."""
        folders = ["--on", str(picture_study / "data"), "--results", str(picture_study / "results")]
        answer = CliRunner().invoke(cli, ["evaluate", "cnn", *folders, "--skip-broken", "--json"])
        assert answer.exit_code == 0, answer.output
        test = study.runs["cnn"].test
        assert json.loads(answer.output)["accuracy"] == pytest.approx(np.mean(test.predicted == test.labels))

    def test_another_time(self, picture_study: Path) -> None:
        """The data are known again, and `svhnlab data` counts them and names what it leaves out."""
        folders = ["--data", str(picture_study / "data"), "--results", str(picture_study / "results")]
        found = CliRunner().invoke(cli, ["data", *folders, "--skip-broken"])
        assert found.exit_code == 0, found.output
        assert "uses these files" in found.output
        assert "Left out: train/ring/damaged.png" in found.output
        assert re.search(r"all classes\W+120\W+40", found.output)
        refused = CliRunner().invoke(cli, ["data", *folders])
        assert "--skip-broken" in str(refused.exception)


class TestReport:
    def test_builtin(self, picture_study: Path, tmp_path: Path) -> None:
        """The chapters on the data and the cards are drawn, and cards of images name the files."""
        project = write_report_project(tmp_path / "project")
        (project / "index.qmd").write_text("# Overview {.unnumbered}\n\nSee @sec-data.\n", encoding="utf-8")
        config = project / "_quarto.yml"
        listed = config.read_text(encoding="utf-8")
        config.write_text(re.sub(r"    - (?!index|chapters/(data|glossary|cards)).*\n", "", listed), encoding="utf-8")
        for chapter in [*project.glob("*.qmd"), *(project / "chapters").glob("*.qmd")]:
            if f"- {chapter.relative_to(project).as_posix()}" not in config.read_text(encoding="utf-8"):
                chapter.unlink()
        chapter = project / "chapters" / "data.qmd"
        text = chapter.read_text(encoding="utf-8").replace("@sec-near-duplicates", "Another chapter")
        chapter.write_text(text, encoding="utf-8")
        render_builtin(project, tmp_path / "site", picture_study / "results")
        data = (tmp_path / "site" / "chapters" / "data.html").read_text(encoding="utf-8")
        assert "damaged.png" in data
        assert check_links(tmp_path / "site") == []
        cards = (tmp_path / "site" / "evidence" / "cards-000.js").read_text(encoding="utf-8")
        assert "test/circle/" in cards


class TestStreaming:
    def test_equal_to_resident(self, picture_study: Path) -> None:
        """Images that are read from the disk batch by batch are those of the whole tensor."""
        source = find_data(picture_study / "data", ReadingOptions(skip_broken=True))
        images = source.read(5)["train"].images
        resident = to_device(images, torch.device("cpu"))
        with patch.dict(RESIDENT, cpu=0):
            streamed = to_device(images, torch.device("cpu"))
        assert isinstance(streamed, StreamedImages)
        order = torch.from_numpy(np.random.default_rng(0).permutation(len(images))[:9])
        assert torch.equal(streamed[order], resident[order])
        assert torch.equal(streamed[3:7], resident[3:7])
        assert len(streamed) == len(resident) == 120
