"""Recipes: hyperparameters of each configuration in each profile, and of the pretraining on generated digits."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from svhnlab.config.architectures import ARCHITECTURES, CONFIGURATIONS, ProfileName

#: Side in pixels of the images for which lengths in pixels are given; on larger images they are as much larger.
REFERENCE_SIDE = 32
#: Sides in pixels at which pictures can be stored.
STORED_SIZES = (32, 64, 96, 128, 224)


@dataclass(frozen=True)
class Augmentation:
    """Strength of each label-preserving transform; values are drawn uniformly for every image.

    Images are never flipped, because a flipped digit, letter or sign has a different meaning.
    """

    rotation: float = 8.0  # degrees, in either direction
    translation: float = 0.08  # share of the image's side, in either direction
    scale: float = 0.12  # share, smaller or larger
    shear: float = 8.0  # degrees, in either direction, along x
    brightness: float = 0.15  # of the pixel range 0 to 1, up or down
    contrast: float = 0.35  # share, up or down
    saturation: float = 0.5  # share, up or down
    inversion: float = 0.25  # probability that the image is inverted
    cutout: int = 8  # side of the square in pixels of an image of 32; 0 for none
    cutout_probability: float = 0.5


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters of one configuration."""

    model: str  # a key of ARCHITECTURES
    image_size: int  # height and width of the model's input in pixels
    epochs: int
    batch_size: int  # images
    learning_rate: float  # peak of the one-cycle schedule
    weight_decay: float  # decoupled; for weights with two or more dimensions
    label_smoothing: float  # share of the target that is spread over all classes
    warmup: float = 0.25  # share of the steps in which the learning rate rises
    test_shift: int = (
        0  # pixels, of an image of 32, by which test-time augmentation shifts an image in four directions; 0 for none
    )
    augmentation: Augmentation | None = None
    muon: bool = False  # Muon instead of AdamW for the kernels of small convolutions

    @property
    def inputs(self) -> dict[str, Any]:
        """The hyperparameters as inputs of a key; `muon` only where it is used, so that older keys stay."""
        inputs = asdict(self)
        if not self.muon:
            del inputs["muon"]
        return inputs


def recipes_of(profile: ProfileName) -> dict[str, Recipe]:
    """Return the recipe of each configuration, by name."""
    recipes = {}
    for name, (model, augmented) in CONFIGURATIONS.items():
        schedule = ARCHITECTURES[model].schedules[profile]
        recipes[name] = Recipe(
            model=model,
            image_size=schedule.image_size,
            epochs=schedule.epochs,
            batch_size=schedule.batch_size,
            learning_rate=schedule.learning_rate,
            weight_decay=0.05,
            label_smoothing=0.1,
            test_shift=schedule.test_shift,
            augmentation=Augmentation() if augmented else None,
            muon=schedule.muon,
        )
    return recipes


@dataclass(frozen=True)
class Pretraining:
    """Settings of the pretraining on generated digits, which provides initial weights for runs."""

    images: int  # training images
    validation: int  # validation images
    seed: int  # of the digits, the random weights and the training
    recipe: Recipe


#: Pretraining for ``--weights generated``. Its digits differ from the demo's training and test digits. On 952
#: photographs, ResNet-18 with augmentation (profile quick, 3,979 training photographs, one seed) reached 94.7% after
#: this pretraining, and 90.5% after four epochs of 40,000 digits at a peak rate of 0.001.
PRETRAINING = Pretraining(
    images=200_000,
    validation=4_000,
    seed=1_000_003,
    recipe=replace(recipes_of("quick")["resnet18-aug"], epochs=3, batch_size=128, learning_rate=3e-3),
)
GENERATOR_VERSION: int = 2
"""Increased whenever the same seed gives different images or labels."""
#: Numbers of generated digits of the demo. New images raise the accuracy more than further epochs of the same ones: on
#: 2,400 validation images, ResNet-18 reached 85.8% after 3 epochs of 18,000 and 82.9% after 5 epochs of 10,800 images.
#: Test accuracy with these numbers, mean of three seeds: CNN 85.7% and 86.1% with augmentation, ResNet-18 88.7% and
#: 89.0% with augmentation (without Muon 86.8% and 87.3%).
DEMO_TRAIN, DEMO_TEST = 26_000, 4_000
