"""Image statistics equal the textbook formulas on whole arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import uniform_filter

from svhnlab.data.image_stats import image_properties, image_statistics, sample_per_class
from svhnlab.errors import InputError


def random_images(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, 3, 32, 32), dtype=np.uint8)


class TestImageStatistics:
    @given(n=st.integers(1, 30), chunk=st.integers(1, 40), seed=st.integers(0, 1000))
    @settings(max_examples=30)
    def test_agrees_with_the_formulas(self, n: int, chunk: int, seed: int) -> None:
        """Chunks of any size give the mean and standard deviation of the whole."""
        images = random_images(n, seed)
        result = image_statistics(images, np.zeros(n, np.int64), 10, chunk=chunk)
        scaled = images / 255
        luma = 0.299 * scaled[:, 0] + 0.587 * scaled[:, 1] + 0.114 * scaled[:, 2]
        np.testing.assert_allclose(result.channel_mean, scaled.mean(axis=(0, 2, 3)), rtol=1e-12)
        np.testing.assert_allclose(result.channel_std, scaled.std(axis=(0, 2, 3)), rtol=1e-12)
        np.testing.assert_allclose(result.brightness, luma.mean(axis=(1, 2)), rtol=1e-6)
        np.testing.assert_allclose(result.contrast, luma.std(axis=(1, 2)), rtol=1e-6)
        assert result.brightness.dtype == result.contrast.dtype == np.float32

    def test_known_images(self) -> None:
        """White is bright, a plain image has no contrast, and a half black, half white one has the highest contrast."""
        images = np.zeros((3, 3, 32, 32), np.uint8)
        images[1] = 255
        images[2, :, :16] = 255
        result = image_statistics(images, np.array([0, 1, 1]), 10)
        np.testing.assert_allclose(result.brightness, [0, 1, 0.5], atol=1e-6)
        np.testing.assert_allclose(result.contrast, [0, 0, 0.5], atol=1e-6)
        np.testing.assert_allclose(result.channel_mean, 0.5)
        np.testing.assert_allclose(result.channel_std, 0.5)

    def test_counts_have_every_class(self) -> None:
        """A class without images has a count of zero."""
        result = image_statistics(random_images(3), np.array([2, 2, 9]), 10)
        assert result.counts.tolist() == [0, 0, 2, 0, 0, 0, 0, 0, 0, 1]


class TestImageProperties:
    def test_same_as_the_statistics(self) -> None:
        """Brightness and contrast are the same numbers as in the statistics of the data."""
        images = random_images(9)
        found, expected = image_properties(images), image_statistics(images, np.zeros(9, np.int64), 10)
        np.testing.assert_array_equal(found["brightness"], expected.brightness)
        np.testing.assert_array_equal(found["contrast"], expected.contrast)

    @given(n=st.integers(1, 12), chunk=st.integers(1, 13), seed=st.integers(0, 1000))
    @settings(max_examples=20)
    def test_laws(self, n: int, chunk: int, seed: int) -> None:
        """Chunks change nothing, shares are between 0 and 1, and a mirrored image has the same properties."""
        images = random_images(n, seed)
        found, mirrored = image_properties(images, chunk), image_properties(images[:, :, :, ::-1])
        for name, values in found.items():
            assert values.shape == (n,)
            assert values.dtype == np.float32
            np.testing.assert_allclose(values, mirrored[name], rtol=1e-5)
        for name in ("brightness", "saturation", "neighbours"):
            assert 0 <= found[name].min() <= found[name].max() <= 1

    def test_plain_images(self) -> None:
        """Plain images have no contrast, sharpness or edges; grey has a saturation of 0, red of 1."""
        images = np.zeros((3, 3, 32, 32), np.uint8)
        images[1] = 128
        images[2, 0] = 200
        found = image_properties(images)
        for name in ("contrast", "sharpness", "neighbours"):
            np.testing.assert_allclose(found[name], 0, atol=1e-7)
        np.testing.assert_allclose(found["saturation"], [0, 0, 1])

    def test_blur_is_less_sharp(self) -> None:
        """Smoothing an image reduces its sharpness."""
        image = random_images(1)
        smooth = uniform_filter(image.astype(float), (0, 0, 3, 3)).astype(np.uint8)
        assert image_properties(smooth)["sharpness"][0] < 0.1 * image_properties(image)["sharpness"][0]

    def test_saturation_formula(self) -> None:
        """Saturation is (max - min) / max: 0.75 for (200, 100, 50)."""
        image = np.broadcast_to(np.array([200, 100, 50], np.uint8)[None, :, None, None], (1, 3, 32, 32))
        assert image_properties(image)["saturation"][0] == pytest.approx(0.75)

    def test_neighbours(self) -> None:
        """The value is 0 for a central bar and 1 for one at a border; side lighting or a vertical edge adds nothing."""
        images = np.zeros((4, 3, 32, 32), np.uint8)
        images[0, :, 10:20, 12:20] = 255
        images[1, :, 10:20, :4] = 255
        images[2, :, 10:20, 12:20] = 255
        images[2, :, 10:20, 28:] = 255
        images[3] = np.linspace(0, 255, 32).astype(np.uint8)
        images[3, :, 10:20, 12:20] = 255
        found = image_properties(images)["neighbours"]
        np.testing.assert_allclose(found, [0, 1, 1 / 3, 0], atol=1e-6)

    def test_strokes_everywhere(self) -> None:
        """Evenly spread strokes give 0.25: an eighth on each side."""
        images = np.zeros((1, 3, 32, 32), np.uint8)
        images[:, :, ::2] = 255
        assert image_properties(images)["neighbours"][0] == pytest.approx(0.25)


class TestSamplePerClass:
    def test_rows_are_classes(self) -> None:
        """Each row has different images of its own class."""
        labels = np.random.default_rng(0).permutation(np.repeat(np.arange(10), 8))
        chosen = sample_per_class(labels, 5, 0, 10)
        assert chosen.shape == (10, 5)
        assert (labels[chosen] == np.arange(10)[:, np.newaxis]).all()
        assert len(np.unique(chosen)) == 50

    def test_the_seed_decides(self) -> None:
        """The same seed gives the same images, another seed others."""
        labels = np.repeat(np.arange(10), 50)
        assert np.array_equal(sample_per_class(labels, 5, 1, 10), sample_per_class(labels, 5, 1, 10))
        assert not np.array_equal(sample_per_class(labels, 5, 1, 10), sample_per_class(labels, 5, 2, 10))

    def test_too_few_images(self) -> None:
        """The message names the class with too few images."""
        with pytest.raises(InputError, match="Class 4 has 3 images"):
            sample_per_class(np.repeat(np.arange(10), [9, 9, 9, 9, 3, 9, 9, 9, 9, 9]), 5, 0, 10)
