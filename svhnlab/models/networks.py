"""The classifiers. Each takes pixels as they are stored and has its preprocessing built in.

Every model offers ``forward_features`` (pixels to penultimate features) and ``forward_head`` (features to
logits), the convention of pytorch-image-models, so that what comes after training needs no special cases.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pkgutil import resolve_name
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.flop_counter import FlopCounterMode

from svhnlab.config.architectures import ARCHITECTURES
from svhnlab.errors import InputError
from svhnlab.models.torchvision_import import torchvision

#: Added to an image's deviation, in units of 0-1 pixels, so that a plain surface does not become loud noise.
FAINTEST = 0.05


class Classifier(nn.Module):
    """A network with its preprocessing: standardise each image by itself, then scale it to ``image_size``.

    Exposure and contrast of a photograph say nothing about its class. Taking them out image by image leaves the
    network less to learn than subtracting the data's mean does, and needs no statistics of the data.

    Parameters
    ----------
    image_size
        Side in pixels at which the network sees the image.
    """

    feature_count: int
    #: torchvision's entry of ImageNet weights, such as ``ResNet18_Weights.IMAGENET1K_V1``; None if it has none.
    imagenet_weights: ClassVar[Any] = None

    def __init__(self, image_size: int) -> None:
        super().__init__()
        self.image_size = image_size

    def standardise(self, images: Tensor) -> Tensor:
        """Take mean and deviation of each image out of it; the shape stays."""
        centred = images - images.mean(dim=(1, 2, 3), keepdim=True)
        # the root of the mean square is ten times as fast on a CPU as torch's own deviation
        return centred / (centred.square().mean(dim=(1, 2, 3), keepdim=True).sqrt() + FAINTEST)

    def preprocess(self, images: Tensor) -> Tensor:
        """Turn 0-1 pixels of shape (N, 3, 32, 32) into the network's input."""
        images = self.standardise(images)
        if images.shape[-1] != self.image_size:
            images = F.interpolate(images, size=(self.image_size, self.image_size), mode="bilinear", antialias=False)
        return images

    @abstractmethod
    def forward_features(self, images: Tensor) -> Tensor:
        """Penultimate features, shape (N, ``feature_count``), of 0-1 pixels, shape (N, 3, 32, 32)."""

    @abstractmethod
    def forward_head(self, features: Tensor) -> Tensor:
        """Logits, shape (N, K), of penultimate features."""

    def load_pretrained(self, state: dict[str, Tensor], origin: str) -> None:
        """Copy pretrained weights into the model; a model that can start from some overrides this.

        Parameters
        ----------
        state
            A state_dict of another training, whose classifier has other classes.
        origin
            What the weights are, for error messages.

        Raises
        ------
        InputError
            If the model does not load pretrained weights, or names or shapes do not fit.
        """
        raise InputError(
            f"{type(self).__name__} cannot start from {origin}: it does not implement load_pretrained. Implement it, "
            "or choose --weights none."
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits, shape (N, K), of 0-1 pixels, shape (N, 3, 32, 32)."""
        return self.forward_head(self.forward_features(images))


class Dropout(nn.Dropout):
    """Dropout whose mask is made of uniform numbers.

    torch draws a mask bit by bit in one thread: measured, 13 % of a training step of the CNN on two cores, against 4 %.
    """

    def forward(self, features: Tensor) -> Tensor:
        """Set a share of the features to zero in training mode and scale up the others; the shape stays."""
        if not self.training:
            return features
        kept = torch.rand(features.shape, device=features.device).ge_(self.p).div_(1 - self.p)
        return features * kept.to(features.dtype)


class TwoLayerCNN(Classifier):
    """Exactly two convolution layers, each with 2×2 maximum pooling, batch norm and ReLU, then two linear layers.

    Pooling comes first, so that norm and ReLU work on a quarter of the numbers.
    """

    feature_count = 256

    def __init__(self, image_size: int, classes: int) -> None:
        super().__init__(image_size)
        self.conv1 = nn.Conv2d(3, 32, kernel_size=5, padding=2, bias=False)
        self.norm1 = nn.BatchNorm2d(32)
        self.conv2 = nn.Conv2d(32, 64, kernel_size=5, padding=2, bias=False)
        self.norm2 = nn.BatchNorm2d(64)
        self.hidden = nn.Linear(64 * (image_size // 4) ** 2, self.feature_count, bias=False)
        self.norm3 = nn.BatchNorm1d(self.feature_count)
        self.head = nn.Linear(self.feature_count, classes)
        self.dropout = Dropout(0.5)

    def forward_features(self, images: Tensor) -> Tensor:
        """Activations of the hidden linear layer, shape (N, 256)."""
        maps = F.relu(self.norm1(F.max_pool2d(self.conv1(self.preprocess(images)), 2)))
        maps = F.relu(self.norm2(F.max_pool2d(self.conv2(maps), 2)))
        # channels last, as the maps lie in memory: else they would be copied here and again on the way back
        return F.relu(self.norm3(self.hidden(self.dropout(maps.permute(0, 2, 3, 1).flatten(1)))))

    def forward_head(self, features: Tensor) -> Tensor:
        """Logits, shape (N, K); dropout is active in training mode."""
        return self.head(self.dropout(features))


class ResNet18(Classifier):
    """torchvision's ResNet-18 with a new head, all layers trainable (He et al., 2016)."""

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
        """Globally averaged maps of the last block, shape (N, 512)."""
        return self.backbone(self.preprocess(images))

    def forward_head(self, features: Tensor) -> Tensor:
        """Logits, shape (N, K)."""
        return self.head(features)


def network_class(name: str) -> type[Classifier]:
    """Return the class of a model; `name` is a key of :data:`svhnlab.config.architectures.ARCHITECTURES`."""
    network: type[Classifier] = resolve_name(ARCHITECTURES[name].network)
    return network


def build_model(name: str, *, image_size: int, classes: int) -> Classifier:
    """Build a model with fresh random weights drawn from torch's global generator.

    Parameters
    ----------
    name
        A key of :data:`svhnlab.config.architectures.ARCHITECTURES`.
    image_size
        See :class:`Classifier`.
    classes
        Number of classes K.
    """
    build: Callable[[int, int], Classifier] = network_class(name)
    return build(image_size, classes)


def multiply_adds(model: Classifier) -> int:
    """Count the multiply-add operations of one image in convolutions and linear layers."""
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, 3, 32, 32, device=device))
    model.train(was_training)
    return int(counter.get_total_flops()) // 2  # a multiply-add counts as two operations
