"""A study and its stored results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from svhnlab.store.schema.causes import Causes
from svhnlab.store.schema.comparison import Ensemble, SeedStatistics
from svhnlab.store.schema.data import AugmentationPreview, DataResult
from svhnlab.store.schema.dynamics import TrainingLabels
from svhnlab.store.schema.features import NeighbourImages
from svhnlab.store.schema.robustness import Robustness
from svhnlab.store.schema.runs import DIGITS, RandomSplit, Repeat, RunResult
from svhnlab.store.schema.statistics import Statistics
from svhnlab.store.schema.verdicts import Verdicts


@dataclass(frozen=True)
class Study:
    """A study and its stored results.

    Attributes
    ----------
    key
        Digest that identifies the study.
    profile
        "demo", "quick" or "full".
    data
        The data and their splits.
    augmentation
        Augmentation examples; None if they are not stored.
    runs
        Trained models by configuration, in the report's order.
    repeats
        All training runs by configuration, in the order of the seeds.
    seed_statistics
        By configuration, of those that are trained several times, once all their trainings are stored.
    statistics
        Intervals and tests over all stored configurations; None until they are computed.
    neighbour_images
        The training images that :class:`Evidence` refers to; None until they are stored.
    missing
        Configurations of the study that are not trained yet.
    settings
        Settings of the whole study.
    class_names
        Name of each class, in the order of the classes.
    verdicts
        Verdicts of persons on the test images; None if there are none.
    robustness
        Predictions on changed test images; None until they are computed.
    random_split
        Training with a random split of single images, for comparison; None if the study has none.
    without_suspects
        Training of the same configuration without images whose training label is suspected to be wrong; None if there
        is none.
    training_labels
        Scores of the training labels; None until they are computed.
    ensembles
        Averages of several models: of all configurations under `ALL`, and of the trainings of a configuration under its
        name; those that are computed.
    causes
        Evidence for the causes of errors; None until it is computed, and in the studies of earlier versions.
    """

    key: str
    profile: str
    data: DataResult
    augmentation: AugmentationPreview | None
    runs: dict[str, RunResult]
    repeats: dict[str, tuple[Repeat, ...]]
    seed_statistics: dict[str, SeedStatistics]
    statistics: Statistics | None
    neighbour_images: NeighbourImages | None
    missing: tuple[str, ...]
    settings: dict[str, Any]
    class_names: tuple[str, ...] = field(default=DIGITS)
    verdicts: Verdicts | None = None
    random_split: RandomSplit | None = None
    without_suspects: Repeat | None = None
    training_labels: TrainingLabels | None = None
    ensembles: dict[str, Ensemble] = field(default_factory=dict)
    causes: Causes | None = None
    robustness: Robustness | None = None
