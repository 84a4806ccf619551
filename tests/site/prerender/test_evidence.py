"""The evidence bundle: numbers and pictures of single images in the form that pages load."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.special import softmax

from svhnlab.analysis.centroids import centroid_distances
from svhnlab.site.prerender.evidence import COLUMNS, PER_SHEET, UNITS, Bundle, shown_rows, tile, whole, write_evidence
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study

EVIL = ("</script><b>", "<!--", "\u2028", *"3456789")


def read(folder: Path, name: str) -> dict[str, Any]:
    """Return the data that a script assigns."""
    text = (folder / f"{name}.js").read_text(encoding="utf-8")
    head, body = text.split(" = ", 1)
    assert head == f'(window.svhnlabBundle ??= {{}})["{name}"]'
    found: dict[str, Any] = json.loads(body.removesuffix(";\n"))
    return found


def pixels(folder: Path, kind: str, number: int, size: int = 32, below: int = 0) -> np.ndarray:
    """Return one tile of the sheets of a kind; `below` shifts it down by as many pixels."""
    sheet = np.asarray(Image.open(folder / f"{kind}-{number // PER_SHEET:03d}.webp"))
    line, column = divmod(number % PER_SHEET, COLUMNS)
    top = line * size + below
    return sheet[top : top + size, column * size : (column + 1) * size]


@pytest.fixture(scope="module")
def study() -> Study:
    return fake_study()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, study: Study) -> Path:
    target = tmp_path_factory.mktemp("bundle") / "evidence"
    write_evidence(study, target)
    return target


@pytest.fixture(scope="module")
def index(folder: Path) -> dict[str, Any]:
    return read(folder, "index")


class TestShownRows:
    def test_every_error_is_shown(self, study: Study) -> None:
        """Every error of every run has a card, and errors of all runs come first."""
        rows = shown_rows(study)
        wrong = np.any([run.test.wrong for run in study.runs.values()], axis=0)
        assert set(np.flatnonzero(wrong)) <= set(rows)
        assert len(set(rows)) == len(rows)
        assert (np.diff(wrong[rows].astype(int)) <= 0).all()
        assert (np.diff(study.data.test_labels[rows][: wrong.sum()]) >= 0).all()


class TestIndex:
    def test_numbers_are_those_of_the_predictions(self, study: Study, index: dict[str, Any]) -> None:
        """Label, prediction, confidence, loss, margin and label quality of every image are the stored ones."""
        rows = np.array(index["rows"])
        np.testing.assert_array_equal(index["labels"], study.data.test_labels[rows])
        assert study.data.true_labels is not None
        np.testing.assert_array_equal(index["truth"], study.data.true_labels[rows])
        for number, run in enumerate(study.runs.values()):
            test = run.test
            np.testing.assert_array_equal(index["predicted"][number], test.predicted[rows])
            np.testing.assert_allclose(
                np.array(index["confidence"][number]) / UNITS["share"], test.confidence[rows], atol=1e-4
            )
            loss = -np.log(softmax(test.logits.astype(float), axis=1)[rows, test.labels[rows]])
            np.testing.assert_allclose(np.array(index["loss"][number]) / UNITS["loss"], loss, atol=1e-3)
            assert run.evidence is not None
            distances = centroid_distances(
                test.features, test.labels, test.predicted, run.evidence.centroids, scale_free=True
            )
            np.testing.assert_allclose(
                np.array(index["margin"][number]) / UNITS["distance"], distances.margin[rows], atol=1e-3
            )
        assert study.statistics is not None
        quality = study.statistics.labels.quality[rows]
        np.testing.assert_allclose(np.array(index["quality"]) / UNITS["share"], quality, atol=1e-4)
        assert index["suspected"] == [row for row in study.statistics.labels.suspected.tolist() if row in index["rows"]]

    def test_verdict_on_occlusion(self, study: Study, index: dict[str, Any], tmp_path: Path) -> None:
        """The index says in which models occlusion passes the deletion test, and nothing where it is not tested."""
        assert [run["occlusion"] for run in index["runs"]] == [True] * 4
        changed = dict(study.runs)
        assert changed["cnn"].attribution_check is not None
        changed["cnn"] = replace(
            changed["cnn"], attribution_check=replace(changed["cnn"].attribution_check, p_value=0.5)
        )
        changed["resnet18"] = replace(changed["resnet18"], attribution_check=None)
        write_evidence(replace(study, runs=changed), tmp_path / "evidence")
        verdicts = [run["occlusion"] for run in read(tmp_path / "evidence", "index")["runs"]]
        assert verdicts == [False, True, None, True]

    def test_photographs_have_no_true_labels(self, tmp_path: Path) -> None:
        """Where the true labels are unknown, the index has none."""
        write_evidence(fake_study(n_test=40, kind="official"), tmp_path / "evidence")
        assert read(tmp_path / "evidence", "index")["truth"] is None

    def test_images_are_numbered_by_their_place_in_the_file(self, tmp_path: Path) -> None:
        """If the test images are a part of a file, the index has their positions in the file."""
        study = fake_study(n_test=60)
        places = {**study.data.indices, "test": 3 * np.arange(60) + 100}
        write_evidence(replace(study, data=replace(study.data, indices=places)), tmp_path / "evidence")
        index = read(tmp_path / "evidence", "index")
        rows = shown_rows(study)
        assert index["rows"] == (3 * rows + 100).tolist()
        assert study.statistics is not None
        suspected = [row for row in study.statistics.labels.suspected.tolist() if row in rows]
        assert index["suspected"] == [3 * row + 100 for row in suspected]


class TestCards:
    def test_numbers_of_one_image(self, study: Study, folder: Path, index: dict[str, Any]) -> None:
        """Probabilities, distances, neighbours and properties on a card are those of its image."""
        number = PER_SHEET + 7
        row = index["rows"][number]
        card = read(folder, "cards-001")
        run = study.runs["resnet18"]
        assert run.evidence is not None
        np.testing.assert_allclose(
            np.array(card["probabilities"][2][7]) / UNITS["share"], run.test.probabilities[row], atol=1e-4
        )
        test = run.test
        raw = centroid_distances(test.features, test.labels, test.predicted, run.evidence.centroids)
        assert card["distances"][2]["rawTrue"][7] == pytest.approx(1000 * raw.to_true[row], abs=0.6)
        assert card["distances"][2]["rawPredicted"][7] == pytest.approx(1000 * raw.to_predicted[row], abs=0.6)
        assert study.statistics is not None
        threshold = study.statistics.runs["resnet18"].prediction_sets.threshold
        assert card["sets"][2][7] == np.flatnonzero(run.test.probabilities[row] >= threshold).tolist()
        neighbours = card["neighbours"][2][7]
        assert [label for _, label, _ in neighbours] == run.evidence.neighbour_labels[row].tolist()
        assert study.training_labels is not None
        suspect = np.isin(run.evidence.neighbours[row], study.training_labels.review.suspected)
        assert card["suspectNeighbours"][2][7] == np.flatnonzero(suspect).tolist()
        brightness = study.statistics.properties["brightness"]
        assert card["properties"]["brightness"]["values"][7] == pytest.approx(1000 * brightness[row], abs=0.6)
        below = (brightness < brightness[row]).mean()
        assert card["properties"]["brightness"]["below"][7] / UNITS["share"] == pytest.approx(below, abs=0.01)

    def test_pictures_of_one_image(self, study: Study, folder: Path, index: dict[str, Any]) -> None:
        """A test image is stored losslessly; a neighbour is the training image that the card names."""
        number = PER_SHEET + 7
        shown = pixels(folder, "images", number)[..., :3]
        np.testing.assert_array_equal(shown, np.moveaxis(study.data.test_images[index["rows"][number]], 0, -1))
        run = study.runs["cnn"]
        assert run.evidence is not None
        assert study.neighbour_images is not None
        known = study.neighbour_images
        for (tile_number, _, _), row in zip(
            read(folder, "cards-001")["neighbours"][0][7],
            run.evidence.neighbours[index["rows"][number]],
            strict=True,
        ):
            original = np.moveaxis(known.images[np.searchsorted(known.rows, row)], 0, -1).astype(float)
            lossy = pixels(folder, "training", tile_number)[..., :3].astype(float)
            # Noise is the worst case for lossy compression; another image would not correlate at all.
            assert np.corrcoef(original.mean(axis=-1).ravel(), lossy.mean(axis=-1).ravel())[0, 1] > 0.8

    def test_attribution_of_one_image(self, study: Study, folder: Path, index: dict[str, Any]) -> None:
        """Attributions to prediction and label have different colours; correct images have no attribution."""
        lines = -(-min(PER_SHEET, len(index["rows"])) // COLUMNS)
        for position, run in enumerate(study.runs.values()):
            assert run.evidence is not None
            for number in (0, 5, 11):
                row = index["rows"][number]
                stored = run.evidence.attribution[np.searchsorted(run.evidence.rows, row)].astype(int) - 128
                overlay = pixels(folder, "attribution", number, 16, position * lines * 16)
                np.testing.assert_array_equal(overlay[..., 3], np.minimum(2 * np.abs(stored), 255) & 0xF8)
                seen = overlay[..., 3] > 0
                np.testing.assert_array_equal(overlay[..., 0][seen] > overlay[..., 2][seen], stored[seen] > 0)
                assert seen.any() == run.test.wrong[row]


class TestWriteEvidence:
    def test_same_study_same_bytes(self, study: Study, folder: Path, tmp_path: Path) -> None:
        """Writing a bundle again gives the same files, whatever the folder contained before."""
        (tmp_path / "evidence").mkdir()
        (tmp_path / "evidence" / "images-999.webp").write_bytes(b"old")
        write_evidence(study, tmp_path / "evidence")
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert {path.name: path.read_bytes() for path in (tmp_path / "evidence").iterdir()} == files

    def test_study_without_evidence(self, tmp_path: Path) -> None:
        """Without stored evidence the bundle is empty."""
        bundle = write_evidence(fake_study(n_test=20, with_embedding=False), tmp_path / "evidence")
        assert bundle == Bundle(0, 0, {"index": (tmp_path / "evidence" / "index.js").stat().st_size})
        assert read(tmp_path / "evidence", "index")["rows"] == []

    def test_study_with_evidence_of_some_runs(self, tmp_path: Path, study: Study) -> None:
        """A run without evidence keeps its predictions; neighbours without pictures keep their labels."""
        bare = replace(study.runs["cnn"], evidence=None)
        part = replace(study, runs={**study.runs, "cnn": bare}, statistics=None, neighbour_images=None)
        write_evidence(part, tmp_path / "evidence")
        index, card = read(tmp_path / "evidence", "index"), read(tmp_path / "evidence", "cards-000")
        assert index["margin"][0] is None
        assert index["margin"][1] is not None
        assert [run["evidence"] for run in index["runs"]] == [False, True, True, True]
        assert card["neighbours"][0] is None
        assert card["neighbours"][1][0][0][0] is None
        assert index["quality"] is None
        assert card["properties"] == {}
        assert card["sets"] == [None] * 4

    def test_names_from_outside_stay_text(self, tmp_path: Path) -> None:
        """A class name can't end the script, and is read back unchanged."""
        write_evidence(fake_study(n_test=30, class_names=EVIL), tmp_path / "evidence")
        assert "<" not in (tmp_path / "evidence" / "index.js").read_text(encoding="utf-8")
        assert tuple(read(tmp_path / "evidence", "index")["classes"]) == EVIL

    def test_pictures_of_files(self, tmp_path: Path) -> None:
        """Larger images have larger tiles; cards name the files; names from right to left are isolated."""
        study = fake_study(n_test=40, runs=("cnn",), kind="custom", class_names=("cat", "\u05db\u05dc\u05d1"))
        images = np.random.default_rng(0).integers(0, 256, (40, 3, 64, 64), dtype=np.uint8)
        names = np.array([f"test/{row}.png" for row in range(40)])
        study = replace(study, data=replace(study.data, test_images=images, names=names))
        write_evidence(study, tmp_path / "evidence")
        index, rows = read(tmp_path / "evidence", "index"), shown_rows(study)
        assert index["side"] == 64
        assert index["classes"] == ["cat", "\u2068\u05db\u05dc\u05d1\u2069"]
        assert read(tmp_path / "evidence", "cards-000")["names"] == names[rows].tolist()
        assert np.array_equal(pixels(tmp_path / "evidence", "images", 3, 64), np.moveaxis(images[rows[3]], 0, -1))


class TestTile:
    def test_order(self) -> None:
        """Tiles run from left to right, then down; the rest of the last line is empty."""
        images = np.arange(1, COLUMNS + 3, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
        sheet = tile(images)
        assert sheet.shape == (4, 2 * COLUMNS, 3)
        assert sheet[0, ::2, 0].tolist() == list(range(1, COLUMNS + 1))
        assert sheet[2, ::2, 0].tolist() == [COLUMNS + 1, COLUMNS + 2] + [0] * (COLUMNS - 2)


class TestWhole:
    def test_undefined(self) -> None:
        """Undefined and infinite numbers are null, since JSON has no NaN."""
        assert whole([0.1234, np.nan, np.inf, -2.0], 1000) == [123, None, None, -2000]
