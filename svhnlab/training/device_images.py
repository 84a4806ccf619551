"""Images for training and prediction: on the device as a whole, or moved there batch by batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from svhnlab.image_rows import ImageArray, ImageRows

#: Bytes up to which images are on the device as a whole, by its type.
RESIDENT = {"cpu": 2**30, "cuda": 2**33}


@dataclass(frozen=True, eq=False)
class StreamedImages:
    """Images on disk, indexed like a uint8 tensor of shape (N, 3, H, W) on a device.

    Attributes
    ----------
    images
        Images that are read when they are used.
    device
        Device of the batches.
    """

    images: ImageRows
    device: torch.device

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: Tensor | slice) -> Tensor:
        """Return the images at some positions, or of a slice."""
        rows = index if isinstance(index, slice) else index.cpu().numpy()
        return torch.from_numpy(self.images[rows]).to(self.device)


#: uint8, shape (N, 3, H, W).
DeviceImages = Tensor | StreamedImages


def to_device(images: ImageArray, device: torch.device) -> DeviceImages:
    """Return images as a tensor on the device, or streamed from the disk if they are there and large."""
    if not isinstance(images, ImageRows):
        return torch.from_numpy(np.ascontiguousarray(images)).to(device)
    if int(np.prod(images.shape)) > RESIDENT.get(device.type, 0):
        return StreamedImages(images, device)
    return torch.from_numpy(images[:]).to(device)
