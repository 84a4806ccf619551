"""What a study is: settings, profiles, and the names of the runs. Imports nothing heavy.

A profile fixes everything that changes the numbers (data size, resolution, epochs, batch, schedule); what only
changes the speed (device, threads, memory layout) is decided where the work is done and recorded there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from svhnlab.errors import InputError

ModelName = Literal["cnn", "resnet18"]
ProfileName = Literal["demo", "quick", "full"]
Protocol = Literal["official", "tutorial"]

#: Every run of a study by name, with the model it trains and whether it augments, in the report's order.
RUNS: dict[str, tuple[ModelName, bool]] = {
    "cnn": ("cnn", False),
    "cnn-aug": ("cnn", True),
    "resnet18": ("resnet18", False),
    "resnet18-aug": ("resnet18", True),
}

MODEL_TITLES: dict[ModelName, str] = {"cnn": "Two-layer CNN", "resnet18": "ResNet-18"}


@dataclass(frozen=True)
class Augmentation:
    """Strength of each label-keeping transform; every image draws its own values uniformly.

    Nothing mirrors: a mirrored 2 is no 2.
    """

    rotation: float = 8.0  # degrees, either way
    translation: float = 0.08  # share of the image side, either way
    scale: float = 0.12  # share, smaller or larger
    shear: float = 8.0  # degrees, either way, along x
    brightness: float = 0.15  # of the range 0-1, either way
    contrast: float = 0.35  # share, either way
    saturation: float = 0.5  # share, either way
    inversion: float = 0.25  # probability that light and dark are swapped
    cutout: int = 8  # side of the grey square, pixels; 0 for none
    cutout_probability: float = 0.5


@dataclass(frozen=True)
class Recipe:
    """How one run is trained."""

    model: ModelName
    image_size: int  # side in pixels at which the model sees the image
    epochs: int
    batch_size: int  # images
    learning_rate: float  # peak of the one-cycle schedule
    weight_decay: float  # decoupled, on weights with two or more dimensions only
    label_smoothing: float  # share of the target spread over all classes
    warmup: float = 0.25  # share of the steps during which the learning rate rises
    augmentation: Augmentation | None = None


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
    """Settings that belong together."""

    name: ProfileName
    summary: str
    recipes: dict[str, Recipe]
    embedding: EmbeddingSettings
    feature_sample: int  # training images whose features are stored, stratified
    train_limit: int | None  # training images used at most
    resamples: int = 10_000  # of the bootstrap over test images


def _recipes(
    cnn_epochs: tuple[int, int], resnet_epochs: tuple[int, int], image_size: int, batch: int, rate: float
) -> dict[str, Recipe]:
    """One recipe for each run; epochs are given without and with augmentation."""
    recipes = {}
    for name, (model, augmented) in RUNS.items():
        cnn = model == "cnn"
        recipes[name] = Recipe(
            model=model,
            image_size=32 if cnn else image_size,
            epochs=(cnn_epochs if cnn else resnet_epochs)[augmented],
            batch_size=128 if cnn else batch,
            learning_rate=2e-3 if cnn else rate,
            weight_decay=0.05,
            label_smoothing=0.1,
            augmentation=Augmentation() if augmented else None,
        )
    return recipes


PROFILES: dict[str, Profile] = {
    "demo": Profile(
        name="demo",
        summary="generated digits, all four runs in minutes on two cores",
        recipes=_recipes((6, 8), (3, 3), image_size=32, batch=128, rate=1e-3),
        embedding=EmbeddingSettings(points=1_000, most=1_000),
        feature_sample=2_000,
        train_limit=None,
    ),
    "quick": Profile(
        name="quick",
        summary="real photographs on a laptop: at most 15,000 training images at 32 px",
        recipes=_recipes((20, 40), (20, 30), image_size=32, batch=128, rate=1e-3),
        embedding=EmbeddingSettings(points=3_000, most=12_000),
        feature_sample=5_000,
        train_limit=15_000,
    ),
    "full": Profile(
        name="full",
        summary="the whole training file, ResNet-18 at 64 px; hours on a CPU, minutes on a GPU",
        recipes=_recipes((20, 30), (15, 20), image_size=64, batch=256, rate=1e-3),
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


def runs_named(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the chosen runs in the report's order, all of them when none is named."""
    unknown = [name for name in names if name not in RUNS]
    if unknown:
        raise InputError(f"There is no run {unknown[0]!r}; choose from {', '.join(RUNS)}.")
    return tuple(name for name in RUNS if not names or name in names)


def run_title(name: str, start: str) -> str:
    """Name of a run for people, e.g. ``ResNet-18 with augmentation (random start)``.

    Parameters
    ----------
    name
        A key of :data:`RUNS`.
    start
        Kind of start weights: "random", "imagenet" or "file".
    """
    model, augmented = RUNS[name]
    title = MODEL_TITLES[model] + (" with augmentation" if augmented else "")
    if model == "cnn":
        return title
    return f"{title} ({ ({'random': 'random start', 'imagenet': 'ImageNet', 'file': 'own start weights'}[start]) })"
