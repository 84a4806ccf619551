"""The images of a study, read and split according to its settings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.embedding import FEWEST_POINTS
from svhnlab.analysis.sampling import stratified
from svhnlab.data.image_stats import image_statistics
from svhnlab.data.mat import read_format2
from svhnlab.data.source import DataSource
from svhnlab.data.splits import Split, describe_split, split_indices
from svhnlab.errors import InputError
from svhnlab.store.keys import StudySpec
from svhnlab.store.schema import ImageStatistics


@dataclass(frozen=True)
class Images:
    """The images of a study.

    Attributes
    ----------
    images, labels
        By split ("train", "validation", "test"): uint8 (N, 3, 32, 32), and classes from 0, shape (N,).
    indices
        By split: position of each image in its file, shape (N,).
    statistics
        By split.
    injected
        Rows of the test split with an injected label error, shape (P,).
    injected_known
        Whether label errors are known; true only for generated digits.
    protocol
        Description of the split in one sentence.
    """

    images: dict[str, NDArray[np.uint8]]
    labels: dict[str, NDArray[np.int64]]
    indices: dict[str, NDArray[np.int64]]
    statistics: dict[str, ImageStatistics]
    injected: NDArray[np.int64]
    injected_known: bool
    protocol: str


def load_images(spec: StudySpec, source: DataSource) -> Images:
    """Read the two files of a data source and split them according to the study's settings.

    Raises
    ------
    InputError
        If a file cannot be used, its classes do not match ``study.toml``, or it has too few images.
    """
    n_classes = None if spec.named_classes is None else len(spec.named_classes)
    training, test = read_format2(source.train, n_classes), read_format2(source.test, n_classes)
    if n_classes is not None and training.labels.max() + 1 < n_classes:
        raise InputError(
            f"study.toml names {n_classes} classes, but the highest label in {source.train} is "
            f"{training.labels.max() + 1}; name one class for each label."
        )
    settings = spec.split
    split: Split = split_indices(
        training.labels,
        len(test.labels),
        protocol=settings.protocol,
        seed=settings.seed,
        validation_share=settings.validation_share,
        class_names=spec.class_names,
    )
    protocol = describe_split(settings.protocol, seed=settings.seed, validation_share=settings.validation_share)
    rows = split.train
    if settings.train_limit is not None and len(rows) > settings.train_limit:
        kept = stratified(training.labels[rows], settings.train_limit, np.random.default_rng(settings.seed))
        rows = rows[kept]
        protocol += f" Of the training images, a stratified sample of {len(rows):,} is used."
    from_training_file = split.test_file == "train"
    tested = training if from_training_file else test
    injected = source.injected_train if from_training_file else source.injected_test
    parts = {
        "train": (training, rows),
        "validation": (training, split.validation),
        "test": (tested, split.test),
    }
    images = {name: file.images[chosen] for name, (file, chosen) in parts.items()}
    labels = {name: file.labels[chosen] for name, (file, chosen) in parts.items()}
    if len(labels["test"]) < FEWEST_POINTS:
        raise InputError(
            f"{source.test} has {len(labels['test'])} images; the test of a study needs at least {FEWEST_POINTS}."
        )
    return Images(
        images=images,
        labels=labels,
        indices={name: chosen for name, (_, chosen) in parts.items()},
        statistics={name: image_statistics(images[name], labels[name], len(spec.class_names)) for name in parts},
        injected=np.flatnonzero(np.isin(split.test, injected.indices)).astype(np.int64),
        injected_known=source.kind == "generated",
        protocol=protocol,
    )
