"""Classifiers that take pixel values and include their preprocessing.

Every model has ``forward_features`` (pixels to penultimate features) and ``forward_head`` (features to logits), as in
pytorch-image-models, so the analysis handles all models in the same way.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable
from pkgutil import resolve_name
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.flop_counter import FlopCounterMode

from svhnlab.config.architectures import ARCHITECTURES, architecture_of
from svhnlab.errors import InputError

#: Added to an image's standard deviation (pixels 0 to 1), so that noise is not amplified in images without contrast.
MIN_STD = 0.05


class Classifier(nn.Module):
    """A network with its preprocessing: each image is standardised by its own statistics, and resized.

    Larger images are reduced before, with antialiasing, and smaller ones are enlarged after.

    Exposure and contrast of a photograph do not depend on its class. Per-image standardisation removes the exposure
    and, because of `MIN_STD`, most of the contrast. Subtracting the data set's mean does neither, and it needs
    statistics of the data set.

    Parameters
    ----------
    image_size
        Height and width of the network's input in pixels.
    """

    feature_count: int
    #: torchvision's enum member for ImageNet weights, such as ``ResNet18_Weights.IMAGENET1K_V1``; None without one.
    imagenet_weights: ClassVar[Any] = None

    def __init__(self, image_size: int) -> None:
        super().__init__()
        self.image_size = image_size

    def standardise(self, images: Tensor) -> Tensor:
        """Subtract each image's mean and divide by its standard deviation; the shape is unchanged."""
        centred = images - images.mean(dim=(1, 2, 3), keepdim=True)
        # the root of the mean square is ten times as fast on a CPU as torch.std
        return centred / (centred.square().mean(dim=(1, 2, 3), keepdim=True).sqrt() + MIN_STD)

    def shrink(self, images: Tensor) -> Tensor:
        """Reduce larger images, pixels 0 to 1, to the input's size, with antialiasing; others are unchanged."""
        if images.shape[-1] <= self.image_size:
            return images
        return F.interpolate(images, size=(self.image_size, self.image_size), mode="bilinear", antialias=True)

    def preprocess(self, images: Tensor) -> Tensor:
        """Return the network's input for pixels, 0 to 1, of shape (N, 3, H, H)."""
        images = self.standardise(self.shrink(images))
        if images.shape[-1] != self.image_size:
            images = F.interpolate(images, size=(self.image_size, self.image_size), mode="bilinear", antialias=False)
        return images

    @abstractmethod
    def forward_features(self, images: Tensor) -> Tensor:
        """Return penultimate features, shape (N, ``feature_count``), of pixels, 0 to 1, shape (N, 3, H, H)."""

    @abstractmethod
    def forward_head(self, features: Tensor) -> Tensor:
        """Return logits, shape (N, K), of penultimate features."""

    def for_inference(self) -> Classifier:
        """Return a model in evaluation mode that gives the same features and logits within rounding, maybe faster."""
        return self.eval()

    @torch.no_grad()
    def last_layer(self) -> Tensor:
        """Return the weights of the linear layer that computes the logits from the features, shape (K, D)."""
        zero = next(self.parameters()).new_zeros(1, self.feature_count)
        unit = torch.eye(self.feature_count, dtype=zero.dtype, device=zero.device)
        return (self.forward_head(unit) - self.forward_head(zero)).T

    def load_pretrained(self, state: dict[str, Tensor], origin: str) -> None:
        """Copy pretrained weights into the model. Models that can start from pretrained weights override this.

        Parameters
        ----------
        state
            State dict of a pretrained model; its classifier is for other classes and is not used.
        origin
            Description of the weights for error messages.

        Raises
        ------
        InputError
            If the model cannot start from pretrained weights, or their names or shapes do not match.
        """
        raise InputError(
            f"{type(self).__name__} cannot start from {origin}: it does not implement load_pretrained. Implement it, "
            "or choose --weights none."
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return logits, shape (N, K), of pixels, 0 to 1, shape (N, 3, H, H)."""
        return self.forward_head(self.forward_features(images))


def load_backbone(backbone: nn.Module, state: dict[str, Tensor], unused: str, title: str, origin: str) -> None:
    """Copy a state_dict of a whole model into its backbone, without the classifier.

    Parameters
    ----------
    unused
        Start of the names of the classifier's weights.
    title, origin
        Descriptions of the model and of the weights for the error message.

    Raises
    ------
    InputError
        If the names or shapes of the weights do not match.
    """
    layers = {name: value for name, value in state.items() if not name.startswith(unused)}
    try:
        backbone.load_state_dict(layers, strict=True)
    except RuntimeError as error:
        reason = " ".join(str(error).splitlines()[1:2]).strip()[:160]
        raise InputError(f"{origin} does not fit {title}: {reason}") from error


class Dropout(nn.Dropout):
    """Dropout whose mask is computed from uniform random numbers.

    torch draws the mask element by element in one thread, which took 13 % of a training step of the CNN on two cores;
    this layer took 4 %.
    """

    def forward(self, features: Tensor) -> Tensor:
        """Set a share of the features to zero in training mode and scale up the others; the shape is unchanged."""
        if not self.training:
            return features
        kept = torch.rand(features.shape, device=features.device).ge_(self.p).div_(1 - self.p)
        return features * kept.to(features.dtype)


class TwoLayerCNN(Classifier):
    """Two convolution layers, each followed by 2×2 max pooling, batch norm and ReLU, and two linear layers.

    Pooling comes first, so batch norm and ReLU process a quarter of the values.
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
        """Return the activations of the hidden linear layer, shape (N, 256)."""
        maps = F.relu(self.norm1(F.max_pool2d(self.conv1(self.preprocess(images)), 2)))
        maps = F.relu(self.norm2(F.max_pool2d(self.conv2(maps), 2)))
        # the maps are channels-last in memory: another order would copy them in the forward and the backward pass
        return F.relu(self.norm3(self.hidden(self.dropout(maps.permute(0, 2, 3, 1).flatten(1)))))

    def forward_head(self, features: Tensor) -> Tensor:
        """Return logits, shape (N, K), with dropout in training mode."""
        return self.head(self.dropout(features))


def _network(name: str) -> Any:
    """Return the class of a model; see :func:`svhnlab.config.architectures.architecture_of`."""
    return resolve_name(architecture_of(name).network)


def imagenet_weights(name: str) -> Any:
    """Return torchvision's entry of a model's ImageNet weights; None if it has none."""
    network = _network(name)
    return network.imagenet_weights if name in ARCHITECTURES else network.imagenet_weights_of(name.partition("/")[2])


def build_model(name: str, *, image_size: int, classes: int) -> Classifier:
    """Build a model with random weights from torch's global generator.

    Parameters
    ----------
    name
        A built-in model, or one of torchvision or timm, as in :func:`svhnlab.config.architectures.architecture_of`.
    image_size
        See :class:`Classifier`.
    classes
        Number of classes K.
    """
    build: Callable[..., Classifier] = _network(name)
    model = name.partition("/")[2]  # of a library
    return build(image_size, classes, *([model] if model else []))


def multiply_adds(model: Classifier) -> int:
    """Return the number of multiply-adds of the convolution and linear layers for one image, padding included."""
    # On the meta device nothing is computed, and every layer is counted as it is defined.
    copied = copy.deepcopy(model).to("meta").eval()
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        copied(torch.zeros(1, 3, 32, 32, device="meta"))
    return int(counter.get_total_flops()) // 2  # a multiply-add is counted as two operations
