"""Sentences on the models and their training, from the settings stored with each run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from svhnlab.config.architectures import known_architecture
from svhnlab.config.initial_weights import WEIGHTS_WORDS
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import runs_of
from svhnlab.report.core.text import count, duration, listing, millions, quantity
from svhnlab.store.schema import RunResult, Study


def describe_network(study: Study, configuration: str) -> Markdown:
    """State the layers, the size and the initial weights of a model.

    Raises
    ------
    NotComputed
        If the configuration is not trained.
    """
    (run,) = runs_of(study, configuration)
    recipe = run.recipe
    architecture = known_architecture(recipe["model"])
    layers = Markdown("It has {}.").format(Markdown(architecture.layers)) if architecture else Markdown("")
    size = Markdown(
        "The model has {parameters} parameters and needs {work} [multiply-adds](glossary.qmd#term-multiply-add) per "
        "image, at an input size of {side} by {side} pixels."
    ).format(
        parameters=count(run.settings["parameters"]),
        work=millions(run.settings["multiply_adds"]),
        side=recipe["image_size"],
    )
    return sentences([layers, size, _initial_weights(run)])


def _initial_weights(run: RunResult) -> Markdown:
    architecture = known_architecture(run.recipe["model"])
    kind = run.settings["start"]["kind"]
    words = WEIGHTS_WORDS[kind]
    if kind != "random":
        reference = Markdown(" [@{}]").format(Markdown(words.reference)) if words.reference else Markdown("")
        return Markdown(
            "It starts from {source}{reference}, and all of its layers are [fine-tuned](glossary.qmd#term-fine-tuning)."
        ).format(source=words.description, reference=reference)
    if architecture and architecture.pretrained:
        return Markdown(
            "**Here it starts from random weights**, not from ImageNet weights [@deng2009], so these results do "
            "not apply to transfer learning."
        )
    return Markdown("It starts from random weights.")


def describe_training(study: Study, configuration: str) -> Markdown:
    """State how a configuration was trained, and for how long.

    Raises
    ------
    NotComputed
        If it is not trained.
    """
    (run,) = runs_of(study, configuration)
    recipe = run.recipe
    methods = [
        _optimizer(recipe),
        Markdown("a [one-cycle learning rate](glossary.qmd#term-one-cycle) with a peak of {rate:g}").format(
            rate=recipe["learning_rate"]
        ),
        Markdown("batches of {}").format(quantity(recipe["batch_size"], "image")),
    ]
    if recipe["label_smoothing"]:
        smoothing = Markdown("[label smoothing](glossary.qmd#term-label-smoothing) of {:g}")
        methods.append(smoothing.format(recipe["label_smoothing"]))
    training = Markdown("It was trained for {epochs} in {time} with {methods}.").format(
        epochs=quantity(len(run.history), "epoch"),
        time=duration(run.environment["training_seconds"]),
        methods=listing(methods),
    )
    return sentences([training, _test_time_augmentation(recipe)])


def _optimizer(recipe: Mapping[str, Any]) -> Markdown:
    if not recipe["muon"]:
        return Markdown("[AdamW](glossary.qmd#term-adamw)")
    return Markdown(
        "[AdamW](glossary.qmd#term-adamw) (for the kernels of small convolutions: [Muon](glossary.qmd#term-muon))"
    )


def _test_time_augmentation(recipe: Mapping[str, Any]) -> Markdown:
    """Describe the test-time augmentation; empty if only the image itself is used."""
    if not recipe["test_shift"]:
        return Markdown("")
    return Markdown(
        "It is tested with [test-time augmentation](glossary.qmd#term-views): features are averaged over each image "
        "and four copies of it, shifted by {}."
    ).format(quantity(recipe["test_shift"], "pixel"))
