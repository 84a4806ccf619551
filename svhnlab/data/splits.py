"""Splits of the data: which images a model learns from, which choose its best epoch, and which judge it."""

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
        Positions in the file that `test_file` names.
    test_file
        "test" for the official protocol, "train" for the tutorial's, which leaves the test file unused.
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

    The share of each class in a part is that of the training file, up to rounding: by less than one image for
    the official protocol, by less than two for the tutorial's, which divides twice.

    Parameters
    ----------
    train_labels
        Classes of the images of the training file, integers from 0, shape (N,).
    n_test
        Number of images in the test file.
    protocol
        "official": training and validation from the training file, the whole test file for the test.
        "tutorial": 70 % training, 20 % validation and 10 % test, all from the training file.
    seed
        Decides which images go where.
    validation_share
        Share of the training file that goes to validation in the official protocol, between 0 and 0.5.
    class_names
        Name of each class.

    Returns
    -------
    Split
        Every class is in each part that comes from the training file.

    Raises
    ------
    InputError
        If a class has too few images for that, or the share is out of range.
    """
    if not 0 < validation_share <= 0.5:
        raise InputError(f"The validation share is {validation_share:g}; choose one above 0 and at most 0.5.")
    smallest_share = validation_share if protocol == "official" else TUTORIAL_TEST_SHARE
    _check_counts(train_labels, ceil(1 / smallest_share), class_names)
    everything = np.arange(len(train_labels), dtype=np.int64)
    if protocol == "official":
        train, validation = _divide(everything, train_labels, validation_share, seed)
        return Split(train, validation, np.arange(n_test, dtype=np.int64), test_file="test")
    rest, test = _divide(everything, train_labels, TUTORIAL_TEST_SHARE, seed)
    train, validation = _divide(rest, train_labels, TUTORIAL_VALIDATION_SHARE / (1 - TUTORIAL_TEST_SHARE), seed)
    return Split(train, validation, test, test_file="train")


def describe(protocol: Protocol, *, seed: int, validation_share: float = 0.1) -> str:
    """Say in one sentence how the data were split, for the report."""
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
    scarce = [f"class {name} has {count}" for name, count in zip(class_names, counts, strict=True) if count < at_least]
    if scarce:
        raise InputError(
            f"The training file is too small to be split by class: {', '.join(scarce)} images, but every "
            f"class needs at least {at_least}; add images, or name the classes in study.toml where there are others."
        )


def _divide(
    indices: NDArray[np.int64], labels: NDArray[np.integer[Any]], share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Take a share of the indices away, stratified by their labels; return what stays and what was taken."""
    stays, taken = train_test_split(indices, test_size=share, stratify=labels[indices], random_state=seed)
    return np.sort(stays), np.sort(taken)
