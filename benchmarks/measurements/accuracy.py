"""Time to accuracy: ResNet-18 at 224 px trained as in a typical tutorial against svhnlab's recipes, on the same images.

On a CPU the whole training of the tutorial takes hours. Therefore it is trained on a limited number of images, and
svhnlab's recipes for all their epochs. The result is the time to the best accuracy of the tutorial. Seconds are
training time without validation.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.fresh_process import in_fresh_process
from benchmarks.schema import Accuracy, Curve, Point, Sample
from benchmarks.settings import Settings
from svhnlab.data.mat import read_format2
from svhnlab.data.sources.format2 import find_format2
from svhnlab.data.splits import split_indices
from svhnlab.data.synthetic import generate

OURS = ("cnn", "resnet18")  # runs
#: With this many images or more, the tutorial may exceed the accuracy of the short demo recipes.
MANY = 4_000
TUTORIAL_SIDE, TUTORIAL_BATCH, TUTORIAL_RATE, TUTORIAL_EPOCHS = 224, 32, 1e-3, 10
VALIDATION_SHARE = 0.2
GENERATED_IMAGES = 4_400  # about as many as a sample of photographs
VALIDATED = 240  # validation images per point of the tutorial's curve, since prediction at 224 px is slow, too
# Mean and standard deviation of ImageNet's channels.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SEED = 0


def measure(settings: Settings) -> Accuracy:
    """Train the tutorial and svhnlab's runs, each in a fresh process."""
    folder = None if settings.sample is None else str(settings.sample)
    limit = 64 if settings.quick else settings.tutorial_images
    settings.say(f"  the tutorial at {TUTORIAL_SIDE} px, {limit:,} images")
    found = in_fresh_process(
        "benchmarks.measurements.accuracy:tutorial", folder=folder, limit=limit, quick=settings.quick
    )
    ours = {}
    profile = "demo" if limit < MANY else "quick"
    for run in OURS[:1] if settings.quick else OURS:
        settings.say(f"  {run}")
        ours[run] = in_fresh_process(
            "benchmarks.measurements.accuracy:our_run", folder=folder, run=run, profile=profile, quick=settings.quick
        )
    return Accuracy(
        **found["about"],
        tutorial=Curve.model_validate(found["curve"]),
        tutorial_rate=Sample(values=tuple(found["rates"])),
        tutorial_epochs=TUTORIAL_EPOCHS,
        ours={run: Curve.model_validate(curve) for run, curve in ours.items()},
    )


Images = NDArray[np.uint8]
Labels = NDArray[np.int64]


def images_of(folder: str | None, quick: bool) -> tuple[str, dict[str, tuple[Images, Labels]]]:
    """Return the name of the data and a stratified split of the training file, or of generated digits."""
    if folder is None:
        digits = generate(400 if quick else GENERATED_IMAGES, seed=SEED, split="train")
        name, images, labels = "generated digits", digits.images, digits.labels
    else:
        source = find_format2(Path(folder))
        data = read_format2(source.train)
        name, images, labels = source.name, data.images[:], data.labels
        if quick:
            images, labels = images[:400], labels[:400]
    split = split_indices(labels, 0, protocol="official", seed=SEED, validation_share=VALIDATION_SHARE)
    return name, {part: (images[rows], labels[rows]) for part, rows in vars(split).items() if part in PARTS}


PARTS = ("train", "validation")


