"""skorch, scikit-learn's interface to torch."""

from __future__ import annotations

from typing import Any

from benchmarks.contenders.datasets import dataset
from benchmarks.contenders.workload import WORKERS, TrainingJob

from skorch import NeuralNetClassifier  # isort: skip  # imports torchvision, which needs the workaround in datasets first
from skorch.callbacks import Callback  # isort: skip
from torch import nn, optim  # isort: skip

TITLE = "skorch"
PACKAGE = "skorch"
HOW = f"NeuralNetClassifier on torchvision's dataset and transforms for single images, {WORKERS} loading workers"


class _Tick(Callback):
    def __init__(self, job: TrainingJob) -> None:
        self.job = job

    def on_batch_end(self, net: Any, batch: Any = None, training: bool | None = None, **_: Any) -> None:
        self.job.clock.tick()


def train(job: TrainingJob) -> None:
    """Train one epoch."""
    recipe = job.recipe
    net = NeuralNetClassifier(
        job.model(),
        criterion=nn.CrossEntropyLoss,
        criterion__label_smoothing=recipe.label_smoothing,
        optimizer=optim.AdamW,
        optimizer__weight_decay=recipe.weight_decay,
        lr=recipe.learning_rate,
        batch_size=recipe.batch_size,
        max_epochs=1,
        iterator_train__shuffle=True,
        iterator_train__num_workers=WORKERS,
        train_split=None,
        callbacks=[_Tick(job)],
        device=str(job.device),
        verbose=0,
    )
    net.fit(dataset(job), y=None)
