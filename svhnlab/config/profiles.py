"""Profiles: named sets of all settings that affect the numbers of a study.

A profile fixes the number of images, resolution, epochs, batch size and schedule. Settings that only affect speed
(device, threads, memory layout) depend on the machine and are recorded with the result.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from svhnlab.config.architectures import ProfileName
from svhnlab.config.corruptions import CORRUPTIONS
from svhnlab.config.recipes import Recipe, recipes_of
from svhnlab.errors import InputError

Protocol = Literal["official", "tutorial"]
SplitUnit = Literal["photograph", "image"]
MAX_SEEDS = 1_000  # trainings of each configuration


@dataclass(frozen=True)
class EmbeddingSettings:
    """Settings of the t-SNE maps of the models' test features."""

    points: int  # number of test images on the maps, the same for all models; more if there are more errors
    most: int  # maximum number of test images on the maps
    components: int = 50  # principal components used as input to t-SNE


@dataclass(frozen=True)
class RobustnessSettings:
    """Number of test images whose changed versions are classified."""

    sample: int  # test images drawn at random, from which accuracies are estimated
    images: int  # in total: the sample, errors of any model, and images on the maps

    @property
    def inputs(self) -> dict[str, Any]:
        """The settings as part of a key, with severity and strength of each step of each corruption."""
        steps = {name: [list(step) for step in one.steps.items()] for name, one in CORRUPTIONS.items()}
        return {**asdict(self), "corruptions": steps}


@dataclass(frozen=True)
class SplitSettings:
    """Settings of the split into training, validation and test images."""

    protocol: Protocol = "official"
    validation_share: float = 0.1  # of the training file; the tutorial protocol has fixed shares
    seed: int = 0
    train_limit: int | None = None  # maximum number of training images, a stratified sample
    unit: SplitUnit = "photograph"  # what is divided; "image" as in earlier versions

    @property
    def inputs(self) -> dict[str, Any]:
        """The settings as part of a key; without the unit "image", so that results of earlier versions are found."""
        settings = asdict(self)
        if self.unit == "image":
            del settings["unit"]
        return settings


@dataclass(frozen=True)
class Profile:
    """A named set of settings.

    `feature_sample` has no effect. Earlier versions stored the features of that many training images with each run, but
    nothing read them. The field is kept because it is part of the key of every run (see
    :meth:`svhnlab.store.keys.StudySpec.run`); without it, stored runs would not be found.
    """

    name: ProfileName
    summary: str
    recipes: dict[str, Recipe]
    embedding: EmbeddingSettings
    robustness: RobustnessSettings
    feature_sample: int
    train_limit: int | None  # maximum number of training images
    resamples: int = 10_000  # bootstrap resamples of the test images
    random_split: bool = True  # train the CNN once more with a random split of single images, for comparison
    without_suspects: bool = True  # train the CNN once more without suspected training labels


PROFILES: dict[str, Profile] = {
    "demo": Profile(
        name="demo",
        summary="short trainings, all runs in minutes on two cores",
        recipes=recipes_of("demo"),
        embedding=EmbeddingSettings(points=600, most=600),
        robustness=RobustnessSettings(sample=200, images=240),
        feature_sample=2_000,
        train_limit=None,
        random_split=False,
        without_suspects=False,
    ),
    "quick": Profile(
        name="quick",
        summary="real photographs on a laptop: at most 15,000 training images at 32 px",
        recipes=recipes_of("quick"),
        embedding=EmbeddingSettings(points=3_000, most=12_000),
        robustness=RobustnessSettings(sample=1_500, images=2_500),
        feature_sample=5_000,
        train_limit=15_000,
    ),
    "full": Profile(
        name="full",
        summary="the whole training file, ResNet-18 at 64 px; hours on a CPU, minutes on a GPU",
        recipes=recipes_of("full"),
        embedding=EmbeddingSettings(points=5_000, most=12_000),
        robustness=RobustnessSettings(sample=3_000, images=8_000),
        feature_sample=10_000,
        train_limit=None,
    ),
}


def profile_named(name: str) -> Profile:
    """Return the profile with a name; raise ``InputError`` if there is none."""
    try:
        return PROFILES[name]
    except KeyError:
        raise InputError(f"There is no profile {name!r}; choose one of {', '.join(PROFILES)}.") from None
