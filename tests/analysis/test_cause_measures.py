"""Tests of the measures of images and of their thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from svhnlab.analysis.cause_measures import MEASURES, beyond, calibrate, measure_images
from svhnlab.data.synthetic import GeneratedSplit, generate


@pytest.fixture(scope="module")
def digits() -> GeneratedSplit:
    return generate(1200, seed=21, split="test")


class TestMeasureImages:
    def test_follow_the_parameters_of_the_generator(self, digits: GeneratedSplit) -> None:
        """Each measure correlates with the parameter that it estimates."""
        found, known = measure_images(digits.images), digits.parameters
        assert np.corrcoef(found["sides"], known.neighbours)[0, 1] > 0.45
        assert np.corrcoef(found["ends"], known.cut_off)[0, 1] > 0.15
        assert np.corrcoef(np.log(found["sharpness"]), np.log(known.blur))[0, 1] < -0.6
        assert np.corrcoef(np.log(found["contrast"]), np.log(known.contrast))[0, 1] > 0.5

    def test_do_not_depend_on_brightness_and_scale(self) -> None:
        """Halving all pixel values changes the contrast alone."""
        images = np.random.default_rng(0).integers(0, 128, (20, 3, 32, 32), dtype=np.uint8)
        bright, dark = measure_images(2 * images), measure_images(images)
        np.testing.assert_allclose(bright["contrast"], 2 * dark["contrast"], rtol=1e-5)
        for name in set(MEASURES) - {"contrast"}:
            np.testing.assert_allclose(bright[name], dark[name], rtol=1e-4)

    def test_noise_and_blur(self) -> None:
        """Noise raises the measure of noise, and blur lowers that of sharpness."""
        rng = np.random.default_rng(1)
        smooth = gaussian_filter(rng.normal(size=(8, 1, 32, 32)), (0, 0, 3, 3))
        smooth = np.repeat(128 + 40 * smooth / smooth.std(), 3, axis=1)
        noisy = smooth + 12 * rng.normal(size=(8, 1, 32, 32))
        calm, found = (measure_images(pixels.clip(0, 255).astype(np.uint8)) for pixels in (smooth, noisy))
        assert (found["noise"] > 3 * calm["noise"]).all()
        np.testing.assert_allclose(found["noise"] * found["contrast"] * 255, 12, rtol=0.25)
        assert (found["sharpness"] > calm["sharpness"]).all()

    def test_chunks(self, digits: GeneratedSplit) -> None:
        """The number of images processed at once does not matter."""
        one, two = measure_images(digits.images[:50]), measure_images(digits.images[:50], chunk=7)
        for name, values in one.items():
            np.testing.assert_allclose(values, two[name], rtol=1e-6)


class TestCalibrate:
    def test_finds_the_value_beyond_which_errors_double(self) -> None:
        """The largest share of images whose error rate is twice that of the others is affected."""
        rng = np.random.default_rng(3)
        contrast = rng.random(4000).astype(np.float32)
        rate = (rng.random(4000) < np.where(contrast < 0.1, 0.5, 0.1)).astype(float)
        (found,) = calibrate({"contrast": contrast}, MEASURES, rate, None, np.ones(4000, dtype=bool))
        assert found.limit == pytest.approx(0.2, abs=0.02)  # 0.3 against 0.1
        assert not found.above
        assert found.rate >= 2 * found.rest
        assert beyond(found, contrast).mean() == pytest.approx(found.share)

    def test_nothing_without_an_effect(self) -> None:
        """Measures that have nothing to do with the errors have a threshold in about 5% of the studies."""
        studies = []
        for seed in range(40):
            rng = np.random.default_rng(seed)
            values = {name: rng.random(1000).astype(np.float32) for name in MEASURES}
            rate = (rng.random(1000) < 0.15).astype(float)
            studies.append(calibrate(values, MEASURES, rate, np.arange(1000) // 2, np.ones(1000, dtype=bool)))
        assert sum(bool(found) for found in studies) <= 6  # more have a probability of 0.3%

    def test_photographs_are_not_counted_twice(self) -> None:
        """Many images from few photographs are no evidence."""
        contrast = np.arange(1000, dtype=np.float32)
        rate = np.where(np.arange(1000) < 200, 1.0, 0.1)
        photographs = np.arange(1000) // 20
        assert calibrate({"contrast": contrast}, MEASURES, rate, None, np.ones(1000, dtype=bool))
        assert not calibrate({"contrast": contrast}, MEASURES, rate, photographs, np.ones(1000, dtype=bool))

    def test_doubtful_labels_do_not_count(self) -> None:
        """Errors at doubtful labels give no threshold."""
        contrast = np.arange(1000, dtype=np.float32)
        doubtful = np.arange(1000) < 190
        rate = np.where(doubtful, 1.0, 0.0)
        assert not calibrate({"contrast": contrast}, MEASURES, rate, None, ~doubtful)

    def test_many_equal_values(self) -> None:
        """A measure that is 0 for most images has no threshold at 0."""
        noise = np.zeros(1000, dtype=np.float32)
        rate = (np.arange(1000) % 10 == 0).astype(float)
        assert not calibrate({"noise": noise}, MEASURES, rate, None, np.ones(1000, dtype=bool))
