"""Properties of splits that hold for any labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svhnlab.data.splits import Protocol, Split, describe_split, split_indices
from svhnlab.errors import InputError

SEEDS = st.integers(0, 2**32 - 1)
SHARES = {"train": 0.7, "validation": 0.2, "test": 0.1}


@st.composite
def label_sets(draw: st.DrawFn) -> np.ndarray:
    counts = draw(st.lists(st.integers(10, 60), min_size=10, max_size=10))
    labels = np.repeat(np.arange(10), counts)
    return np.random.default_rng(draw(SEEDS)).permutation(labels)


def parts_of_training_file(split: Split) -> dict[str, np.ndarray]:
    parts = {"train": split.train, "validation": split.validation}
    return parts | ({"test": split.test} if split.test_file == "train" else {})


class TestSplitIndices:
    @given(labels=label_sets(), seed=SEEDS, protocol=st.sampled_from(["official", "tutorial"]))
    @settings(max_examples=60)
    def test_every_training_image_is_in_one_part(self, labels: np.ndarray, seed: int, protocol: Protocol) -> None:
        """The parts of the training file do not overlap, are complete, and are sorted."""
        split = split_indices(labels, 50, protocol=protocol, seed=seed)
        parts = list(parts_of_training_file(split).values())
        assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(labels)))
        for part in parts:
            assert (np.diff(part) > 0).all()

    @given(labels=label_sets(), seed=SEEDS)
    @settings(max_examples=60)
    def test_official_is_stratified_within_one_image(self, labels: np.ndarray, seed: int) -> None:
        """Each digit's share of a part is its share of the file, up to one image."""
        split = split_indices(labels, 50, protocol="official", seed=seed)
        for part in (split.train, split.validation):
            exact = np.bincount(labels) * len(part) / len(labels)
            assert (np.abs(np.bincount(labels[part], minlength=10) - exact) < 1).all()
        assert len(split.validation) == np.ceil(0.1 * len(labels))

    @given(labels=label_sets(), seed=SEEDS)
    @settings(max_examples=60)
    def test_tutorial_is_stratified_within_two_images(self, labels: np.ndarray, seed: int) -> None:
        """The tutorial's parts have 70, 20 and 10 % of the file, and each digit its share of them."""
        split = split_indices(labels, 50, protocol="tutorial", seed=seed)
        for name, part in parts_of_training_file(split).items():
            assert abs(len(part) - SHARES[name] * len(labels)) < 2
            exact = np.bincount(labels) * len(part) / len(labels)
            assert (np.abs(np.bincount(labels[part], minlength=10) - exact) < 2).all()

    @given(labels=label_sets(), seed=SEEDS, protocol=st.sampled_from(["official", "tutorial"]))
    @settings(max_examples=60)
    def test_every_digit_is_in_every_part(self, labels: np.ndarray, seed: int, protocol: Protocol) -> None:
        """Every part has at least one image of each digit."""
        split = split_indices(labels, 50, protocol=protocol, seed=seed)
        for part in parts_of_training_file(split).values():
            assert set(labels[part]) == set(range(10))

    @given(
        labels=label_sets(),
        seed=st.integers(0, 2**32 - 2),
        protocol=st.sampled_from(["official", "tutorial"]),
    )
    @settings(max_examples=30)
    def test_the_seed_decides(self, labels: np.ndarray, seed: int, protocol: Protocol) -> None:
        """The same seed gives the same split, another seed another one."""
        split = split_indices(labels, 50, protocol=protocol, seed=seed)
        again = split_indices(labels, 50, protocol=protocol, seed=seed)
        other = split_indices(labels, 50, protocol=protocol, seed=seed + 1)
        for name, part in parts_of_training_file(split).items():
            assert np.array_equal(part, parts_of_training_file(again)[name])
        assert not np.array_equal(split.train, other.train)

    def test_official_test_is_the_whole_test_file(self) -> None:
        """All images of the test file are used, and none of the training file."""
        split = split_indices(np.repeat(np.arange(10), 20), 7, protocol="official", seed=0)
        assert split.test_file == "test"
        assert split.test.tolist() == list(range(7))

    def test_validation_share(self) -> None:
        """The validation share of the official protocol can be set."""
        split = split_indices(np.repeat(np.arange(10), 20), 7, protocol="official", seed=0, validation_share=0.25)
        assert len(split.validation) == 50

    @pytest.mark.parametrize("protocol", ["official", "tutorial"])
    def test_classes_with_too_few_images(self, protocol: Protocol) -> None:
        """The message states how many images these classes have, and how many they need."""
        labels = np.concatenate([np.repeat(np.arange(9), 20), [3] * 5, [9] * 4])
        labels = labels[labels != 7]
        with pytest.raises(InputError, match=r"class 7 has 0, class 9 has 4 images.* at least 10"):
            split_indices(labels, 7, protocol=protocol, seed=0)

    @pytest.mark.parametrize("share", [0.0, -0.1, 0.6, 1.0])
    def test_share_out_of_range(self, share: float) -> None:
        """A validation share that leaves a subset empty, or the training set smaller, is refused."""
        with pytest.raises(InputError, match="validation share"):
            split_indices(np.repeat(np.arange(10), 20), 7, protocol="official", seed=0, validation_share=share)


class TestDescribe:
    def test_official(self) -> None:
        """The sentence states the protocol, its shares and the seed."""
        sentence = describe_split("official", seed=3, validation_share=0.125)
        for words in ("Official protocol", "87.5%", "12.5%", "seed 3", "whole test file"):
            assert words in sentence

    def test_tutorial(self) -> None:
        """The sentence for the tutorial protocol states that the test file is not used."""
        sentence = describe_split("tutorial", seed=0)
        for words in ("Tutorial protocol", "70%", "20%", "10%", "test file is not used"):
            assert words in sentence
