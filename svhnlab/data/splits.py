"""Splits of the data into training, validation and test images, stratified by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from svhnlab.config.profiles import Protocol, SplitUnit
from svhnlab.errors import InputError
from svhnlab.store.schema import DIGITS

TUTORIAL_VALIDATION_SHARE = 0.2
TUTORIAL_TEST_SHARE = 0.1
MOST_NAMED = 8
"""Number of classes that an error message names."""


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
    photographs: NDArray[np.int64] | None = None,
) -> Split:
    """Split the data, stratified by class.

    Photographs are split, not images: all images from one photograph are in the same part, since an image in the
    validation part would otherwise overlap images that were trained on. Photographs are stratified by the rarest class
    among their images. If each image is its own photograph, the number of images of a class in a part differs from its
    share of the training file by less than one in the official protocol, and by less than two in the tutorial's, which
    splits twice.

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
        Seed of the split.
    validation_share
        Share of the photographs of the training file for validation in the official protocol, above 0 and at most 0.5.
    class_names
        Name of each class.
    photographs
        Number of the photograph of each image of the training file, shape (N,); when None each image is its own.

    Returns
    -------
    Split
        Each part of the training file has images of every class.

    Raises
    ------
    InputError
        If a class has too few images or photographs for that, or the share is out of range.
    """
    if not 0 < validation_share <= 0.5:
        raise InputError(f"The validation share is {validation_share:g}; choose one above 0 and at most 0.5.")
    smallest_share = validation_share if protocol == "official" else TUTORIAL_TEST_SHARE
    _check_counts(train_labels, ceil(1 / smallest_share), class_names)
    positions = np.arange(len(train_labels), dtype=np.int64)
    groups = positions if photographs is None else photographs
    if protocol == "official":
        train, validation = _divide(positions, train_labels, groups, validation_share, seed)
        split = Split(train, validation, np.arange(n_test, dtype=np.int64), test_file="test")
    else:
        rest, test = _divide(positions, train_labels, groups, TUTORIAL_TEST_SHARE, seed)
        second_share = TUTORIAL_VALIDATION_SHARE / (1 - TUTORIAL_TEST_SHARE)
        train, validation = _divide(rest, train_labels, groups, second_share, seed)
        split = Split(train, validation, test, test_file="train")
    _check_parts(split, train_labels, class_names)
    return split


def photograph_strata(
    labels: NDArray[np.integer[Any]], photographs: NDArray[np.int64], at_least: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the photographs, each with the class by which it is stratified: the rarest class among its images.

    Parameters
    ----------
    labels, photographs
        Class and photograph of each image, shape (N,).
    at_least
        Classes that would stratify fewer photographs are merged into the most frequent one.

    Returns
    -------
    The photographs, ascending, and their classes, both of shape (G,).
    """
    numbers, of_image = np.unique(photographs, return_inverse=True)
    by_frequency = np.argsort(np.bincount(labels), kind="stable")
    rank = np.argsort(by_frequency)  # 0 for the rarest class
    rarest = np.full(len(numbers), len(rank))
    np.minimum.at(rarest, of_image, rank[labels])
    strata = by_frequency[rarest]
    counts = np.bincount(strata)
    small = counts[strata] < at_least
    return numbers, np.where(small, counts.argmax(), strata).astype(np.int64)


