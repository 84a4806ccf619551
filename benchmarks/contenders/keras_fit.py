"""Keras with its torch backend."""

from __future__ import annotations

import os
from typing import Any

from benchmarks.contenders.workload import TrainingJob

os.environ["KERAS_BACKEND"] = "torch"  # read when keras is imported
import keras

TITLE = "Keras on torch"
PACKAGE = "keras"
HOW = "Model.fit on an array in memory, with Keras's own layers for scaling and augmentation"


class _Tick(keras.callbacks.Callback):
    def __init__(self, job: TrainingJob) -> None:
        super().__init__()
        self.job = job

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.job.clock.tick()


def train(job: TrainingJob) -> None:
    """Train one epoch."""
    recipe = job.recipe
    model = keras.Sequential(
        [
            keras.Input((3, 32, 32)),
            keras.layers.Rescaling(1 / 255),
            *_augmentation(job),
            # The same network as elsewhere; it resizes the images itself.
            keras.layers.TorchModuleWrapper(job.model(), output_shape=(None, 10)),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(recipe.learning_rate, weight_decay=recipe.weight_decay),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
    )
    targets = keras.utils.to_categorical(job.labels, 10)
    model.fit(job.images, targets, recipe.batch_size, epochs=1, verbose=0, callbacks=[_Tick(job)])


def _augmentation(job: TrainingJob) -> list[Any]:
    a = job.recipe.augmentation
    if a is None:
        return []
    layers, first = keras.layers, {"data_format": "channels_first"}
    found = [
        layers.RandomRotation(a.rotation / 360, "nearest", **first),
        layers.RandomTranslation(a.translation, a.translation, "nearest", **first),
        layers.RandomZoom(a.scale, fill_mode="nearest", **first),
        layers.RandomShear(a.shear / 90, fill_mode="nearest", **first),
        layers.RandomBrightness(a.brightness, value_range=(0, 1), **first),
        layers.RandomContrast(a.contrast, value_range=(0, 1), **first),
        layers.RandomSaturation((0.5 - a.saturation / 2, 0.5 + a.saturation / 2), value_range=(0, 1), **first),
        layers.RandomInvert(a.inversion, value_range=(0, 1), **first),
    ]
    if a.cutout:
        found.append(
            layers.RandomErasing(a.cutout_probability, ((a.cutout / 32) ** 2,) * 2, value_range=(0, 1), **first)
        )
    return found
