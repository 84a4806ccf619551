"""The data of the explorer, as files that load from disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from svhnlab.analysis.calibration import log_losses
from svhnlab.analysis.map_alignment import align
from svhnlab.report.core.causes import cause_codes
from svhnlab.report.features.maps.base import STEPS
from svhnlab.site.prerender.explorer import COLUMNS, NO_MARGIN, PER_SHEET, write_explorer
from svhnlab.store.schema import Study
from tests.fixtures.explorer_file import ExplorerFile, read_explorer
from tests.fixtures.fakes import fake_study
from tests.report.helpers import with_numbers


@pytest.fixture(scope="module")
def study() -> Study:
    return with_numbers(fake_study(n_test=260))


@pytest.fixture(scope="module")
def file(study: Study, tmp_path_factory: pytest.TempPathFactory) -> ExplorerFile:
    folder = tmp_path_factory.mktemp("explorer")
    write_explorer(study, folder)
    return read_explorer(folder)


class TestWriteExplorer:
    def test_order(self, study: Study, file: ExplorerFile) -> None:
        """Every test image is there once: images that a model misclassifies first, then by label."""
        assert sorted(file.numbers) == sorted(study.data.indices["test"])
        errors = np.any([run.test.wrong for run in study.runs.values()], axis=0)[file.rows]
        assert errors.tolist() == sorted(errors, reverse=True)
        assert (np.diff(file.labels[errors]) >= 0).all()

    def test_columns(self, study: Study, file: ExplorerFile) -> None:
        """The columns are those of the study, rounded."""
        assert study.statistics is not None
        assert study.data.true_labels is not None
        rows = file.rows
        np.testing.assert_array_equal(file.labels, study.data.test_labels[rows])
        np.testing.assert_array_equal(file.column("truth", np.uint16), study.data.true_labels[rows])
        assert set(rows[file.column("suspected", np.uint8) == 1]) == set(study.statistics.labels.suspected)
        codes = cause_codes(study)
        for i, run in enumerate(study.runs.values()):
            test = run.test
            np.testing.assert_array_equal(file.of_run(i, "predicted", np.uint16), test.predicted[rows])
            confidence = file.of_run(i, "confidence", np.uint16) / 10_000
            np.testing.assert_allclose(confidence, test.confidence[rows], atol=5e-5)
            losses = np.minimum(log_losses(test.labels, test.probabilities)[rows], 65.535)
            np.testing.assert_allclose(file.of_run(i, "loss", np.uint16) / 1_000, losses, atol=5.1e-4)
            np.testing.assert_array_equal(file.of_run(i, "cause", np.int8), codes[i][rows])
            assert (file.of_run(i, "margin", np.int16) > NO_MARGIN).all()
        for part in file.content["properties"]:
            factor = 1_000 if part["name"] == "sharpness" else 1
            values = study.statistics.properties[part["name"]][rows] * np.float32(factor)
            np.testing.assert_allclose(file.decode(part["values"], np.float32), values, rtol=1e-6)

    def test_positions(self, study: Study, file: ExplorerFile) -> None:
        """Images on the t-SNE maps have their positions on the aligned maps; the others lie among them."""
        embeddings = {name: run.embedding for name, run in study.runs.items() if run.embedding is not None}
        aligned = align({name: one.planar for name, one in embeddings.items()}, "cnn")
        mapped = embeddings["cnn"].rows
        place = np.argsort(file.rows)[mapped]
        reach = max(np.abs(points).max() for points in aligned.values())
        np.testing.assert_array_equal(file.column("onMap", np.uint16)[place], np.arange(len(mapped)))
        for i, points in enumerate(aligned.values()):
            found = np.stack([file.of_run(i, axis, np.int16) for axis in "xy"], axis=1)
            np.testing.assert_allclose(found[place], points / reach * STEPS, atol=0.5001)
            assert (np.abs(found) <= np.abs(found[place]).max(axis=0)).all()
            neighbours = file.neighbours(i)
            assert neighbours.shape == (260, 5)
            assert (neighbours[place] != np.arange(len(mapped))[:, None]).all()

    def test_spatial_positions(self, study: Study, file: ExplorerFile) -> None:
        """The same in three dimensions; no point is farther from the centre than the coordinates reach."""
        embeddings = {name: run.embedding for name, run in study.runs.items() if run.embedding is not None}
        aligned = align({name: one.spatial for name, one in embeddings.items()}, "cnn")
        place = np.argsort(file.rows)[embeddings["cnn"].rows]
        radius = max(np.linalg.norm(points, axis=1).max() for points in aligned.values())
        for i, points in enumerate(aligned.values()):
            np.testing.assert_allclose(file.spatial(i)[place], points / radius * STEPS, atol=0.5001)
            assert np.linalg.norm(file.spatial(i), axis=1).max() <= STEPS + 1

    def test_sprites(self, study: Study, file: ExplorerFile) -> None:
        """Each image is where its position says, nearly as it was."""
        flat = replace(study.data, test_images=np.zeros_like(study.data.test_images))
        flat.test_images[:] = (np.arange(260) // 2)[:, None, None, None]
        write_explorer(replace(study, data=flat), file.folder)
        sheet = np.asarray(Image.open(file.folder / "sprites-000.webp"))
        assert sheet.shape == (32 * -(-260 // COLUMNS), 32 * COLUMNS, 3)
        assert COLUMNS**2 == PER_SHEET
        for image in (0, 31, 32, 259):
            line, column = divmod(image, COLUMNS)
            tile = sheet[32 * line + 8 : 32 * line + 24, 32 * column + 8 : 32 * column + 24]
            assert abs(float(tile.mean()) - int(file.rows[image]) // 2) < 4

    def test_without_maps(self, tmp_path: Path) -> None:
        """Without maps there is nothing to explore."""
        write_explorer(fake_study(n_test=20, with_embedding=False), tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_before_the_statistics(self, study: Study, tmp_path: Path) -> None:
        """Without statistics and causes, their columns are missing."""
        write_explorer(replace(study, statistics=None, causes=None), tmp_path)
        content = read_explorer(tmp_path).content
        assert content["properties"] == []
        assert [run["cause"] for run in content["runs"]] == [None] * 4
