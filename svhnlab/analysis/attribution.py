"""Occlusion maps of misclassified images."""

from __future__ import annotations

import numpy as np
import torch
from captum.attr import Occlusion
from numpy.typing import NDArray
from torch import Tensor

from svhnlab.image_rows import ImageArray
from svhnlab.models.networks import Classifier
from svhnlab.training.device import autocast
from svhnlab.training.predict import batch_of, in_pixels

WINDOW, STRIDE = 8, 6  # pixels of an image of 32: five positions per axis; as much larger on larger images
SIZE = 16  # side of the returned maps
NEUTRAL = 128


def explain_errors(
    model: Classifier,
    images: ImageArray,
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64],
    device: torch.device,
) -> NDArray[np.uint8]:
    """Compute occlusion maps of misclassified images.

    A window of a quarter of the side in the image's mean colour slides over the image. The attribution of a region is
    the decrease of the logit difference (predicted class minus true class) when the region is covered.

    Parameters
    ----------
    model
        In evaluation mode, on the device.
    images
        uint8, shape (N, 3, H, H).
    labels, predicted
        True and predicted classes, shape (N,).

    Returns
    -------
    uint8, shape (N, 16, 16): above 128 where the region supports the predicted class, below where it supports the true
    class; 1 or 255 at the image's strongest region. 128 everywhere for a correctly classified image.

    References
    ----------
    M. D. Zeiler, R. Fergus (2014), Visualizing and understanding convolutional networks, ECCV, 818-833.

    Examples
    --------
    >>> from svhnlab.models.networks import build_model
    >>> images = np.random.default_rng(0).integers(0, 256, (2, 3, 32, 32), dtype=np.uint8)
    >>> model = build_model("cnn", image_size=32, classes=10)
    >>> maps = explain_errors(model, images, np.array([3, 5]), np.array([8, 5]), torch.device("cpu"))
    >>> maps.shape, int(np.abs(maps[0].astype(int) - 128).max()), np.unique(maps[1]).tolist()
    ((2, 16, 16), 127, [128])
    """
    maps = np.full((len(images), SIZE, SIZE), NEUTRAL, dtype=np.uint8)
    wrong = np.flatnonzero(labels != predicted)
    model.eval()

    def logit_difference(pixels: Tensor, guess: Tensor, true: Tensor) -> Tensor:
        with autocast(device, cpu_too=True):
            logits = model.forward_head(model.forward_features(pixels)).float()
        return (logits.gather(1, guess[:, None]) - logits.gather(1, true[:, None]))[:, 0]

    occlusion = Occlusion(logit_difference)
    with torch.inference_mode():
        batch = batch_of(model)
        window, stride = (in_pixels(length, images.shape[-1]) for length in (WINDOW, STRIDE))
        for start in range(0, len(wrong), batch):
            rows = wrong[start : start + batch]
            pixels = torch.from_numpy(images[rows]).to(device).float().div_(255)
            pixels = pixels.contiguous(memory_format=torch.channels_last)
            attribution = occlusion.attribute(
                pixels,
                sliding_window_shapes=(pixels.shape[1], window, window),
                strides=(pixels.shape[1], stride, stride),
                baselines=pixels.mean(dim=(2, 3), keepdim=True).expand_as(pixels),
                additional_forward_args=(
                    torch.from_numpy(predicted[rows]).to(device),
                    torch.from_numpy(labels[rows]).to(device),
                ),
            )[:, 0]  # the window covers all channels, so their values are equal
            coarse = torch.nn.functional.adaptive_avg_pool2d(attribution[:, None], SIZE)[:, 0]
            strongest = coarse.abs().amax(dim=(1, 2), keepdim=True).clamp_min(torch.finfo(coarse.dtype).tiny)
            scaled = (NEUTRAL + 127 * coarse / strongest).round()
            maps[rows] = scaled.to(torch.uint8).cpu().numpy()
    return maps
