"""ResNet-18, in a separate module because importing torchvision takes as long as importing torch."""

from __future__ import annotations

import copy
from typing import Any

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from svhnlab.models.networks import Classifier, load_backbone
from svhnlab.models.small_maps import SmallMapConv2d
from svhnlab.models.torchvision_import import torchvision


class ResNet18(Classifier):
    """torchvision's ResNet-18 (He et al., 2016) with a new head; all layers are trained."""

    feature_count = 512
    imagenet_weights = torchvision.models.ResNet18_Weights.IMAGENET1K_V1

    def __init__(self, image_size: int, classes: int) -> None:
        super().__init__(image_size)
        self.backbone = torchvision.models.resnet18(weights=None)
        self.backbone.fc = nn.Identity()
        for block in self._blocks():
            block.conv1, block.conv2 = SmallMapConv2d.of(block.conv1), SmallMapConv2d.of(block.conv2)
        self.head = nn.Linear(self.feature_count, classes)

    def _blocks(self) -> list[Any]:
        """Return torchvision's blocks of two convolutions and a skip connection."""
        return [part for part in self.backbone.modules() if isinstance(part, torchvision.models.resnet.BasicBlock)]

    def for_inference(self) -> ResNet18:
        """Return a copy whose convolutions include their batch norms, which take a fifth of the time on a CPU."""
        fused = copy.deepcopy(self).eval()
        pairs = [(fused.backbone, "conv1", "bn1")]
        for block in fused._blocks():
            pairs += [(block, "conv1", "bn1"), (block, "conv2", "bn2")]
            if block.downsample is not None:
                pairs.append((block.downsample, "0", "1"))
        for parent, convolution, norm in pairs:
            setattr(parent, convolution, fuse_conv_bn_eval(getattr(parent, convolution), getattr(parent, norm)))
            setattr(parent, norm, nn.Identity())
        return fused

    def load_pretrained(self, state: dict[str, Tensor], origin: str) -> None:
        """Copy a state_dict of torchvision's ResNet-18 into the backbone, without its classifier ``fc``."""
        load_backbone(self.backbone, state, "fc.", "torchvision's ResNet-18", origin)

    def forward_features(self, images: Tensor) -> Tensor:
        """Return the global averages of the last block's feature maps, shape (N, 512)."""
        return self.backbone(self.preprocess(images))

    def forward_head(self, features: Tensor) -> Tensor:
        """Return logits, shape (N, K)."""
        return self.head(features)
