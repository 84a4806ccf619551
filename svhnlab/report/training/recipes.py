"""Sentences on what was trained and how, from the settings that are stored with each run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from svhnlab.config.architectures import ARCHITECTURES
from svhnlab.config.initial_weights import WEIGHTS_WORDS
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.text import count, duration, millions, percent, quantity
from svhnlab.store.schema import RunResult


def describe_network(run: RunResult) -> Remark:
    """Say of which layers a model is made, how large it is, and what its weights start from."""
    recipe = run.settings["recipe"]
    architecture = ARCHITECTURES.get(recipe["model"])
    layers = f"It has {architecture.layers}. " if architecture else ""
    size = recipe["image_size"]
    return Remark(
        f"{layers}That makes {count(run.settings['parameters'])} parameters and "
        f"{millions(run.settings['multiply_adds'])} [multiply-adds](glossary.qmd#term-multiply-add) for an image, "
        f"which it sees at {size} by {size} pixels. {_start(run)}"
    )


def _start(run: RunResult) -> str:
    architecture = ARCHITECTURES.get(run.settings["recipe"]["model"])
    kind = run.settings["start"]["kind"]
    words = WEIGHTS_WORDS[kind]
    if kind != "random":
        origin = words.description + (f" [@{words.reference}]" if words.reference else "")
        return f"It starts from {origin}, and all of its layers are [fine-tuned](glossary.qmd#term-fine-tuning)."
    if architecture and architecture.pretrained:
        return (
            "**Here it starts from random numbers**, not from ImageNet weights [@deng2009], so that nothing of what "
            "follows is an effect of transfer."
        )
    return "It starts from random numbers."


def describe_training(run: RunResult) -> Remark:
    """Say how a run was trained, and for how long."""
    recipe = run.settings["recipe"]
    smoothed = (
        f" and [labels smoothed](glossary.qmd#term-label-smoothing) by {percent(recipe['label_smoothing'], 0)}"
        if recipe["label_smoothing"]
        else ""
    )
    return Remark(
        f"It was trained for {quantity(len(run.history), 'epoch')} in {duration(run.environment['training_seconds'])}, "
        "with [AdamW](glossary.qmd#term-adamw), a [one-cycle learning rate](glossary.qmd#term-one-cycle) with a peak "
        f"of {recipe['learning_rate']:g}, {quantity(recipe['batch_size'], 'image')} a step{smoothed}."
        f"{_tested(recipe)}"
    )


def _tested(recipe: Mapping[str, Any]) -> str:
    """Say on which views of an image a training is tested, where they are more than the image."""
    shift = recipe.get("test_shift")  # trainings of older versions have none
    if not shift:
        return ""
    views = f"each image and four [views of it](glossary.qmd#term-views) shifted by {quantity(shift, 'pixel')}"
    return f" It is tested on {views}."
