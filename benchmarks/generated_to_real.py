"""How far do generated digits carry? Train on them alone, test on real photographs.

A CNN with two convolution layers is trained on generated digits and tested once, after its last epoch, on the
photographs of an SVHN sample. Nothing of the sample is used for training or for choosing an epoch.

    python benchmarks/generated_to_real.py --sample FOLDER_WITH_test_32x32.mat
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.io import loadmat
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support
from torch import nn
from torch.nn import functional

from svhnlab.data.generated import generate

BATCH = 256
PEAK_LEARNING_RATE = 2e-3
SHIFT = 2  # pixels


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--images", type=int, default=12_000, help="generated images (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=12, help="passes over them (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of digits and network (default: %(default)s)")
    parser.add_argument(
        "--sample", type=Path, default=Path("svhn-sample"), help="folder of MAT files (default: %(default)s)"
    )
    parser.add_argument(
        "--split", choices=("train", "test"), default="test", help="file of the sample (default: %(default)s)"
    )
    options = parser.parse_args()
    path = options.sample / f"{options.split}_32x32.mat"
    if not path.is_file():
        print(f"Skipped: there is no {path}. Name a folder of SVHN's Format 2 files with --sample.")
        return

    started = time.perf_counter()
    digits = generate(options.images, seed=options.seed, split="train")
    print(f"{options.images} generated digits in {time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    model = train(digits.images, digits.labels, options.epochs, options.seed)
    print(f"{options.epochs} epochs in {time.perf_counter() - started:.0f} s")

    photographs = loadmat(path)
    images = np.ascontiguousarray(photographs["X"].transpose(3, 2, 0, 1))
    labels = photographs["y"].ravel().astype(np.int64) % 10
    report(labels, predict(model, images), options.split)


def train(images: NDArray[np.uint8], labels: NDArray[np.int64], epochs: int, seed: int) -> nn.Module:
    """Return a CNN trained on images of shape (N, 3, 32, 32)."""
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.4),
        nn.Linear(64 * 8 * 8, 256),
        nn.ReLU(),
        nn.Dropout(0.4),
        nn.Linear(256, 10),
    ).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    inputs, targets = normalise(images), torch.from_numpy(labels)
    steps = epochs * (len(inputs) // BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_LEARNING_RATE, total_steps=steps)
    model.train()
    for _ in range(epochs):
        order = torch.randperm(len(inputs))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            rows = order[start : start + BATCH]
            batch = shift(inputs[rows]).contiguous(memory_format=torch.channels_last)
            loss = functional.cross_entropy(model(batch), targets[rows], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model


def normalise(images: NDArray[np.uint8]) -> torch.Tensor:
    """Return images with zero mean and unit deviation each, so that exposure doesn't matter."""
    values = torch.from_numpy(images).float()
    deviation, mean = torch.std_mean(values, dim=(1, 2, 3), keepdim=True)
    return (values - mean) / (deviation + 1)


def shift(batch: torch.Tensor) -> torch.Tensor:
    """Move all images of a batch by the same few pixels, with the border repeated."""
    padded = functional.pad(batch, (SHIFT,) * 4, mode="replicate")
    top, left = (int(value) for value in torch.randint(0, 2 * SHIFT + 1, (2,)))
    return padded[:, :, top : top + batch.shape[2], left : left + batch.shape[3]]


@torch.no_grad()
def predict(model: nn.Module, images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the predicted digit of each image."""
    model.eval()
    return np.asarray(torch.cat([model(part).argmax(dim=1) for part in normalise(images).split(1024)]).numpy())


def report(labels: NDArray[np.int64], predicted: NDArray[np.int64], split: str) -> None:
    """Print accuracy, macro-F1, the figures of each class and its most frequent confusions."""
    accuracy = accuracy_score(labels, predicted)
    macro_f1 = f1_score(labels, predicted, average="macro")
    print(f"{len(labels)} real photographs ({split} file): accuracy {accuracy:.4f}, macro-F1 {macro_f1:.4f}")
    figures = precision_recall_fscore_support(labels, predicted, labels=range(10), zero_division=0)
    confused = confusion_matrix(labels, predicted, labels=range(10))
    np.fill_diagonal(confused, 0)
    for digit, (precision, recall, f1, support) in enumerate(zip(*figures, strict=True)):
        others = ", ".join(f"{other} ({confused[digit, other]})" for other in confused[digit].argsort()[:-4:-1])
        scores = f"precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}  n {support:4d}"
        print(f"{digit}: {scores}  taken for {others}")


if __name__ == "__main__":
    main()