def tutorial(folder: str | None, limit: int, quick: bool) -> dict[str, Any]:
    """Train ResNet-18 from random weights at 224 px as in a tutorial, and validate several times."""
    import torch  # noqa: PLC0415
    from torch import nn, optim  # noqa: PLC0415
    from torch.utils.data import DataLoader  # noqa: PLC0415

    from benchmarks.contenders.datasets import MemorySVHN, torchvision, transforms  # noqa: PLC0415
    from benchmarks.contenders.workload import CLASSES, WORKERS  # noqa: PLC0415
    from svhnlab.training.device import choose_device  # noqa: PLC0415

    name, parts = images_of(folder, quick)
    device = choose_device("auto")
    batch = 16 if quick else TUTORIAL_BATCH
    for_one = transforms.Compose(
        [transforms.Resize(TUTORIAL_SIDE), transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)]
    )
    rows = np.random.default_rng(SEED).permutation(len(parts["validation"][1]))[: 16 if quick else VALIDATED]
    images, labels = parts["validation"]
    validation: DataLoader[Any] = DataLoader(MemorySVHN(images[rows], labels[rows], for_one), 2 * batch)
    torch.manual_seed(SEED)
    model = torchvision.models.resnet18(weights=None, num_classes=CLASSES).to(device)
    optimizer, criterion = optim.Adam(model.parameters(), TUTORIAL_RATE), nn.CrossEntropyLoss()
    loader: DataLoader[Any] = DataLoader(MemorySVHN(*parts["train"], for_one), batch, shuffle=True, num_workers=WORKERS)

    @torch.inference_mode()
    def accuracy() -> float:
        model.eval()
        right = sum(int((model(x.to(device)).argmax(1).cpu() == y).sum()) for x, y in validation)
        model.train()
        return right / len(rows)

    def batches() -> Iterator[Any]:
        while True:
            yield from loader

    points, rates = [], []
    seen, seconds, between = 0, 0.0, max(limit // 4, batch)
    model.train()
    source = batches()
    while seen < limit:
        started = time.perf_counter()
        here = 0
        while here < between and seen + here < limit:
            batch_images, batch_labels = next(source)
            optimizer.zero_grad()
            loss = criterion(model(batch_images.to(device)), batch_labels.to(device))
            loss.backward()
            optimizer.step()
            loss.item()
            here += len(batch_labels)
        spent = time.perf_counter() - started
        seen, seconds = seen + here, seconds + spent
        rates.append(here / spent)
        points.append(Point(images=seen, seconds=seconds, accuracy=accuracy()).model_dump())
    return {
        "about": {
            "data": name,
            "train_images": len(parts["train"][1]),
            "validation_images": len(rows),
            "guess": float(np.bincount(labels).max() / len(labels)),
        },
        "rates": rates,
        "curve": {
            "title": f"ResNet-18 at {TUTORIAL_SIDE} px, tutorial",
            "how": "random initial weights, single images resized by torchvision, a DataLoader with "
            f"{WORKERS} workers, Adam with a learning rate of {TUTORIAL_RATE:g}",
            "image_size": TUTORIAL_SIDE,
            "batch_size": batch,
            "points": points,
        },
    }


def our_run(folder: str | None, run: str, profile: str, quick: bool) -> dict[str, Any]:
    """Train one of svhnlab's recipes for all its epochs and return its curve on the whole validation set."""
    import torch  # noqa: PLC0415

    from benchmarks.contenders.workload import CLASSES  # noqa: PLC0415
    from svhnlab.config.architectures import ARCHITECTURES  # noqa: PLC0415
    from svhnlab.config.profiles import profile_named  # noqa: PLC0415
    from svhnlab.models.networks import build_model  # noqa: PLC0415
    from svhnlab.training.allocator import tune_malloc  # noqa: PLC0415
    from svhnlab.training.device import choose_device  # noqa: PLC0415
    from svhnlab.training.loop import Callbacks, TrainingState, train  # noqa: PLC0415

    tune_malloc()
    device = choose_device("auto")
    _, parts = images_of(folder, quick)
    recipe = profile_named(profile).recipes[run]
    if quick:
        recipe = replace(recipe, epochs=1)
    images, labels = (torch.from_numpy(values).to(device) for values in parts["train"])
    held_images, held_labels = (torch.from_numpy(values).to(device) for values in parts["validation"])
    torch.manual_seed(SEED)
    model = build_model(recipe.model, image_size=recipe.image_size, classes=CLASSES)
    model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    points: list[dict[str, float]] = []
    seconds = 0.0

    def note(state: TrainingState) -> None:
        nonlocal seconds
        epoch = state.history[-1]
        seconds += len(labels) / epoch.images_per_second  # without validation
        accuracy = epoch.validation_accuracy
        seen = epoch.epoch * len(labels)
        points.append(Point(images=seen, seconds=seconds, accuracy=accuracy).model_dump())

    train(model, recipe, images, labels, (held_images, held_labels), seed=SEED, callbacks=Callbacks(epoch_end=[note]))
    return {
        "title": ARCHITECTURES[recipe.model].title + f" at {recipe.image_size} px, svhnlab",
        "how": f"the recipe of the profile {profile}, {recipe.epochs} epochs, random initial weights",
        "image_size": recipe.image_size,
        "batch_size": recipe.batch_size,
        "points": points,
    }
