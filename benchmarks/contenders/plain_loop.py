"""A plain PyTorch loop, as in most tutorials: a dataset of single images, a DataLoader, and a few lines of training."""

from __future__ import annotations

from torch import nn, optim

from benchmarks.contenders.datasets import loader
from benchmarks.contenders.workload import WORKERS, TrainingJob

TITLE = "plain loop"
PACKAGE = None
HOW = f"torchvision's dataset and transforms for single images, a DataLoader with {WORKERS} workers, float32"


def train(job: TrainingJob) -> None:
    """Train one epoch."""
    recipe = job.recipe
    model = job.model().to(job.device).train()
    optimizer = optim.AdamW(model.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
    criterion = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
    running = 0.0
    for images, labels in loader(job):
        inputs, targets = images.to(job.device), labels.to(job.device)
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        running += loss.item()
        job.clock.tick()
