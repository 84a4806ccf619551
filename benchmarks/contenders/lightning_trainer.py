"""PyTorch Lightning's Trainer."""

from __future__ import annotations

import logging
from typing import Any

from benchmarks.contenders.datasets import loader
from benchmarks.contenders.workload import WORKERS, TrainingJob

import lightning  # isort: skip  # imports torchvision, which needs the workaround in datasets first
from torch import Tensor, nn, optim  # isort: skip

TITLE = "Lightning"
PACKAGE = "lightning"
HOW = f"Trainer.fit on torchvision's dataset and transforms for single images, a DataLoader with {WORKERS} workers"


class Module(lightning.LightningModule):
    """The model with its loss and its optimiser."""

    def __init__(self, job: TrainingJob) -> None:
        super().__init__()
        self.job, self.recipe, self.model = job, job.recipe, job.model()
        self.criterion = nn.CrossEntropyLoss(label_smoothing=job.recipe.label_smoothing)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Return the loss of a batch."""
        images, labels = batch
        loss: Tensor = self.criterion(self.model(images), labels)
        return loss

    def on_train_batch_end(self, *_: Any) -> None:
        """Count the batch."""
        self.job.clock.tick()

    def configure_optimizers(self) -> optim.Optimizer:
        """Return the optimiser."""
        return optim.AdamW(self.parameters(), self.recipe.learning_rate, weight_decay=self.recipe.weight_decay)


def train(job: TrainingJob) -> None:
    """Train one epoch."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    trainer = lightning.Trainer(
        max_epochs=1, logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False
    )
    trainer.fit(Module(job), loader(job))
