"""The images of a study, read and divided as its plan says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.embedding import FEWEST_POINTS
from svhnlab.analysis.sampling import stratified
from svhnlab.data.image_stats import image_statistics
from svhnlab.data.mat import read_format2
from svhnlab.data.source import DataSource
from svhnlab.data.splits import Split, describe, split_indices
from svhnlab.errors import InputError
from svhnlab.store.keys import StudySpec
from svhnlab.store.schema import ImageStatistics


@dataclass(frozen=True)
class Images:
    """The images of a study by split, with their positions in the files they come from."""

    images: dict[str, NDArray[np.uint8]]
    labels: dict[str, NDArray[np.int64]]
    indices: dict[str, NDArray[np.int64]]
    statistics: dict[str, ImageStatistics]
    planted: NDArray[np.int64]  # rows of the test split whose label is known to be wrong
    planted_known: bool  # whether that is known at all, as it is of generated digits
    protocol: str


def load_images(plan: StudySpec, source: DataSource) -> Images:
    """Read the two files of a data source and divide them as the plan says."""
    own = None if plan.named_classes is None else len(plan.named_classes)
    training, test = read_format2(source.train, own), read_format2(source.test, own)
    if own is not None and training.labels.max() + 1 < own:
        raise InputError(
            f"study.toml names {own} classes, but the labels in {source.train} end at {training.labels.max() + 1}; "
            "name one for each label."
        )
    settings = plan.split
    split: Split = split_indices(
        training.labels,
        len(test.labels),
        protocol=settings.protocol,
        seed=settings.seed,
        validation_share=settings.validation_share,
        class_names=plan.class_names,
    )
    protocol = describe(settings.protocol, seed=settings.seed, validation_share=settings.validation_share)
    rows = split.train
    if settings.train_limit is not None and len(rows) > settings.train_limit:
        kept = stratified(training.labels[rows], settings.train_limit, np.random.default_rng(settings.seed))
        rows = rows[kept]
        protocol += f" Of the training images, a stratified sample of {len(rows):,} is used."
    from_training_file = split.test_file == "train"
    tested = training if from_training_file else test
    known = source.planted_train if from_training_file else source.planted_test
    parts = {
        "train": (training, rows),
        "validation": (training, split.validation),
        "test": (tested, split.test),
    }
    images = {name: file.images[chosen] for name, (file, chosen) in parts.items()}
    labels = {name: file.labels[chosen] for name, (file, chosen) in parts.items()}
    if len(labels["test"]) < FEWEST_POINTS:
        raise InputError(
            f"{source.test} has {len(labels['test'])} images; a study needs at least {FEWEST_POINTS} for its test."
        )
    return Images(
        images=images,
        labels=labels,
        indices={name: chosen for name, (_, chosen) in parts.items()},
        statistics={name: image_statistics(images[name], labels[name], len(plan.class_names)) for name in parts},
        planted_known=source.kind == "generated",
        planted=np.flatnonzero(np.isin(split.test, known.indices)).astype(np.int64),
        protocol=protocol,
    )
