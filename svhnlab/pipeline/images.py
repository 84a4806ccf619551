"""The images of a study, read and split according to its settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.sampling import FEWEST_POINTS, stratified
from svhnlab.config.profiles import SplitSettings
from svhnlab.data.image_stats import image_statistics
from svhnlab.data.mat import LabelledImages, read_format2
from svhnlab.data.photographs import photographs_of
from svhnlab.data.source import DataSource
from svhnlab.data.splits import describe_split, split_indices
from svhnlab.errors import InputError
from svhnlab.store.keys import StudySpec
from svhnlab.store.load import load, load_division
from svhnlab.store.schema import Division, ImageStatistics, TrainingLabels
from svhnlab.store.store import Store, StoredResult

if TYPE_CHECKING:  # it imports torch
    from svhnlab.pipeline.task import TrainingTask


@dataclass(frozen=True)
class Images:
    """The images of a study.

    Attributes
    ----------
    images, labels
        By split ("train", "validation", "test"): uint8 (N, 3, 32, 32), and classes from 0, shape (N,).
    division
        Position and photograph of each image, by split.
    statistics
        By split.
    true_labels
        Class that each image shows, by split, shape (N,); None if unknown. Known only for generated digits.
    protocol
        Description of the split in one sentence.
    """

    images: dict[str, NDArray[np.uint8]]
    labels: dict[str, NDArray[np.int64]]
    division: Division
    statistics: dict[str, ImageStatistics]
    true_labels: dict[str, NDArray[np.int64]] | None
    protocol: str

    @property
    def injected(self) -> NDArray[np.int64]:
        """Rows of the test split with an injected label error, shape (P,)."""
        truth = self.labels["test"] if self.true_labels is None else self.true_labels["test"]
        return np.flatnonzero(truth != self.labels["test"]).astype(np.int64)


def load_images(spec: StudySpec, source: DataSource, stored: StoredResult | None = None) -> Images:
    """Read the two files of a data source and split them according to the study's settings.

    Parameters
    ----------
    stored
        The stored data of the study, whose split is then used; photographs need not be found again.

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
    from_training_file = spec.split.protocol == "tutorial"
    files = {"train": training, "validation": training, "test": training if from_training_file else test}
    division = _divide(spec, training, test) if stored is None else load_division(stored)
    indices = division.indices
    images = {name: file.images[indices[name]] for name, file in files.items()}
    labels = {name: file.labels[indices[name]] for name, file in files.items()}
    if len(labels["test"]) < FEWEST_POINTS:
        raise InputError(
            f"{source.test} has {len(labels['test'])} images; the test of a study needs at least {FEWEST_POINTS}."
        )
    errors = {
        name: source.injected_test if name == "test" and not from_training_file else source.injected_train
        for name in files
    }
    truth = {name: errors[name].correct(file.labels, n_classes)[indices[name]] for name, file in files.items()}
    return Images(
        images=images,
        labels=labels,
        division=division,
        statistics={name: image_statistics(images[name], labels[name], len(spec.class_names)) for name in files},
        true_labels=truth if source.kind == "generated" else None,
        protocol=_describe(spec.split, len(indices["train"])),
    )


def load_task_images(task: TrainingTask, source: DataSource, store: Store) -> Images:
    """Read the images of a training task, and split them as its study is split, or at random if the task says so.

    If the task says so, training images with a suspected label are left out; they have to be stored.
    """
    images = load_images(task.data_spec, source, None if task.random_split else store.find(task.spec.data))
    if not task.without_suspects:
        return images
    stored = store.find(task.spec.analysis(task.spec.runs).dynamics)
    assert stored is not None
    return _without_training_images(images, load(TrainingLabels, stored).review.suspected)


def _without_training_images(images: Images, rows: NDArray[np.int64]) -> Images:
    """Return the images without some rows of the training split; the statistics are those of all images."""

    def kept(parts: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        return {**parts, "train": np.delete(parts["train"], rows, axis=0)}

    photographs = images.division.photographs
    return replace(
        images,
        images=kept(images.images),
        labels=kept(images.labels),
        division=Division(kept(images.division.indices), None if photographs is None else kept(photographs)),
        true_labels=None if images.true_labels is None else kept(images.true_labels),
    )


def _divide(spec: StudySpec, training: LabelledImages, test: LabelledImages) -> Division:
    settings = spec.split
    photographs = {"train": photographs_of(training), "test": photographs_of(test)}
    split = split_indices(
        training.labels,
        len(test.labels),
        protocol=settings.protocol,
        seed=settings.seed,
        validation_share=settings.validation_share,
        class_names=spec.class_names,
        photographs=photographs["train"] if settings.unit == "photograph" else None,
    )
    rows = split.train
    if settings.train_limit is not None and len(rows) > settings.train_limit:
        rows = rows[stratified(training.labels[rows], settings.train_limit, np.random.default_rng(settings.seed))]
    indices = {"train": rows, "validation": split.validation, "test": split.test}
    files = {"train": "train", "validation": "train", "test": split.test_file}
    return Division(indices, {name: photographs[file][indices[name]] for name, file in files.items()})


def _describe(settings: SplitSettings, n_train: int) -> str:
    protocol = describe_split(
        settings.protocol, seed=settings.seed, validation_share=settings.validation_share, unit=settings.unit
    )
    if n_train == settings.train_limit:
        protocol += f" Of the training images, a stratified sample of {n_train:,} is used."
    return protocol
