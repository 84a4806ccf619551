"""What a study is: settings, profiles, and the names of the runs. Imports nothing heavy.

A profile fixes everything that changes the numbers (data size, resolution, epochs, batch, schedule); what only
changes the speed (device, threads, memory layout) is decided where the work is done and recorded there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from svhnlab.errors import InputError

ProfileName = Literal["demo", "quick", "full"]
Protocol = Literal["official", "tutorial"]

MOST_SEEDS = 1_000  # trainings of each run; the report's chapter on several machines reckons what so many take


@dataclass(frozen=True)
class Augmentation:
    """Strength of each label-keeping transform; every image draws its own values uniformly.

    Nothing mirrors, since that changes what digits, letters and signs say.
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

    model: str  # a key of ARCHITECTURES
    image_size: int  # side in pixels at which the model sees the image
    epochs: int
    batch_size: int  # images
    learning_rate: float  # peak of the one-cycle schedule
    weight_decay: float  # decoupled, on weights with two or more dimensions only
    label_smoothing: float  # share of the target spread over all classes
    warmup: float = 0.25  # share of the steps during which the learning rate rises
    test_shift: int = 0  # pixels; tested on the image and on it moved up, down, left and right by so many, averaged
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


@dataclass(frozen=True)
class Schedule:
    """How long and in which steps a model is trained in one profile."""

    epochs: tuple[int, int]  # without and with augmentation
    learning_rate: float  # peak of the one-cycle schedule
    image_size: int = 32  # side in pixels at which the model sees the image
    batch_size: int = 128  # images
    test_shift: int = 0  # pixels, see Recipe


@dataclass(frozen=True)
class Architecture:
    """A model that studies train, without and with augmentation.

    Attributes
    ----------
    title
        Name for people.
    network
        Its class, a :class:`svhnlab.models.Classifier`, as ``module:Class``; named, since the report loads no torch.
    layers
        What the report says of its layers, Markdown that follows "It has".
    schedules
        Of each profile.
    pretrained
        Whether it starts from weights of another training, those of torchvision's ResNet-18 for ImageNet or a file's,
        and not always from random numbers.
    """

    title: str
    network: str
    layers: str
    schedules: dict[ProfileName, Schedule]
    pretrained: bool = False


#: Every model of a study by name, in the report's order. A further entry is a further model in each study.
ARCHITECTURES: dict[str, Architecture] = {
    "cnn": Architecture(
        title="Two-layer CNN",
        network="svhnlab.models:TwoLayerCNN",
        layers="two convolution layers with kernels of 5 by 5 pixels (32 and 64 channels), each followed by 2 by 2 "
        "maximum pooling, batch normalisation and ReLU, a linear layer of 256 units, normalised in the same way, and a "
        "linear classifier, with dropout before both",
        schedules={
            "demo": Schedule((6, 8), 2e-3),
            "quick": Schedule((20, 40), 2e-3),
            "full": Schedule((20, 30), 2e-3),
        },
    ),
    "resnet18": Architecture(
        title="ResNet-18",
        network="svhnlab.models:ResNet18",
        layers="eighteen layers with weights [@he2016]: a convolution, eight blocks of two convolutions with a way "
        "past each block, and a new linear classifier on the averages of the last maps",
        schedules={
            "demo": Schedule((3, 3), 1e-3),
            "quick": Schedule((20, 36), 1e-3, batch_size=64, test_shift=2),
            "full": Schedule((15, 20), 1e-3, image_size=64, batch_size=256, test_shift=1),
        },
        pretrained=True,
    ),
}

#: Every run of a study by name, with the model it trains and whether it augments, in the report's order.
RUNS: dict[str, tuple[str, bool]] = {
    f"{model}{'-aug' if augmented else ''}": (model, augmented)
    for model in ARCHITECTURES
    for augmented in (False, True)
}

#: The runs of the 2 by 2 design of model and augmentation: the small model without and with, then the deep one.
DESIGN = ("cnn", "cnn-aug", "resnet18", "resnet18-aug")


def _recipes(profile: ProfileName) -> dict[str, Recipe]:
    """One recipe for each run."""
    recipes = {}
    for name, (model, augmented) in RUNS.items():
        schedule = ARCHITECTURES[model].schedules[profile]
        recipes[name] = Recipe(
            model=model,
            image_size=schedule.image_size,
            epochs=schedule.epochs[augmented],
            batch_size=schedule.batch_size,
            learning_rate=schedule.learning_rate,
            weight_decay=0.05,
            label_smoothing=0.1,
            test_shift=schedule.test_shift,
            augmentation=Augmentation() if augmented else None,
        )
    return recipes


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


@dataclass(frozen=True)
class Pretraining:
    """A training on generated digits whose weights others can start from."""

    images: int  # generated for it
    validation: int  # more of them, to choose the epoch
    seed: int  # of the digits, the weights and the training
    recipe: Recipe


#: What ``--weights generated`` starts ResNet-18 from. Its digits are none of those that the demo trains or tests on.
PRETRAINING = Pretraining(
    images=40_000,
    validation=2_000,
    seed=1_000_003,
    recipe=replace(_recipes("quick")["resnet18-aug"], epochs=4, batch_size=128),
)


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


#: Each kind of start weights as the name of a run tells it.
START_TITLES = {
    "random": "random start",
    "imagenet": "ImageNet",
    "generated": "generated digits",
    "file": "own start weights",
}


def run_title(name: str, start: str) -> str:
    """Name of a run for people, e.g. ``ResNet-18 with augmentation (random start)``.

    Parameters
    ----------
    name
        A key of :data:`RUNS`.
    start
        Kind of start weights, see :class:`svhnlab.training.start.Start`.
    """
    model, augmented = RUNS[name]
    architecture = ARCHITECTURES[model]
    title = architecture.title + (" with augmentation" if augmented else "")
    if not architecture.pretrained:
        return title
    return f"{title} ({START_TITLES[start]})"