def describe_split(
    protocol: Protocol,
    *,
    seed: int,
    validation_share: float = 0.1,
    unit: SplitUnit = "photograph",
    files: bool = True,
    grouped: bool = True,
) -> str:
    """Describe a split in one or two sentences, for the report.

    Parameters
    ----------
    files
        Whether the images are in a training and a test file; else they are pictures, whose photographs are groups.
    grouped
        Whether the data name groups of pictures, which are divided as a whole.
    """
    training, unused = ("training file", "test file is") if files else ("training images", "test images are")
    group = "photograph" if files else "group"
    note = {
        "photograph": f"{group.capitalize()}s were kept whole: no {group} has images in two parts.",
        "image": f"Images were divided, so that images from one {group} may be in two parts; validation accuracy is "
        f"then higher than on new {group}s.",
    }[unit]
    note = f" {note}" if files or grouped else ""
    if protocol == "official":
        parts = f"{_percent(1 - validation_share)}", f"{_percent(validation_share)}"
        if files:
            return (
                f"Official protocol: {parts[0]} of the {training} for training and {parts[1]} for validation "
                f"(stratified by class, seed {seed}), and the whole test file for the test.{note}"
            )
        return (
            f"Of the {training}, {parts[0]} are for training and {parts[1]} for validation (stratified by class, seed "
            f"{seed}); all test images are for the test.{note}"
        )
    train_share = 1 - TUTORIAL_VALIDATION_SHARE - TUTORIAL_TEST_SHARE
    return (
        f"Tutorial protocol: {_percent(train_share)} training, {_percent(TUTORIAL_VALIDATION_SHARE)} "
        f"validation and {_percent(TUTORIAL_TEST_SHARE)} test, all from the {training} alone "
        f"(stratified by class, seed {seed}); the {unused} not used.{note}"
    )


def describe_given_parts(n_validation: int, n_test: int) -> str:
    """Describe parts that the data come with, in one sentence."""
    return (
        f"The data come in three parts: training images, {n_validation:,} validation images and {n_test:,} test images."
    )


def check_given_parts(labels: Mapping[str, NDArray[np.integer[Any]]], class_names: Sequence[str]) -> None:
    """Raise ``InputError`` unless every class has images in the parts that a model is fitted on.

    Parameters
    ----------
    labels
        Classes of the images of "train" and "validation", and of other parts.
    """
    for part in ("train", "validation"):
        lacking = [name for k, name in enumerate(class_names) if not (labels[part] == k).any()]
        if lacking:
            raise InputError(
                f"Class {', '.join(lacking[:3])}{' and others have' if len(lacking) > 3 else ' has'} no {part} images; "
                "add some, or remove the validation images to have them drawn from the training images."
            )


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"


def _check_counts(labels: NDArray[np.integer[Any]], at_least: int, class_names: Sequence[str]) -> None:
    counts = np.bincount(labels, minlength=len(class_names))
    too_few = [f"class {name} has {count}" for name, count in zip(class_names, counts, strict=True) if count < at_least]
    if too_few:
        more = f" and {len(too_few) - MOST_NAMED} more classes have too few" if len(too_few) > MOST_NAMED else ""
        raise InputError(
            f"There are too few training images to be split by class: {', '.join(too_few[:MOST_NAMED])}{more} images, "
            f"but every class needs at least {at_least}; add images, or a validation part for pictures, or name the "
            "classes in study.toml if Format 2 files have others."
        )


def _check_parts(split: Split, labels: NDArray[np.integer[Any]], class_names: Sequence[str]) -> None:
    parts = [split.train, split.validation] + ([split.test] if split.test_file == "train" else [])
    lacking = [name for k, name in enumerate(class_names) if not all((labels[part] == k).any() for part in parts)]
    if lacking:
        more = f" and {len(lacking) - MOST_NAMED} more classes" if len(lacking) > MOST_NAMED else ""
        raise InputError(
            f"The images of class {', '.join(lacking[:MOST_NAMED])}{more} are from too few photographs to be in every "
            "part; add images, or use --split-by image."
        )


def _divide(
    indices: NDArray[np.int64],
    labels: NDArray[np.integer[Any]],
    photographs: NDArray[np.int64],
    share: float,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split indices in two by photograph; `share` is that of the second part. Both are sorted."""
    # its import takes half as long as torch's, and a stored split is not computed again
    from sklearn.model_selection import train_test_split  # noqa: PLC0415

    # With so many photographs in each stratum there are no more strata than photographs in the second part.
    numbers, strata = photograph_strata(labels[indices], photographs[indices], at_least=ceil(1 / share))
    _, second = train_test_split(numbers, test_size=share, stratify=strata, random_state=seed)
    in_second = np.isin(photographs[indices], second)
    return indices[~in_second], indices[in_second]
