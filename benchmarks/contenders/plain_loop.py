"""The loop of most tutorials: a dataset of single images, a DataLoader, and a few lines of training."""

from __future__ import annotations

from torch import nn, optim

from benchmarks.contenders.datasets import loader
from benchmarks.contenders.workload import WORKERS, Work

TITLE = "plain loop"
PACKAGE = None
HOW = f"torchvision's dataset and transforms for single images, a DataLoader with {WORKERS} workers, float32"


def train(work: Work) -> None:
    """Train one epoch."""
    recipe = work.recipe
    model = work.model().to(work.device).train()
    optimizer = optim.AdamW(model.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
    criterion = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
    running = 0.0
    for images, labels in loader(work):
        inputs, targets = images.to(work.device), labels.to(work.device)
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        running += loss.item()
        work.clock.tick()
