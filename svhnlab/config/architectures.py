"""Model architectures, and configurations: each architecture without and with augmentation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from svhnlab.config.initial_weights import WEIGHTS_WORDS
from svhnlab.errors import InputError

ProfileName = Literal["demo", "quick", "full"]


@dataclass(frozen=True)
class Schedule:
    """Training schedule of a model in one profile, the same without and with augmentation."""

    epochs: int
    learning_rate: float  # peak of the one-cycle schedule
    image_size: int = 32  # height and width of the model's input in pixels
    batch_size: int = 128  # images
    test_shift: int = 0  # pixels, see Recipe
    muon: bool = False  # see Recipe


@dataclass(frozen=True)
class Architecture:
    """A model architecture, which a study can train without and with augmentation.

    Attributes
    ----------
    title
        Display name, on pages and in messages.
    in_text
        Name in running text, including any article; default: the title.
    network
        Model class, a subclass of :class:`svhnlab.models.networks.Classifier`, as ``module:Class``. It is a string
        because the report must not import torch.
    summary
        One-line description for the model card.
    layers
        Description of the layers for the report, in Markdown; completes "It has ...".
    schedules
        Training schedule for each profile.
    pretrained
        Whether the model can start from pretrained weights. If so, its class implements
        :meth:`svhnlab.models.networks.Classifier.load_pretrained`.
    imagenet_file
        File name of the class's ``imagenet_weights`` in torch's cache; None if torchvision has no ImageNet weights.
    """

    title: str
    network: str
    summary: str
    layers: str
    schedules: dict[ProfileName, Schedule]
    pretrained: bool = False
    in_text: str | None = None
    imagenet_file: str | None = None


#: Architectures by name, in report order. Adding an entry adds a model to every study.
ARCHITECTURES: dict[str, Architecture] = {
    "cnn": Architecture(
        title="Two-layer CNN",
        network="svhnlab.models.networks:TwoLayerCNN",
        summary="convolutional network with two convolution layers and two linear layers",
        layers="two convolution layers with kernels of 5 by 5 pixels (32 and 64 channels), each followed by 2 by 2 max "
        "pooling, batch normalisation and ReLU; a linear layer of 256 units with batch normalisation and ReLU; and a "
        "linear classifier, with dropout before both linear layers",
        schedules={
            "demo": Schedule(5, 2e-3),
            "quick": Schedule(40, 2e-3),
            "full": Schedule(30, 2e-3),
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
            "demo": Schedule(3, 3e-3, muon=True),
            "quick": Schedule(36, 1e-3, batch_size=64, test_shift=2),
            "full": Schedule(20, 1e-3, image_size=64, batch_size=256, test_shift=1),
        },
        pretrained=True,
        imagenet_file="resnet18-f37072fd.pth",
    ),
}
#: Configurations by name, in report order: the architecture, and whether it is trained with augmentation.
CONFIGURATIONS: dict[str, tuple[str, bool]] = {
    f"{model}{'-aug' if augmented else ''}": (model, augmented)
    for model in ARCHITECTURES
    for augmented in (False, True)
}
#: Packages whose models can be used by name, such as ``torchvision/convnext_tiny``: the class that builds them.
LIBRARIES = {
    "torchvision": "svhnlab.models.torchvision_models:TorchvisionModel",
    "timm": "svhnlab.models.timm_models:TimmModel",
}
#: Configurations of the 2 by 2 design (model by augmentation): the CNN without and with augmentation, then ResNet-18.
DESIGN = ("cnn", "cnn-aug", "resnet18", "resnet18-aug")


def architecture_of(model: str) -> Architecture:
    """Return the architecture of a model: an entry of :data:`ARCHITECTURES`, or a model of torchvision or timm.

    Models of these packages have the schedules of ResNet-18. Whether the package has the model is checked when it is
    built, because that needs torch.

    Raises
    ------
    ValueError
        If the name is neither.
    """
    if model in ARCHITECTURES:
        return ARCHITECTURES[model]
    library, _, name = model.partition("/")
    if library not in LIBRARIES or not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        families = ", ".join(f"{known}/NAME" for known in LIBRARIES)
        raise ValueError(f"is not a model: {model!r}; choose from {', '.join(ARCHITECTURES)}, {families}")
    return Architecture(
        title=name,
        network=LIBRARIES[library],
        summary=f"{name} as implemented in {library}",
        layers=f"the layers of `{name}` as implemented in {library}, and a new linear classifier",
        schedules=ARCHITECTURES["resnet18"].schedules,
        pretrained=True,
    )


def known_architecture(model: str) -> Architecture | None:
    """Return the architecture of a model of a stored training; None if the model is no longer available."""
    try:
        return architecture_of(model)
    except ValueError:
        return None


def select_configurations(names: tuple[str, ...], known: Sequence[str] = tuple(CONFIGURATIONS)) -> tuple[str, ...]:
    """Return the given configurations in report order, or all known ones if none are given."""
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"There is no run {unknown[0]!r}; choose from {', '.join(known)}.")
    return tuple(name for name in known if not names or name in names)


def configuration_title(name: str, weights: str) -> str:
    """Return the title of a built-in configuration, e.g. ``ResNet-18 with augmentation (random start)``.

    The title of a configuration that ``study.toml`` adds is its name.

    Parameters
    ----------
    weights
        Kind of initial weights, see :class:`svhnlab.config.initial_weights.InitialWeights`.
    """
    if name not in CONFIGURATIONS:
        return name
    model, augmented = CONFIGURATIONS[name]
    title = ARCHITECTURES[model].title + (" with augmentation" if augmented else "")
    return title_with_weights(title, model, weights)


def title_with_weights(title: str, model: str, weights: str) -> str:
    """Return a title that ends with the initial weights in brackets if the model can start from pretrained ones."""
    return f"{title} ({WEIGHTS_WORDS[weights].title})" if architecture_of(model).pretrained else title
