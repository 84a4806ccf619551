"""The models that can be trained, and the configurations: each model without and with augmentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from svhnlab.config.initial_weights import WEIGHTS_WORDS
from svhnlab.errors import InputError

ProfileName = Literal["demo", "quick", "full"]


@dataclass(frozen=True)
class Schedule:
    """Length and steps of a model's training in one profile."""

    epochs: tuple[int, int]  # without and with augmentation
    learning_rate: float  # peak of the one-cycle schedule
    image_size: int = 32  # height and width of the model's input in pixels
    batch_size: int = 128  # images
    test_shift: int = 0  # pixels, see Recipe


@dataclass(frozen=True)
class Architecture:
    """A model that studies train, without and with augmentation.

    Attributes
    ----------
    title
        Name on pages and in messages.
    in_text
        Name in running text, with its article where it takes one; by default the title.
    network
        Its class, a :class:`svhnlab.models.networks.Classifier`, as ``module:Class``: a name, since the report does not
        import torch.
    summary
        One line for the model card.
    layers
        Description of its layers for the report, Markdown that follows "It has".
    schedules
        By profile.
    pretrained
        Whether the model starts from the weights of another training, and not always from random numbers. Its class
        then implements :meth:`svhnlab.models.networks.Classifier.load_pretrained`.
    imagenet_file
        File name of the class's ``imagenet_weights`` in torch's cache; None if torchvision has no such weights.
    """

    title: str
    network: str
    summary: str
    layers: str
    schedules: dict[ProfileName, Schedule]
    pretrained: bool = False
    in_text: str | None = None
    imagenet_file: str | None = None


#: Every model by name, in the order of the report. A further entry is a further model in each study.
ARCHITECTURES: dict[str, Architecture] = {
    "cnn": Architecture(
        title="Two-layer CNN",
        network="svhnlab.models.networks:TwoLayerCNN",
        summary="convolutional network with two convolution layers and two linear layers",
        layers="two convolution layers with kernels of 5 by 5 pixels (32 and 64 channels), each followed by 2 by 2 max "
        "pooling, batch normalisation and ReLU; a linear layer of 256 units with batch normalisation and ReLU; and a "
        "linear classifier, with dropout before both linear layers",
        schedules={
            "demo": Schedule((6, 8), 2e-3),
            "quick": Schedule((20, 40), 2e-3),
            "full": Schedule((20, 30), 2e-3),
        },
        in_text="the two-layer CNN",
    ),
    "resnet18": Architecture(
        title="ResNet-18",
        network="svhnlab.models.resnet:ResNet18",
        summary="residual network with 18 layers (He et al. 2016)",
        layers="eighteen layers with weights [@he2016]: a convolution, eight blocks of two convolutions, each with a "
        "residual (skip) connection, and a new linear classifier on the averages of the last feature maps",
        schedules={
            "demo": Schedule((3, 3), 1e-3),
            "quick": Schedule((20, 36), 1e-3, batch_size=64, test_shift=2),
            "full": Schedule((15, 20), 1e-3, image_size=64, batch_size=256, test_shift=1),
        },
        pretrained=True,
        imagenet_file="resnet18-f37072fd.pth",
    ),
}
#: Every configuration by name: its model, and whether it is trained with augmentation. In the order of the report.
CONFIGURATIONS: dict[str, tuple[str, bool]] = {
    f"{model}{'-aug' if augmented else ''}": (model, augmented)
    for model in ARCHITECTURES
    for augmented in (False, True)
}
#: The configurations of the 2 by 2 design of model and augmentation: the CNN without and with it, then ResNet-18.
DESIGN = ("cnn", "cnn-aug", "resnet18", "resnet18-aug")


def select_configurations(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return these configurations in the order of the report; all of them if none is named."""
    unknown = [name for name in names if name not in CONFIGURATIONS]
    if unknown:
        raise InputError(f"There is no run {unknown[0]!r}; choose from {', '.join(CONFIGURATIONS)}.")
    return tuple(name for name in CONFIGURATIONS if not names or name in names)


def configuration_title(name: str, weights: str) -> str:
    """Return the title of a configuration, e.g. ``ResNet-18 with augmentation (random start)``.

    Parameters
    ----------
    name
        A key of :data:`CONFIGURATIONS`.
    weights
        Kind of initial weights, see :class:`svhnlab.config.initial_weights.InitialWeights`.
    """
    model, augmented = CONFIGURATIONS[name]
    architecture = ARCHITECTURES[model]
    title = architecture.title + (" with augmentation" if augmented else "")
    if not architecture.pretrained:
        return title
    return f"{title} ({WEIGHTS_WORDS[weights].title})"
