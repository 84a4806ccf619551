"""The images of a study, read and split according to its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.sampling import FEWEST_POINTS, stratified
from svhnlab.config.profiles import SplitSettings
from svhnlab.data.image_stats import image_statistics
from svhnlab.data.labelled_images import LabelledImages
from svhnlab.data.photographs import photographs_of
from svhnlab.data.sources.base import DataSource, Part
from svhnlab.data.splits import Split, check_given_parts, describe_given_parts, describe_split, split_indices
from svhnlab.errors import InputError
from svhnlab.image_rows import ImageArray, take
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
        By split ("train", "validation", "test"): uint8 (N, 3, H, W), and classes from 0, shape (N,).
    shown
        The images by split as the report shows and measures them, at no more than 64 pixels.
    division
        Position and photograph of each image, by split.
    statistics
        By split.
    true_labels
        Class that each image shows, by split, shape (N,); None if unknown. Known only for generated digits.
    protocol
        Description of the split in one sentence.
    properties
        Further columns of the test images by name, numbers or texts, shape (N,).
    names
        Name of each image in its source by split, shape (N,); None without names.
    """

    images: dict[str, ImageArray]
    shown: dict[str, ImageArray]
    labels: dict[str, NDArray[np.int64]]
    division: Division
    statistics: dict[str, ImageStatistics]
    true_labels: dict[str, NDArray[np.int64]] | None
    protocol: str
    properties: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    names: dict[str, NDArray[np.str_]] | None = None

    @property
    def injected(self) -> NDArray[np.int64]:
        """Rows of the test split with an injected label error, shape (P,)."""
        truth = self.labels["test"] if self.true_labels is None else self.true_labels["test"]
        return np.flatnonzero(truth != self.labels["test"]).astype(np.int64)


def load_images(spec: StudySpec, source: DataSource, stored: StoredResult | None = None) -> Images:
    """Read the parts of a data source and split them according to the study's settings.

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
    parts = source.read(n_classes)
    training = parts["train"]
    if n_classes is not None and training.labels.max() + 1 < n_classes:
        raise InputError(
            f"study.toml names {n_classes} classes, but the highest label in {source.location('train')} is "
            f"{training.labels.max() + 1}; name one class for each label."
        )
    tutorial = spec.split.protocol == "tutorial"
    if not tutorial and "test" not in parts:
        raise InputError(
            f"{source.location('test')} has no test images; add some, or divide the training images with --protocol "
            "tutorial."
        )
    validation = parts.get("validation", training)
    files = {
        "train": training,
        "validation": training if tutorial else validation,
        "test": training if tutorial else parts["test"],
    }
    division = _divide(spec, parts) if stored is None else load_division(stored)
    indices = division.indices
    labels = {name: file.labels[indices[name]] for name, file in files.items()}
    if len(labels["test"]) < FEWEST_POINTS:
        raise InputError(
            f"{source.location('test')} has {len(labels['test'])} images; the test of a study needs at least "
            f"{FEWEST_POINTS}."
        )
    truth = {name: file.true_labels[indices[name]] for name, file in files.items() if file.true_labels is not None}
    shown = {name: take(file.shown, indices[name]) for name, file in files.items()}
    names = {name: file.names[indices[name]] for name, file in files.items() if file.names is not None}
    reading = source.reading()
    return Images(
        images={name: take(file.images, indices[name]) for name, file in files.items()},
        shown=shown,
        labels=labels,
        division=division,
        statistics={name: image_statistics(shown[name], labels[name], len(spec.class_names)) for name in files},
        true_labels=truth or None,
        protocol=_describe(
            spec.split,
            {name: len(indices[name]) for name in files},
            given="validation" in parts,
            files=reading is None,
            grouped=reading is None or reading.named_groups,
        ),
        properties={name: values[indices["test"]] for name, values in files["test"].properties.items()},
        names=names or None,
    )


def count_groups(images: Images) -> dict[str, int | None]:
    """Return the number of photographs in each split; None where each image is its own."""
    counts: dict[str, int | None] = {}
    for split in images.labels:
        photographs = images.division.photographs_of(split)
        counts[split] = None if photographs is None else len(np.unique(photographs))
    return counts


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
    left = np.delete(np.arange(len(images.labels["train"])), rows)

    def kept(parts: dict[str, Any]) -> dict[str, Any]:
        return {**parts, "train": parts["train"][left]}

    photographs = images.division.photographs
    return replace(
        images,
        images={**images.images, "train": take(images.images["train"], left)},
        shown={**images.shown, "train": take(images.shown["train"], left)},
        labels=kept(images.labels),
        division=Division(kept(images.division.indices), None if photographs is None else kept(photographs)),
        true_labels=None if images.true_labels is None else kept(images.true_labels),
        names=None if images.names is None else kept(images.names),
    )


def _divide(spec: StudySpec, parts: Mapping[Part, LabelledImages]) -> Division:
    """Divide the parts of a source; validation images that it has are kept, except in the tutorial protocol."""
    settings, training = spec.split, parts["train"]
    photographs = {name: photographs_of(part) for name, part in parts.items()}
    files: dict[str, Part] = {"train": "train", "validation": "train", "test": "test"}
    if "validation" in parts and settings.protocol == "official":
        files["validation"] = "validation"
        rows_of = {name: np.arange(len(parts[name]), dtype=np.int64) for name in files.values()}
        split = Split(rows_of["train"], rows_of["validation"], rows_of["test"], test_file="test")
        check_given_parts({name: parts[name].labels for name in files.values()}, spec.class_names)
    else:
        split = split_indices(
            training.labels,
            len(parts["test"].labels) if "test" in parts else 0,
            protocol=settings.protocol,
            seed=settings.seed,
            validation_share=settings.validation_share,
            class_names=spec.class_names,
            photographs=photographs["train"] if settings.unit == "photograph" else None,
        )
        files["test"] = split.test_file
    rows = split.train
    if settings.train_limit is not None and len(rows) > settings.train_limit:
        rows = rows[stratified(training.labels[rows], settings.train_limit, np.random.default_rng(settings.seed))]
    indices = {"train": rows, "validation": split.validation, "test": split.test}
    return Division(indices, {name: photographs[file][indices[name]] for name, file in files.items()})


def _describe(settings: SplitSettings, counts: Mapping[str, int], *, given: bool, files: bool, grouped: bool) -> str:
    if given and settings.protocol == "official":
        protocol = describe_given_parts(counts["validation"], counts["test"])
    else:
        protocol = describe_split(
            settings.protocol,
            seed=settings.seed,
            validation_share=settings.validation_share,
            unit=settings.unit,
            files=files,
            grouped=grouped,
        )
    if counts["train"] == settings.train_limit:
        protocol += f" Of the training images, a stratified sample of {counts['train']:,} is used."
    return protocol
