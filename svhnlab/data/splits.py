"""Splits of the data into training, validation and test images, stratified by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from svhnlab.config.profiles import Protocol
from svhnlab.errors import InputError
from svhnlab.store.schema import DIGITS

TUTORIAL_VALIDATION_SHARE = 0.2
TUTORIAL_TEST_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class Split:
    """Positions of images in their files, int64, ascending.

    Attributes
    ----------
    train, validation
        Positions in the training file.
    test
        Positions in the file given by `test_file`.
    test_file
        "test" for the official protocol, "train" for the tutorial protocol, which does not use the test file.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    test_file: Literal["train", "test"]


def split_indices(
    train_labels: NDArray[np.integer[Any]],
    n_test: int,
    *,
    protocol: Protocol,
    seed: int,
    validation_share: float = 0.1,
    class_names: Sequence[str] = DIGITS,
) -> Split:
    """Split the data, stratified by class.

    In each subset, the number of images of a class deviates from exact proportionality by less than one in the official
    protocol, and by less than two in the tutorial protocol, which splits twice.

    Parameters
    ----------
    train_labels
        Classes of the images of the training file, integers from 0, shape (N,).
    n_test
        Number of images in the test file.
    protocol
        "official": training and validation sets from the training file, the whole test file as test set.
        "tutorial": 70 % training, 20 % validation and 10 % test, all from the training file.
    seed
        Seed of the split.
    validation_share
        Share of the training file for validation in the official protocol, above 0 and at most 0.5.
    class_names
        Name of each class.

    Returns
    -------
    Split
        Each subset of the training file has images of every class.

    Raises
    ------
    InputError
        If a class has too few images for that, or the share is out of range.
    """
    if not 0 < validation_share <= 0.5:
        raise InputError(f"The validation share is {validation_share:g}; choose one above 0 and at most 0.5.")
    smallest_share = validation_share if protocol == "official" else TUTORIAL_TEST_SHARE
    _check_counts(train_labels, ceil(1 / smallest_share), class_names)
    positions = np.arange(len(train_labels), dtype=np.int64)
    if protocol == "official":
        train, validation = _divide(positions, train_labels, validation_share, seed)
        return Split(train, validation, np.arange(n_test, dtype=np.int64), test_file="test")
    rest, test = _divide(positions, train_labels, TUTORIAL_TEST_SHARE, seed)
    train, validation = _divide(rest, train_labels, TUTORIAL_VALIDATION_SHARE / (1 - TUTORIAL_TEST_SHARE), seed)
    return Split(train, validation, test, test_file="train")


def describe_split(protocol: Protocol, *, seed: int, validation_share: float = 0.1) -> str:
    """Describe a split in one sentence, for the report."""
    if protocol == "official":
        return (
            f"Official protocol: {_percent(1 - validation_share)} of the training file for training and "
            f"{_percent(validation_share)} for validation (stratified by class, seed {seed}), and the "
            "whole test file for the test."
        )
    train_share = 1 - TUTORIAL_VALIDATION_SHARE - TUTORIAL_TEST_SHARE
    return (
        f"Tutorial protocol: {_percent(train_share)} training, {_percent(TUTORIAL_VALIDATION_SHARE)} "
        f"validation and {_percent(TUTORIAL_TEST_SHARE)} test, all from the training file alone "
        f"(stratified by class, seed {seed}); the test file is not used."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"


def _check_counts(labels: NDArray[np.integer[Any]], at_least: int, class_names: Sequence[str]) -> None:
    counts = np.bincount(labels, minlength=len(class_names))
    too_few = [f"class {name} has {count}" for name, count in zip(class_names, counts, strict=True) if count < at_least]
    if too_few:
        raise InputError(
            f"The training file is too small to be split by class: {', '.join(too_few)} images, but every "
            f"class needs at least {at_least}; add images, or name the classes in study.toml if there are others."
        )


def _divide(
    indices: NDArray[np.int64], labels: NDArray[np.integer[Any]], share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split indices into two sorted subsets, stratified by label; `share` is the share of the second."""
    first, second = train_test_split(indices, test_size=share, stratify=labels[indices], random_state=seed)
    return np.sort(first), np.sort(second)
