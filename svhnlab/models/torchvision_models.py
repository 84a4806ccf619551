"""Classification models of torchvision by name, such as ``torchvision/convnext_tiny``."""

from __future__ import annotations

from typing import Any

from torch import nn

from svhnlab.errors import InputError
from svhnlab.models.library_model import LibraryModel
from svhnlab.models.torchvision_import import torchvision


class TorchvisionModel(LibraryModel):
    """A classification model of torchvision; its last linear layer is replaced.

    Raises
    ------
    InputError
        If torchvision has no such model, or the model can't be used at this image size.
    """

    def __init__(self, image_size: int, classes: int, name: str) -> None:
        known = torchvision.models.list_models(torchvision.models)
        if name not in known:
            raise InputError(f"torchvision has no model {name!r}; choose from {', '.join(known)}.")
        # transformers have one position embedding for each patch of an image
        size = {"image_size": image_size} if name.startswith("vit_") else {}
        network = torchvision.models.get_model(name, weights=None, **size)
        linear = [path for path, part in network.named_modules() if isinstance(part, nn.Linear)]
        if not linear:
            raise InputError(f"torchvision's {name} has no linear classifier to replace; choose another model.")
        network.set_submodule(linear[-1], nn.Identity())
        super().__init__(image_size, classes, f"torchvision's {name}", network, f"{linear[-1]}.")

    @staticmethod
    def imagenet_weights_of(name: str) -> Any:
        """Return the default entry of a model's ImageNet weights; None if there is no such model."""
        if name not in torchvision.models.list_models(torchvision.models):
            return None
        return torchvision.models.get_model_weights(name).DEFAULT
