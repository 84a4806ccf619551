"""fastai's Learner."""

from __future__ import annotations

from typing import Any

from benchmarks.contenders.workload import WORKERS, TrainingJob
from svhnlab.models.torchvision_import import torchvision  # noqa: F401  # the workaround, before fastai imports it

from fastai.callback.core import Callback  # isort: skip
from fastai.callback.progress import ProgressCallback  # isort: skip
from fastai.data.block import CategoryBlock, DataBlock  # isort: skip
from fastai.data.transforms import IndexSplitter  # isort: skip
from fastai.learner import Learner  # isort: skip
from fastai.losses import LabelSmoothingCrossEntropyFlat  # isort: skip
from fastai.vision.augment import RandomErasing, Resize, aug_transforms  # isort: skip
from fastai.vision.core import PILImage  # isort: skip
from fastai.vision.data import ImageBlock  # isort: skip

TITLE = "fastai"
PACKAGE = "fastai"
HOW = f"Learner.fit on a DataBlock: single images loaded by {WORKERS} workers, fastai's transforms on whole batches"


class _Tick(Callback):
    def __init__(self, job: TrainingJob) -> None:
        self.job = job

    def after_batch(self) -> None:
        if self.training:
            self.job.clock.tick()


def train(job: TrainingJob) -> None:
    """Train one epoch."""
    recipe, rows = job.recipe, job.images.transpose(0, 2, 3, 1)
    block = DataBlock(
        blocks=(ImageBlock, CategoryBlock(vocab=list(range(10)))),
        get_x=lambda i: PILImage.create(rows[i]),
        get_y=lambda i: int(job.labels[i]),
        splitter=IndexSplitter([0]),  # the validation set must not be empty
        item_tfms=[Resize(recipe.image_size)] if recipe.image_size != 32 else None,
        batch_tfms=_augmentation(job),
    )
    count = len(job.labels)
    # The image used for validation is added twice, so that the number of training batches is the same.
    loaders = block.dataloaders([0, *range(count)], bs=recipe.batch_size, num_workers=WORKERS, device=job.device)
    loss = LabelSmoothingCrossEntropyFlat(eps=recipe.label_smoothing)
    learner = Learner(loaders, job.model(), loss_func=loss, lr=recipe.learning_rate, wd=recipe.weight_decay)
    learner.remove_cbs(ProgressCallback)
    with learner.no_logging():
        learner.fit(1, cbs=[_Tick(job)])


def _augmentation(job: TrainingJob) -> list[Any]:
    a = job.recipe.augmentation
    if a is None:
        return []
    found = aug_transforms(
        do_flip=False,
        max_rotate=a.rotation,
        min_zoom=1 - a.scale,
        max_zoom=1 + a.scale,
        max_lighting=a.contrast,
        max_warp=0.1,
        p_affine=1,
        p_lighting=1,
        pad_mode="border",
    )
    if a.cutout:
        found.append(RandomErasing(a.cutout_probability, sl=(a.cutout / 32) ** 2, sh=(a.cutout / 32) ** 2, max_count=1))
    return list(found)
