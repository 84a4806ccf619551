"""What a study is: settings, profiles, and the names of the runs. Imports nothing heavy.

A profile fixes everything that changes the numbers (data size, resolution, epochs, batch, schedule); what only
changes the speed (device, threads, memory layout) is decided where the work is done and recorded there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from svhnlab.config.architectures import ProfileName
from svhnlab.config.recipes import Recipe, _recipes
from svhnlab.errors import InputError

Protocol = Literal["official", "tutorial"]
MOST_SEEDS = 1_000  # trainings of each run; the report's chapter on several machines reckons what so many take


@dataclass(frozen=True)
class EmbeddingSettings:
    """The t-SNE maps of the runs' test features."""

    points: int  # test images on the maps, the same for every run; more where all errors need more places
    most: int  # never more than this many
    components: int = 50  # principal components that t-SNE starts from


@dataclass(frozen=True)
class SplitSettings:
    """How images become training, validation and test set."""

    protocol: Protocol = "official"
    validation_share: float = 0.1  # of the training file; the tutorial's protocol has its own shares
    seed: int = 0
    train_limit: int | None = None  # keep at most this many training images, stratified


@dataclass(frozen=True)
class Profile:
    """Settings that belong together.

    `feature_sample` changes nothing any more: the features of so many training images were stored with each run until
    version 0.1, and nothing read them. It stays because it is part of the key of every run (see
    :meth:`svhnlab.store.keys.StudySpec.run`), so that runs stored before are still found.
    """

    name: ProfileName
    summary: str
    recipes: dict[str, Recipe]
    embedding: EmbeddingSettings
    feature_sample: int
    train_limit: int | None  # training images used at most
    resamples: int = 10_000  # of the bootstrap over test images


PROFILES: dict[str, Profile] = {
    "demo": Profile(
        name="demo",
        summary="short trainings, all four runs in minutes on two cores",
        recipes=_recipes("demo"),
        embedding=EmbeddingSettings(points=600, most=600),
        feature_sample=2_000,
        train_limit=None,
    ),
    "quick": Profile(
        name="quick",
        summary="real photographs on a laptop: at most 15,000 training images at 32 px",
        recipes=_recipes("quick"),
        embedding=EmbeddingSettings(points=3_000, most=12_000),
        feature_sample=5_000,
        train_limit=15_000,
    ),
    "full": Profile(
        name="full",
        summary="the whole training file, ResNet-18 at 64 px; hours on a CPU, minutes on a GPU",
        recipes=_recipes("full"),
        embedding=EmbeddingSettings(points=5_000, most=12_000),
        feature_sample=10_000,
        train_limit=None,
    ),
}


def profile_named(name: str) -> Profile:
    """Return the profile of that name; ``InputError`` for an unknown one."""
    try:
        return PROFILES[name]
    except KeyError:
        raise InputError(f"There is no profile {name!r}; choose one of {', '.join(PROFILES)}.") from None
