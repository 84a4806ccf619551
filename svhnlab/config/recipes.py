"""What a study is: settings, profiles, and the names of the runs. Imports nothing heavy.

A profile fixes everything that changes the numbers (data size, resolution, epochs, batch, schedule); what only
changes the speed (device, threads, memory layout) is decided where the work is done and recorded there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from svhnlab.config.architectures import ARCHITECTURES, RUNS, ProfileName


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
GENERATOR_VERSION: int = 1
"""Raised whenever the same seed gives other pictures or labels."""
