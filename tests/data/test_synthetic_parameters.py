"""Tests of the parameters with which digits are generated, and of their file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import laplace

from svhnlab.data.source import find_data
from svhnlab.data.synthetic import GeneratedSplit, files, generate, generation_parameters, write_generated
from svhnlab.data.synthetic.parameters import PARAMETERS_FILE

# Means and standard deviations of the first images of the test split of seed 4, before parameters were recorded.
MEANS = [152.1, 136.1, 129.2, 120.7, 92.2, 130.3, 142.7, 102.9, 106.6, 87.8, 150.8, 129.4]
DEVIATIONS = [51.2, 52.7, 59.4, 69.5, 66.8, 22.8, 31.8, 13.1, 13.7, 38.9, 44.0, 44.2]
LABELS = [8, 6, 1, 4, 1, 6, 5, 2, 9, 7, 2, 9]


@pytest.fixture(scope="module")
def digits() -> GeneratedSplit:
    return generate(500, seed=4, split="test")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "generated"
    write_generated(folder, train=60, test=40, seed=2)
    return folder


class TestParameters:
    def test_images_are_those_of_earlier_versions(self, digits: GeneratedSplit) -> None:
        """Recording parameters draws no random number: images and labels are as before."""
        np.testing.assert_allclose(digits.images[:12].mean(axis=(1, 2, 3)), MEANS, atol=0.1)
        np.testing.assert_allclose(digits.images[:12].std(axis=(1, 2, 3)), DEVIATIONS, atol=0.1)
        assert digits.labels[:12].tolist() == LABELS

    def test_one_finite_value_per_image(self, digits: GeneratedSplit) -> None:
        """Each parameter has a value for each image, within its range."""
        for name, values in digits.parameters.arrays().items():
            assert values.shape == (500,), name
            assert np.isfinite(values).all(), name
        found = digits.parameters
        for shares in (found.neighbours, found.cut_off, found.hand_drawn, found.outlined, found.hollow):
            assert 0 <= shares.min() <= shares.max() <= 1
        assert set(found.hand_drawn) == {0, 1}
        assert 45 <= found.quality.min() <= found.quality.max() <= 95

    def test_photographs_share_their_camera(self, digits: GeneratedSplit) -> None:
        """Exposure and lettering are equal within a photograph; size and neighbours may differ."""
        same = np.diff(digits.photographs) == 0
        for name in ("contrast", "brightness", "noise", "quality", "slant", "hand_drawn"):
            assert (np.diff(digits.parameters.arrays()[name])[same] == 0).all(), name
        assert (np.diff(digits.parameters.neighbours)[same] != 0).mean() > 0.5

    def test_images_show_their_parameters(self, digits: GeneratedSplit) -> None:
        """Measured brightness, contrast and sharpness follow the parameters; lone digits have no neighbours."""
        luma = digits.images.mean(axis=1) / 255
        found = digits.parameters
        assert np.corrcoef(luma.mean(axis=(1, 2)), found.brightness)[0, 1] > 0.8
        assert np.corrcoef(np.log(luma.std(axis=(1, 2))), np.log(found.contrast))[0, 1] > 0.5
        sharpness = np.log(laplace(luma, axes=(1, 2)).var(axis=(1, 2)) / luma.var(axis=(1, 2)))
        assert np.corrcoef(sharpness, np.log(found.blur))[0, 1] < -0.5
        alone = np.bincount(digits.photographs)[digits.photographs] == 1
        complete = digits.photographs < digits.photographs[-1]
        assert (found.neighbours[alone & complete] == 0).all()
        assert np.median(found.neighbours[~alone]) > 0.1
        assert (found.cut_off < 0.25).mean() > 0.98


class TestGenerationParameters:
    def test_are_stored_beside_the_images(self, folder: Path) -> None:
        """The archive has the parameters of both splits in the order of the files."""
        for split, count in (("train", 60), ("test", 40)):
            expected, found = generate(count, seed=2, split=split).parameters, generation_parameters(folder, split)
            assert found is not None
            for name, values in expected.arrays().items():
                np.testing.assert_array_equal(found.arrays()[name], values)

    def test_are_no_part_of_the_data(self, folder: Path, tmp_path: Path) -> None:
        """Data with and without the archive have the same digest, so stored runs stay valid."""
        digest = find_data(folder).digest
        bare = tmp_path / "bare"
        bare.mkdir()
        for file in folder.iterdir():
            if file.name != PARAMETERS_FILE:
                (bare / file.name).write_bytes(file.read_bytes())
        assert find_data(bare).digest == digest

    @pytest.mark.parametrize("damage", ["missing", "truncated", "of other images"])
    def test_are_drawn_again_if_the_file_is_unusable(self, folder: Path, tmp_path: Path, damage: str) -> None:
        """Folders of earlier versions, and damaged files, give the same parameters."""
        other = tmp_path / "other"
        other.mkdir()
        for file in folder.iterdir():
            (other / file.name).write_bytes(file.read_bytes())
        path = other / PARAMETERS_FILE
        if damage == "missing":
            path.unlink()
        elif damage == "truncated":
            path.write_bytes(path.read_bytes()[:500])
        else:
            write_generated(tmp_path / "more", train=60, test=41, seed=3)
            path.write_bytes((tmp_path / "more" / PARAMETERS_FILE).read_bytes())
        expected, found = (generation_parameters(one, "test") for one in (folder, other))
        assert expected is not None
        assert found is not None
        np.testing.assert_array_equal(found.contrast, expected.contrast)

    def test_unknown_for_another_generator(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Images of another version of the generator can't be drawn again."""
        monkeypatch.setattr(files, "GENERATOR_VERSION", 99)
        monkeypatch.setattr(files, "read_parameters", lambda *_: None)
        assert generation_parameters(folder, "test") is None
