"""Data loading image by image: torchvision's dataset and transforms, and torch's DataLoader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from benchmarks.contenders.workload import WORKERS, TrainingJob
from svhnlab.config.recipes import Augmentation
from svhnlab.models.torchvision_import import torchvision

transforms = torchvision.transforms


class MemorySVHN(torchvision.datasets.SVHN):  # type: ignore[name-defined]
    """torchvision's SVHN dataset with images from memory; ``__getitem__`` is inherited."""

    def __init__(self, images: NDArray[np.uint8], labels: NDArray[np.int64], transform: Callable[[Any], Any]) -> None:
        torchvision.datasets.VisionDataset.__init__(self, "", transform=transform)
        self.data, self.labels = images, labels


def image_transforms(image_size: int, augmentation: Augmentation | None) -> Any:
    """Return torchvision's transforms for one image, with the counterpart of each of svhnlab's augmentations."""
    steps: list[Any] = []
    if augmentation is not None:
        a = augmentation
        affine = {"translate": (a.translation,) * 2, "scale": (1 - a.scale, 1 + a.scale), "shear": a.shear}
        steps += [
            transforms.RandomAffine(a.rotation, **affine, interpolation=transforms.InterpolationMode.BILINEAR),
            transforms.ColorJitter(a.brightness, a.contrast, a.saturation),
            transforms.RandomInvert(a.inversion),
        ]
    if image_size != 32:
        steps.append(transforms.Resize(image_size))
    steps.append(transforms.ToTensor())
    if augmentation is not None and augmentation.cutout:
        share = (augmentation.cutout / 32) ** 2
        steps.append(transforms.RandomErasing(augmentation.cutout_probability, scale=(share, share), ratio=(1, 1)))
    return transforms.Compose(steps)


def dataset(job: TrainingJob) -> MemorySVHN:
    """Return the images of a job as a dataset."""
    return MemorySVHN(job.images, job.labels, image_transforms(job.recipe.image_size, job.recipe.augmentation))


def loader(job: TrainingJob) -> DataLoader[Any]:
    """Return the images of a job in shuffled batches, loaded by worker processes."""
    pinned = job.device.type == "cuda"
    return DataLoader(dataset(job), job.recipe.batch_size, shuffle=True, num_workers=WORKERS, pin_memory=pinned)
