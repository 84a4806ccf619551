"""Predictions of a trained model: logits and penultimate features, in large batches without gradients."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from svhnlab.config.recipes import REFERENCE_SIDE
from svhnlab.image_rows import ImageArray
from svhnlab.models.networks import Classifier
from svhnlab.training.device import autocast
from svhnlab.training.device_images import DeviceImages, to_device

BATCH = 512  # images of up to 64 pixels


def batch_of(model: Classifier) -> int:
    """Return the number of images of a batch: 512, or fewer for an input of more than 64 pixels, for as much memory."""
    return max(1, min(BATCH, BATCH * 64**2 // model.image_size**2))


def in_pixels(length: float, side: int) -> int:
    """Return a length that is given for images of 32 pixels, in whole pixels of images of another side."""
    return round(length * side / REFERENCE_SIDE)


def shifted_views(pixels: Tensor, shift: int) -> list[Tensor]:
    """Return a batch of images and, with a shift in pixels, four copies shifted in different directions.

    Edge pixels are repeated beyond the edge.
    """
    if not shift:
        return [pixels]
    side = pixels.shape[-1]
    padded = F.pad(pixels, (shift,) * 4, mode="replicate")
    corners = ((shift, shift), (0, shift), (2 * shift, shift), (shift, 0), (shift, 2 * shift))
    return [padded[..., top : top + side, left : left + side] for top, left in corners]


@torch.inference_mode()
def features_and_logits(model: Classifier, images: DeviceImages, shift: int = 0) -> tuple[Tensor, Tensor]:
    """Return float32 features (N, D) and logits (N, K) of uint8 images (N, 3, H, W) on the device.

    With a shift in pixels of an image of 32 pixels (test-time augmentation), the features are means over the image and
    its four shifted copies, and the logits are those of the mean features.
    """
    model = model.for_inference()
    features, logits = [], []
    batch = batch_of(model)
    for start in range(0, len(images), batch):
        pixels = images[start : start + batch].float().div_(255)
        with autocast(images.device):
            views = [
                model.forward_features(view.contiguous(memory_format=torch.channels_last)).float()
                for view in shifted_views(pixels, in_pixels(shift, pixels.shape[-1]))
            ]
            features.append(torch.stack(views).mean(dim=0))
            logits.append(model.forward_head(features[-1]).float())
    return torch.cat(features), torch.cat(logits)


def evaluate_split(model: Classifier, images: DeviceImages, labels: Tensor) -> tuple[float, float]:
    """Return the mean cross-entropy in nats and the accuracy, 0 to 1, on one split."""
    _, logits = features_and_logits(model, images)
    loss = F.cross_entropy(logits, labels).item()
    return loss, (logits.argmax(1) == labels).double().mean().item()


def predict_arrays(
    model: Classifier, images: ImageArray, device: torch.device, shift: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return features (N, D) and logits (N, K) of uint8 images (N, 3, H, W), as :func:`features_and_logits` does."""
    features, logits = features_and_logits(model, to_device(images, device), shift)
    return features.cpu().numpy(), logits.cpu().numpy()
