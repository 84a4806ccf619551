"""What a trained model says: logits and penultimate features, in large batches without gradients."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from svhnlab.models import Classifier

BATCH = 512  # images


def autocast(device: torch.device) -> AbstractContextManager[object]:
    """Compute in bfloat16 on a GPU. On a CPU without matrix units that would be many times slower."""
    if device.type == "cuda":
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return nullcontext()


@torch.inference_mode()
def features_and_logits(model: Classifier, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return float32 features (N, D) and logits (N, K) of uint8 images (N, 3, 32, 32) on the device."""
    model.eval()
    features, logits = [], []
    for start in range(0, len(images), BATCH):
        pixels = images[start : start + BATCH].float().div_(255).contiguous(memory_format=torch.channels_last)
        with autocast(images.device):
            found = model.forward_features(pixels)
            features.append(found.float())
            logits.append(model.forward_head(found).float())
    return torch.cat(features), torch.cat(logits)


def evaluate_split(model: Classifier, images: Tensor, labels: Tensor) -> tuple[float, float]:
    """Mean cross-entropy in nats and accuracy as a share on one split."""
    _, logits = features_and_logits(model, images)
    loss = F.cross_entropy(logits, labels).item()
    return loss, (logits.argmax(1) == labels).double().mean().item()


def predict_arrays(
    model: Classifier, images: NDArray[np.uint8], device: torch.device
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Features (N, D) and logits (N, K) of uint8 images (N, 3, 32, 32) as arrays."""
    features, logits = features_and_logits(model, torch.from_numpy(images).to(device))
    return features.cpu().numpy(), logits.cpu().numpy()
