"""A trained or imported model: its training history, further trainings of it, and all its stored results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from svhnlab.store.schema.features import AttributionCheck, Embedding, Evidence
from svhnlab.store.schema.files import Files, Stored
from svhnlab.store.schema.ood import OutOfDistribution
from svhnlab.store.schema.predictions import ClassScores, Predictions

#: Hyperparameters that older versions did not record, with the values that they used.
_UNRECORDED = {"test_shift": 0, "muon": False}

DIGITS: tuple[str, ...] = tuple(str(digit) for digit in range(10))


@dataclass(frozen=True)
class Epoch:
    """One epoch of a training history. Losses are mean cross-entropy in nats, accuracies are fractions."""

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    seconds: float
    images_per_second: float


@dataclass(frozen=True)
class History(Stored):
    """Training history.

    Attributes
    ----------
    best_epoch
        Epoch whose weights were kept, counted from 1; chosen on the validation split only.
    epochs
        One entry per epoch.
    """

    FILES: ClassVar[Files] = Files(json="history.json")

    best_epoch: int
    epochs: tuple[Epoch, ...]


@dataclass(frozen=True)
class RunResult:
    """One trained or imported model and all its stored results.

    Attributes
    ----------
    name
        Name of the configuration, e.g. "cnn", or the name under which its predictions were imported.
    title
        Title in the report, with the initial weights if relevant, e.g. "ResNet-18 (random start)".
    history
        One entry per epoch; empty if it was imported without.
    best_epoch
        Epoch whose weights were kept, counted from 1; chosen on the validation split only. The last one if it was
        imported.
    validation, test
        Predictions on these splits; `validation` is None if it was imported without.
    embedding
        t-SNE maps of the test features; None until they are computed.
    evidence
        Class centroids, nearest training images and occlusion maps; None until they are computed.
    settings
        All settings: model, schedule, augmentation, seed, initial weights. Of an imported model, see `imported`.
    environment
        Packages, device, threads, commit and wall time of the training, or of the import.
    key, checksum
        Name of the result in the store and the digest of its files.
    stored_bytes
        Total size of the result's files.
    ood
        Answers to out-of-distribution images; None until they are computed.
    attribution_check
        Checks of the occlusion maps; None until they are computed.
    """

    name: str
    title: str
    history: tuple[Epoch, ...]
    best_epoch: int
    validation: Predictions | None
    test: Predictions
    embedding: Embedding | None
    evidence: Evidence | None
    settings: dict[str, Any]
    environment: dict[str, Any]
    key: str
    checksum: str
    stored_bytes: int
    ood: OutOfDistribution | None = None
    attribution_check: AttributionCheck | None = None

    @property
    def imported(self) -> bool:
        """Whether its predictions were imported: then its recipe, initial weights and weights are not known."""
        return "recipe" not in self.settings

    @property
    def recipe(self) -> dict[str, Any]:
        """Hyperparameters of a trained model, as in `svhnlab.config.recipes.Recipe`, also of runs of older versions."""
        recorded = self.settings["recipe"]
        return {**recorded, **_UNRECORDED, **recorded}  # in the order of the record


@dataclass(frozen=True)
class Repeat(Stored):
    """One training run of a configuration; repeats differ only in the seed.

    Attributes
    ----------
    seed
        Seed of the training.
    test
        Class scores on the test images; features are left out, since they take fifty times the memory.
    """

    FILES: ClassVar[Files] = Files(arrays="predictions.npz")

    seed: int
    test: ClassScores


@dataclass(frozen=True)
class RandomSplit(Stored):
    """Training of a configuration in which single images were divided at random, not photographs; otherwise the same.

    Attributes
    ----------
    configuration
        Name of the configuration.
    best_epoch, epochs
        Epoch whose weights were kept, counted from 1, and number of epochs.
    validation, test
        Class scores; the test images are those of the study, the validation images are others.
    photographs
        Number of the photograph of each validation image, shape (V,).
    """

    FILES: ClassVar[Files] = Files(arrays="predictions.npz")

    configuration: str
    best_epoch: int
    epochs: int
    validation: ClassScores
    test: ClassScores
    photographs: NDArray[np.int64]
