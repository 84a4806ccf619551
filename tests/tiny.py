"""A whole study so small that it trains in seconds; also run as a script, to be killed and run again."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from svhnlab.config import PROFILES, EmbeddingSettings, Profile, SplitSettings
from svhnlab.data.generated import write_generated
from svhnlab.data.source import find_data
from svhnlab.pipeline.trainer import Trainer
from svhnlab.plan import StudyPlan
from svhnlab.store import Store
from svhnlab.training.start import RANDOM
from svhnlab.workers import Workers

EPOCHS = 3


def tiny_profile() -> Profile:
    """The demo profile with three short epochs and a map of 60 points."""
    demo = PROFILES["demo"]
    recipes = {name: replace(recipe, epochs=EPOCHS, batch_size=64) for name, recipe in demo.recipes.items()}
    return replace(
        demo, recipes=recipes, embedding=EmbeddingSettings(points=60, most=60), feature_sample=100, resamples=200
    )


def tiny_data(folder: Path) -> Path:
    """400 training and 150 test digits, generated once."""
    if not folder.exists():
        write_generated(folder, train=400, test=150, seed=3)
    return folder


def tiny_trainer(
    results: Path,
    data: Path,
    *,
    seed: int = 0,
    seeds: int = 1,
    wandb: str = "disabled",
    workers: Workers | None = None,
) -> Trainer:
    """A trainer of the tiny study."""
    source = find_data(data)
    plan = StudyPlan(tiny_profile(), source.kind, source.name, source.digest, SplitSettings(), RANDOM, seed, seeds)
    store, console = Store(results), Console(soft_wrap=True)
    return Trainer(plan, source, store, console, "cpu", wandb, workers=workers or Workers())  # type: ignore[arg-type]


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    tiny_trainer(Path(sys.argv[1]), Path(sys.argv[2])).make(tuple(sys.argv[3:]))
