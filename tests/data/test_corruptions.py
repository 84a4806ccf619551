"""Corruptions of images."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from svhnlab.config.corruptions import CORRUPTIONS, SEVERITIES
from svhnlab.data.corruptions import corrupt, directions

#: Strength that changes nothing, of the corruptions that have one.
NEUTRAL = dict.fromkeys(
    ("blur", "sharpen", "noise", "brighter", "darker", "shift", "scale", "rotate", "cover", "paste"), 0
)
NEUTRAL |= {"contrast-up": 1, "contrast-down": 1}


def photographs(count: int, seed: int = 0) -> np.ndarray:
    """Smooth coloured images."""
    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.normal(size=(count, 3, 32, 32)), (0, 0, 3, 3))
    return (128 + 45 * smooth / smooth.std()).clip(0, 255).astype(np.uint8)


def change(
    images: np.ndarray, name: str, strength: float, *, seed: int = 0, rows: np.ndarray | None = None
) -> np.ndarray:
    numbers = np.arange(len(images)) if rows is None else rows
    chosen = images[numbers]
    return corrupt(chosen, name, strength, seed=seed, numbers=numbers, others=images)


class TestCorrupt:
    @given(st.sampled_from(list(CORRUPTIONS)), st.integers(1, 5), st.integers(0, 4), st.integers(0, 2**40))
    def test_shape_and_type(self, name, count, position, seed):
        """Every corruption at every strength keeps shape and type, and leaves the images given to it as they are."""
        images = photographs(count)
        before = images.copy()
        strengths = CORRUPTIONS[name].strengths
        changed = change(images, name, strengths[position % len(strengths)], seed=seed)
        assert changed.shape == images.shape
        assert changed.dtype == np.uint8
        assert (images == before).all()

    @given(st.sampled_from(list(NEUTRAL)), st.integers(0, 2**32))
    def test_neutral_strength(self, name, seed):
        """At the neutral strength nothing changes."""
        images = photographs(3, seed % 7)
        assert (change(images, name, NEUTRAL[name], seed=seed) == images).all()

    @pytest.mark.parametrize("name", [name for name, one in CORRUPTIONS.items() if len(one.strengths) > 1])
    def test_distance_grows_with_severity(self, name):
        """The mean distance from the original grows with the severity."""
        images = photographs(24).astype(np.int64)
        distances = [
            np.abs(change(images.astype(np.uint8), name, strength) - images).mean()
            for strength in CORRUPTIONS[name].strengths
        ]
        assert distances[0] > 0
        assert (np.diff(distances) > 0).all()

    @given(st.sampled_from(list(CORRUPTIONS)), st.sets(st.integers(0, 7), min_size=1), st.integers(0, 2**32))
    def test_depends_on_image_not_on_batch(self, name, rows, seed):
        """An image is changed in the same way alone and among others."""
        images = photographs(8)
        strength = CORRUPTIONS[name].strengths[-1]
        together = change(images, name, strength, seed=seed)
        chosen = np.array(sorted(rows))
        assert (change(images, name, strength, seed=seed, rows=chosen) == together[chosen]).all()

    @pytest.mark.parametrize("name", ["noise", "shift", "scale", "rotate", "paste"])
    def test_random_parts_depend_on_seed(self, name):
        """Another seed gives other noise, directions and pasted digits."""
        images = photographs(8)
        one, two = (change(images, name, CORRUPTIONS[name].strengths[-1], seed=seed) for seed in (0, 1))
        assert (one != two).any()

    def test_blur_is_that_of_scipy(self):
        """Blurring by matrix products equals the usual filter."""
        images = photographs(2)
        expected = gaussian_filter(images.astype(np.float64), (0, 0, 0.7, 0.7), mode="nearest")
        assert np.abs(change(images, "blur", 0.7) - expected).max() <= 0.51

    def test_shift(self):
        """Columns move in the direction of the image, and the border column is repeated."""
        images = photographs(16)
        changed = change(images, "shift", 3)
        for before, after, sign in zip(images, changed, directions(0, np.arange(16)), strict=True):
            moved = after[..., 3:] == before[..., :-3] if sign > 0 else after[..., :-3] == before[..., 3:]
            assert moved.all()
            border = after[..., :3] == before[..., :1] if sign > 0 else after[..., -3:] == before[..., -1:]
            assert border.all()

    def test_rotation_and_scaling(self):
        """A quarter turn and a doubled image are exact away from the border."""
        image = photographs(1)
        number = np.flatnonzero(directions(0, np.arange(20)) > 0)[:1]
        turned = corrupt(image, "rotate", 90, seed=0, numbers=number, others=image)
        assert (turned == np.rot90(image, k=-1, axes=(2, 3))).all()
        doubled = corrupt(image, "scale", 1.0, seed=0, numbers=number, others=image).astype(int)
        assert np.abs(doubled[..., ::2, ::2][..., 1:-1, 1:-1] - image[..., 8:24, 8:24][..., 1:-1, 1:-1]).max() < 25

    def test_brightness_keeps_hue(self):
        """The largest channel grows by the amount, and the ratios of the channels stay."""
        pixel = np.array([200, 100, 50], dtype=np.uint8).reshape(1, 3, 1, 1)
        changed = corrupt(pixel, "brighter", 0.2, seed=0, numbers=np.zeros(1, np.int64), others=pixel)
        assert changed.ravel().tolist() == [251, 126, 63]

    def test_sides(self):
        """Covering and pasting change the outer columns only; what is pasted is of another image."""
        images = photographs(6)
        for name in ("cover", "paste"):
            changed = change(images, name, 4)
            assert (changed[..., 4:28] == images[..., 4:28]).all()
        for number, pasted in enumerate(change(images, "paste", 4)):
            partners = [k for k in range(6) if (pasted[..., :4] == images[k, ..., 20:24]).all()]
            assert partners
            assert number not in partners

    @pytest.mark.parametrize(("name", "strength"), [("shift", 3), ("cover", 4), ("paste", 4)])
    def test_lengths_grow_with_the_image(self, name: str, strength: float) -> None:
        """A length in pixels is for images of 32 pixels: an image of twice the size is changed in the same way."""
        images = photographs(6)
        larger = images.repeat(2, axis=2).repeat(2, axis=3)
        options = {"seed": 0, "numbers": np.arange(6)}
        small = corrupt(images, name, strength, others=images, **options)
        large = corrupt(larger, name, strength, others=larger, **options)
        assert np.array_equal(large[:, :, ::2, ::2], small)


class TestCorruptions:
    def test_directions_are_balanced(self):
        """About half of the images have each direction."""
        assert abs(directions(0, np.arange(10_000)).mean()) < 0.05

    def test_steps(self):
        """A study evaluates three of five severities, and a change without degrees once."""
        assert CORRUPTIONS["blur"].steps == {1: 0.4, 3: 0.7, 5: 1.0}
        assert CORRUPTIONS["inverted"].steps == {5: 1.0}
        assert all(set(one.steps) <= set(SEVERITIES) for one in CORRUPTIONS.values())

    def test_describe(self):
        """The phrase names strength and direction."""
        assert CORRUPTIONS["blur"].describe(0.6) == "blurred by 0.6 px"
        assert CORRUPTIONS["shift"].describe(3, -1) == "shifted to the left by 3 px"
        assert CORRUPTIONS["contrast-up"].describe(1.5) == "with contrast raised to 150%"
