"""Properties of splits that hold for any labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svhnlab.data.splits import (
    Protocol,
    Split,
    check_given_parts,
    describe_given_parts,
    describe_split,
    photograph_strata,
    split_indices,
)
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


@st.composite
def photograph_sets(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and photographs of one to four adjacent images."""
    labels = draw(label_sets())
    sizes = np.random.default_rng(draw(SEEDS)).integers(1, 5, len(labels))
    return labels, np.repeat(np.arange(len(sizes)), sizes)[: len(labels)]


class TestSplitByPhotograph:
    @given(data=photograph_sets(), seed=SEEDS, protocol=st.sampled_from(["official", "tutorial"]))
    @settings(max_examples=60)
    def test_no_photograph_is_in_two_parts(
        self, data: tuple[np.ndarray, np.ndarray], seed: int, protocol: Protocol
    ) -> None:
        """The parts are complete, and have no photograph in common; or the message gives the way out."""
        labels, photographs = data
        try:
            split = split_indices(labels, 50, protocol=protocol, seed=seed, photographs=photographs)
        except InputError as error:
            assert "--split-by image" in str(error)
            return
        parts = list(parts_of_training_file(split).values())
        assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(labels)))
        numbers = [set(photographs[part]) for part in parts]
        assert sum(map(len, numbers)) == len(set(photographs))
        for part in parts:
            assert set(labels[part]) == set(range(10))

    @given(labels=label_sets(), seed=SEEDS, protocol=st.sampled_from(["official", "tutorial"]))
    @settings(max_examples=20)
    def test_photographs_of_one_image(self, labels: np.ndarray, seed: int, protocol: Protocol) -> None:
        """If each image is its own photograph, the split is that of the images."""
        by_image = split_indices(labels, 50, protocol=protocol, seed=seed)
        numbers = np.arange(len(labels)) * 3 + 5
        by_photograph = split_indices(labels, 50, protocol=protocol, seed=seed, photographs=numbers)
        for name, part in parts_of_training_file(by_image).items():
            assert np.array_equal(part, parts_of_training_file(by_photograph)[name])

    def test_the_share_is_that_of_the_photographs(self) -> None:
        """A tenth of the photographs is held out, and about a tenth of the images of each class."""
        rng = np.random.default_rng(0)
        photographs = np.repeat(np.arange(4_000), rng.integers(1, 4, 4_000))
        labels = rng.choice(10, len(photographs), p=np.arange(1, 11) / 55)
        split = split_indices(labels, 50, protocol="official", seed=0, photographs=photographs)
        assert len(set(photographs[split.validation])) == 400
        share = np.bincount(labels[split.validation]) / np.bincount(labels)
        assert (np.abs(share - 0.1) < 0.03).all()

    def test_class_in_one_photograph(self) -> None:
        """A class whose images are all from one photograph can't be in both parts."""
        labels = np.repeat(np.arange(10), 20)
        photographs = np.where(labels == 7, 1_000, np.arange(200))
        with pytest.raises(InputError, match=r"class 7 are from too few photographs.*--split-by image"):
            split_indices(labels, 50, protocol="official", seed=0, photographs=photographs)


class TestPhotographStrata:
    def test_rarest_class(self) -> None:
        """A photograph is stratified by the rarest of its classes; classes of too few photographs are merged."""
        labels = np.array([1, 1, 1, 1, 2, 1, 2, 0, 1])
        photographs = np.array([4, 4, 5, 6, 6, 7, 7, 9, 9])
        numbers, strata = photograph_strata(labels, photographs, at_least=1)
        assert numbers.tolist() == [4, 5, 6, 7, 9]
        assert strata.tolist() == [1, 1, 2, 2, 0]
        assert photograph_strata(labels, photographs, at_least=2)[1].tolist() == [1, 1, 2, 2, 1]


class TestTooFew:
    def test_many_classes(self) -> None:
        """The message is one line that names some of many classes."""
        with pytest.raises(InputError) as caught:
            split_indices(
                np.arange(200).repeat(3), 9, protocol="official", seed=0, class_names=[f"c{k}" for k in range(200)]
            )
        assert "class c7 has 3 and 192 more classes" in str(caught.value)
        assert len(str(caught.value)) < 400


class TestDescribe:
    def test_official(self) -> None:
        """The sentence states the protocol, its shares and the seed."""
        sentence = describe_split("official", seed=3, validation_share=0.125)
        for words in ("Official protocol", "87.5%", "12.5%", "seed 3", "whole test file"):
            assert words in sentence

    def test_unit(self) -> None:
        """The report says whether photographs or images were divided."""
        assert "no photograph has images in two parts" in describe_split("official", seed=0)
        assert "may be in two parts" in describe_split("tutorial", seed=0, unit="image")

    def test_tutorial(self) -> None:
        """The sentence for the tutorial protocol states that the test file is not used."""
        sentence = describe_split("tutorial", seed=0)
        for words in ("Tutorial protocol", "70%", "20%", "10%", "test file is not used"):
            assert words in sentence

    def test_pictures(self) -> None:
        """Pictures are in no training and test file, and their photographs are groups."""
        for protocol in ("official", "tutorial"):
            sentence = describe_split(protocol, seed=0, files=False)
            assert "file" not in sentence
            assert "photograph" not in sentence
            assert "no group has images in two parts" in sentence
        sentence = describe_split("official", seed=0, files=False, grouped=False)
        assert sentence.startswith("Of the training images, 90% are for training and 10% for validation")
        assert "group" not in sentence
        assert "20 validation images" in describe_given_parts(20, 40)


class TestCheckGivenParts:
    def test_class_without_images(self) -> None:
        """Every class has to be in the training and the validation part; it may be missing in the test."""
        labels = {"train": np.array([0, 1]), "validation": np.array([0, 1]), "test": np.array([0])}
        check_given_parts(labels, ("cat", "dog"))
        with pytest.raises(InputError, match="Class dog has no validation images"):
            check_given_parts({**labels, "validation": np.array([0])}, ("cat", "dog"))
