"""Models of pytorch-image-models (timm) by name, such as ``timm/convnext_tiny``, where that package is installed."""

from __future__ import annotations

from typing import Any

import svhnlab.models.torchvision_import  # noqa: F401 (timm imports torchvision, which needs this workaround)
from svhnlab.errors import InputError
from svhnlab.models.library_model import LibraryModel

try:
    import timm  # type: ignore[import-not-found,unused-ignore]
except ImportError as missing:
    raise InputError(
        "Models of timm need the package timm; run `pip install timm`, or choose another model."
    ) from missing


class TimmModel(LibraryModel):
    """A model of timm without its classifier; the features are those of its own pooling and head.

    Raises
    ------
    InputError
        If timm has no such model, or the model can't be used at this image size.
    """

    def __init__(self, image_size: int, classes: int, name: str) -> None:
        if not timm.is_model(name):
            near = ", ".join(timm.list_models(f"{name[:4]}*")[:8]) or "timm.list_models()"
            raise InputError(f"timm has no model {name!r}; choose one such as {near}.")
        try:
            network = timm.create_model(name, num_classes=0, img_size=image_size)
        except TypeError:  # only transformers take a size
            network = timm.create_model(name, num_classes=0)
        classifier = network.pretrained_cfg["classifier"]
        super().__init__(image_size, classes, f"timm's {name}", network, f"{classifier}.")

    @staticmethod
    def imagenet_weights_of(name: str) -> Any:
        """Return None: timm loads its weights from another place than torchvision; a file of them can be used."""
        return None
