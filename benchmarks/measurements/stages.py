"""Time of each stage of a study, from the records of its results."""

from __future__ import annotations

from collections import defaultdict

from benchmarks.schema import Stage, Stages
from benchmarks.settings import LeftOutError, Settings
from svhnlab.report.core.text import quantity
from svhnlab.store.record import read_record
from svhnlab.store.required import required_results
from svhnlab.store.store import Store

#: Name of the stage of each kind of result; training is a separate stage.
STAGES = {
    "run": "predictions and weights of the runs",
    "random-split": "training with a random split",
    "embedding": "t-SNE maps",
    "evidence": "nearest images and attribution",
    "statistics": "bootstrap, tests, labels",
    "data": "reading, splitting and describing the data",
    "augmentation": "examples of augmentation",
}
TRAINING = "training"


def measure(settings: Settings) -> Stages:
    """Sum the recorded seconds of all results of the current study by stage."""
    if settings.results is None:
        raise LeftOutError("the stages of a small study mean nothing; give a results folder with --results")
    store = Store(settings.results)
    record = read_record(store)
    seconds: dict[str, float] = defaultdict(float)
    for need in required_results(store, record):
        if need.stored is None:
            raise LeftOutError(f"the study is not finished: {need.address.name} is missing")
        environment = need.stored.manifest["environment"]
        whole = environment["wall_seconds"]
        if need.address.kind == "run":
            seconds[TRAINING] += environment["training_seconds"]
            whole -= environment["training_seconds"]
        seconds[STAGES.get(need.address.kind, need.address.kind)] += max(whole, 0.0)
    runs = quantity(len(record["runs"]), "run")
    seeds = quantity(record["settings"]["seeds"], "seed")
    return Stages(
        source=f"profile {record['profile']}, {runs} of {seeds}",
        stages=tuple(
            Stage(name=name, seconds=spent, training=name == TRAINING)
            for name, spent in sorted(seconds.items(), key=lambda entry: -entry[1])
        ),
    )
