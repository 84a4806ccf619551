"""Predictions for picture files: those of the test images again, at other sizes and colour modes, and faults."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from svhnlab.analysis.conformal import sets_of
from svhnlab.cli import cli
from svhnlab.errors import InputError
from svhnlab.pipeline.predict import read_pixels
from svhnlab.store.study import open_study


def run(results: Path, *arguments: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["predict", *map(str, arguments), "--device", "cpu", "--results", str(results)])


@pytest.fixture
def pictures(cnn_results: Path, tmp_path: Path) -> list[Path]:
    """Test images 3 and 4 as files."""
    images = open_study(cnn_results).data.test_images
    files = [tmp_path / "a=3.png", tmp_path / "Ä, 4.png"]
    for row, file in enumerate(files, start=3):
        Image.fromarray(np.moveaxis(images[row], 0, -1)).save(file)
    return files


class TestPredict:
    def test_csv(self, cnn_results: Path, pictures: list[Path]) -> None:
        """Probabilities, sets and distances are those that the report has for the same images."""
        answer = run(cnn_results, "cnn", *pictures)
        assert answer.exit_code == 0, answer.output
        rows = list(csv.DictReader(io.StringIO(answer.stdout)))
        study = open_study(cnn_results)
        own, statistics = study.runs["cnn"], study.statistics
        assert statistics is not None
        sets = statistics.runs["cnn"].prediction_sets
        assert sets is not None
        members = sets_of(own.test.probabilities, sets.threshold)
        for number, row in enumerate(rows, start=3):
            shown = [float(row[f"probability_{digit}"]) for digit in range(10)]
            np.testing.assert_allclose(shown, own.test.probabilities[number], atol=1e-4)
            assert row["prediction"] == str(own.test.predicted[number])
            assert row["prediction_set"].split("|") == [str(k) for k in np.flatnonzero(members[number])]
            assert float(row["distance"]) > 0
        assert [row["file"] for row in rows] == [str(file) for file in pictures]

    def test_json_to_a_file(self, cnn_results: Path, pictures: list[Path], tmp_path: Path) -> None:
        """JSON has the classes as lists, and names of files as they are."""
        output = tmp_path / "out.json"
        assert run(cnn_results, "cnn", *pictures, "--json", "--output", output).exit_code == 0
        content = json.loads(output.read_text(encoding="utf-8"))
        assert content["pictures"][1]["file"].endswith("Ä, 4.png")
        assert isinstance(content["pictures"][0]["prediction_set"], list)
        assert sum(content["pictures"][0]["probabilities"].values()) == pytest.approx(1, abs=1e-4)

    def test_faults(self, cnn_results: Path, pictures: list[Path], tmp_path: Path) -> None:
        """A file that is no picture and a run that is not trained are named."""
        broken = tmp_path / "broken.png"
        broken.write_bytes(pictures[0].read_bytes()[:60])
        assert "broken.png: not a picture" in str(run(cnn_results, "cnn", broken).exception)
        assert "resnet18 is not trained" in str(run(cnn_results, "resnet18", pictures[0]).exception)
        assert "no trained run 'x'" in str(run(cnn_results, "x", pictures[0]).exception)


class TestReadPixels:
    @pytest.mark.parametrize(
        ("mode", "suffix"), [("L", "png"), ("RGBA", "png"), ("CMYK", "jpg"), ("P", "gif"), ("I;16", "png")]
    )
    def test_modes(self, mode: str, suffix: str, tmp_path: Path) -> None:
        """Every colour mode gives RGB of the wanted size."""
        file = tmp_path / f"a.{suffix}"
        if mode == "I;16":
            Image.fromarray(np.full((50, 40), 65_535, np.uint16)).save(file)
        else:
            Image.new("RGB", (40, 50), "white").convert(mode).save(file)
        found = read_pixels(file, 32)
        assert (found.shape, found.dtype) == ((3, 32, 32), np.uint8)
        assert found.min() > 245

    def test_reduction_averages(self, tmp_path: Path) -> None:
        """A fine chequerboard becomes grey, not a pattern (antialiasing)."""
        board = (255 * (np.indices((320, 320)).sum(axis=0) % 2)).astype(np.uint8)
        Image.fromarray(board).save(tmp_path / "board.png")
        found = read_pixels(tmp_path / "board.png", 32)
        assert np.ptp(found.astype(int)) < 8

    def test_proportions(self, tmp_path: Path) -> None:
        """A picture keeps its proportions, as in training: a wide one has its mean colour above and below."""
        halves = np.repeat(np.repeat(np.array([[0, 200]], np.uint8), 40, axis=1), 40, axis=0)
        Image.fromarray(halves).save(tmp_path / "a.png")
        found = read_pixels(tmp_path / "a.png", 32)
        assert found[0, 0].tolist() == [100] * 32
        assert (found[0, 16, 2], found[0, 16, 29]) == (0, 200)

    def test_no_picture(self, tmp_path: Path) -> None:
        """A text is refused."""
        (tmp_path / "a.png").write_text("text")
        with pytest.raises(InputError, match="not a picture"):
            read_pixels(tmp_path / "a.png", 32)
