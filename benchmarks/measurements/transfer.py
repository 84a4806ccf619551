"""Accuracy on real photographs of a model that was trained on generated digits alone.

It measures how close the generated digits are to photographs of house numbers. The kept epoch is chosen on generated
digits, and no photograph is used before the last prediction.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from benchmarks.schema import Share95, Transfer
from benchmarks.settings import LeftOutError, Settings
from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.config.architectures import configuration_title
from svhnlab.config.profiles import profile_named
from svhnlab.data.mat import read_format2
from svhnlab.data.photographs import find_photographs
from svhnlab.data.sources.format2 import find_format2
from svhnlab.data.synthetic import generate
from svhnlab.models.networks import build_model
from svhnlab.training.device import choose_device
from svhnlab.training.loop import Callbacks, TrainingState, train
from svhnlab.training.predict import predict_arrays

RUN, EPOCHS, BATCH, RATE = "resnet18-aug", 3, 128, 3e-3
TRAIN_IMAGES, VALIDATION_IMAGES = 200_000, 4_000
DIGIT_CLASSES = 10
SEED = 1_000_003  # of the digits, which differ from those of every study


def measure(settings: Settings) -> Transfer:
    """Train on generated digits, and predict the test photographs of the sample.

    Raises
    ------
    LeftOutError
        If there are no photographs.
    """
    if settings.sample is None:
        raise LeftOutError("there are no photographs; --sample names a folder of Format 2 files")
    photographs = read_format2(find_format2(settings.sample).test)
    count, held = (400, 100) if settings.quick else (TRAIN_IMAGES, VALIDATION_IMAGES)
    settings.say(f"  generating {count + held:,} digits")
    digits = {
        "train": generate(count, seed=SEED, split="train", wrong_share=0),
        "validation": generate(held, seed=SEED, split="test", wrong_share=0),
    }
    device = choose_device("auto")
    recipe = replace(
        profile_named("quick").recipes[RUN],
        epochs=1 if settings.quick else EPOCHS,
        batch_size=BATCH,
        learning_rate=RATE,
    )
    torch.manual_seed(SEED)
    model = build_model(recipe.model, image_size=recipe.image_size, classes=DIGIT_CLASSES)
    model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def report(state: TrainingState) -> None:
        epoch = state.history[-1]
        settings.say(
            f"  epoch {epoch.epoch}: validation accuracy {epoch.validation_accuracy:.1%}, {epoch.seconds:.0f} s"
        )

    tensors = {
        name: (torch.from_numpy(split.images).to(device), torch.from_numpy(split.labels).to(device))
        for name, split in digits.items()
    }
    state = train(
        model, recipe, *tensors["train"], tensors["validation"], seed=SEED, callbacks=Callbacks(epoch_end=[report])
    )
    model.load_state_dict(state.best_model)
    shares = {}
    for name, images, labels, of in (
        ("generated", digits["validation"].images, digits["validation"].labels, digits["validation"].photographs),
        ("real", photographs.images, photographs.labels, find_photographs(photographs.images[:])),
    ):
        _, logits = predict_arrays(model, images, device, recipe.test_shift)
        accuracy = share_by_photograph(logits.argmax(axis=1) == labels, of)
        shares[name] = Share95(images=len(labels), value=accuracy.value, low=accuracy.low, high=accuracy.high)
    return Transfer(
        title=configuration_title(RUN, "random"),
        train_images=count,
        epochs=recipe.epochs,
        seconds=sum(epoch.seconds for epoch in state.history),
        **shares,
    )
