"""What a study is: settings, profiles, and the names of the runs. Imports nothing heavy.

A profile fixes everything that changes the numbers (data size, resolution, epochs, batch, schedule); what only
changes the speed (device, threads, memory layout) is decided where the work is done and recorded there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from svhnlab.errors import InputError

ProfileName = Literal["demo", "quick", "full"]


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
        Its class, a :class:`svhnlab.models.networks.Classifier`, as ``module:Class``; a name, since
        the report loads no torch.
    layers
        What the report says of its layers, Markdown that follows "It has".
    schedules
        Of each profile.
    pretrained
        Whether the model starts from the weights of another training, and not always from random numbers. Its class
        then implements :meth:`svhnlab.models.networks.Classifier.load_pretrained`.
    imagenet_file
        File name of the class's ``imagenet_weights`` in torch's cache; None if torchvision has no such weights.
    """

    title: str
    network: str
    layers: str
    schedules: dict[ProfileName, Schedule]
    pretrained: bool = False
    imagenet_file: str | None = None


#: Every model of a study by name, in the report's order. A further entry is a further model in each study.
ARCHITECTURES: dict[str, Architecture] = {
    "cnn": Architecture(
        title="Two-layer CNN",
        network="svhnlab.models.networks:TwoLayerCNN",
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
        network="svhnlab.models.networks:ResNet18",
        layers="eighteen layers with weights [@he2016]: a convolution, eight blocks of two convolutions with a way "
        "past each block, and a new linear classifier on the averages of the last maps",
        schedules={
            "demo": Schedule((3, 3), 1e-3),
            "quick": Schedule((20, 36), 1e-3, batch_size=64, test_shift=2),
            "full": Schedule((15, 20), 1e-3, image_size=64, batch_size=256, test_shift=1),
        },
        pretrained=True,
        imagenet_file="resnet18-f37072fd.pth",
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
        Kind of start weights, see :class:`svhnlab.config.initial_weights.InitialWeights`.
    """
    model, augmented = RUNS[name]
    architecture = ARCHITECTURES[model]
    title = architecture.title + (" with augmentation" if augmented else "")
    if not architecture.pretrained:
        return title
    return f"{title} ({START_TITLES[start]})"
