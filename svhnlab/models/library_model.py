"""Models of other packages as classifiers: their layers up to the features, and a new linear layer."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from svhnlab.errors import InputError
from svhnlab.models.networks import Classifier, load_backbone


class LibraryModel(Classifier):
    """A model of another package without its classifier, and a new linear layer; all layers are trained.

    Parameters
    ----------
    name
        Name of the model, for messages.
    backbone
        Computes features of shape (N, D) from standardised pixels.
    unused
        Start of the names of the weights of the removed classifier.
    """

    def __init__(self, image_size: int, classes: int, name: str, backbone: nn.Module, unused: str) -> None:
        super().__init__(image_size)
        self.name, self.backbone, self.unused = name, backbone, unused
        self.feature_count = self._count_features()
        self.head = nn.Linear(self.feature_count, classes)

    def _count_features(self) -> int:
        """Return D, from a pass in training mode on torch's meta device, which computes nothing."""
        problem = f"{self.name} can't be used at an image size of {self.image_size} pixels"
        pixels = torch.zeros(2, 3, self.image_size, self.image_size, device="meta")
        try:
            features = copy.deepcopy(self.backbone).to("meta")(pixels)
        except (RuntimeError, ValueError, AssertionError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
            raise InputError(f"{problem}: {reason}; choose another image_size or model.") from error
        if not isinstance(features, Tensor) or features.ndim != 2:
            raise InputError(f"{problem}: it does not have one vector of features per image; choose another model.")
        return int(features.shape[1])

    def load_pretrained(self, state: dict[str, Tensor], origin: str) -> None:
        """Copy a state_dict of the whole model into the backbone, without its classifier."""
        load_backbone(self.backbone, state, self.unused, self.name, origin)

    def forward_features(self, images: Tensor) -> Tensor:
        """Return the input of the removed classifier, shape (N, D)."""
        return self.backbone(self.preprocess(images))

    def forward_head(self, features: Tensor) -> Tensor:
        """Return logits, shape (N, K)."""
        return self.head(features)
