"""ResNet-18, in a separate module because importing torchvision takes as long as importing torch."""

from __future__ import annotations

from torch import Tensor, nn

from svhnlab.errors import InputError
from svhnlab.models.networks import Classifier
from svhnlab.models.torchvision_import import torchvision


class ResNet18(Classifier):
    """torchvision's ResNet-18 (He et al., 2016) with a new head; all layers are trained."""

    feature_count = 512
    imagenet_weights = torchvision.models.ResNet18_Weights.IMAGENET1K_V1

    def __init__(self, image_size: int, classes: int) -> None:
        super().__init__(image_size)
        self.backbone = torchvision.models.resnet18(weights=None)
        self.backbone.fc = nn.Identity()
        self.head = nn.Linear(self.feature_count, classes)

    def load_pretrained(self, state: dict[str, Tensor], origin: str) -> None:
        """Copy a state_dict of torchvision's ResNet-18 into the backbone, without its classifier ``fc``."""
        layers = {name: value for name, value in state.items() if not name.startswith("fc.")}
        try:
            self.backbone.load_state_dict(layers, strict=True)
        except RuntimeError as error:
            reason = " ".join(str(error).splitlines()[1:2]).strip()[:160]
            raise InputError(f"{origin} does not fit torchvision's ResNet-18: {reason}") from error

    def forward_features(self, images: Tensor) -> Tensor:
        """Return the global averages of the last block's feature maps, shape (N, 512)."""
        return self.backbone(self.preprocess(images))

    def forward_head(self, features: Tensor) -> Tensor:
        """Return logits, shape (N, K)."""
        return self.head(features)
