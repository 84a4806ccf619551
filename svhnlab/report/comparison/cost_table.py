"""Cost of each model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from svhnlab.report.core.select import runs_of
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import count, duration, millions, number
from svhnlab.store.schema import RunResult, Study


@dataclass(frozen=True)
class CostTable(Table[RunResult]):
    """Cost of each model: parameters, multiply-adds, training time, inference speed, size of the weights."""

    runs: tuple[RunResult, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> CostTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if one is not trained."""
        return cls(tuple(runs_of(study, *configurations)))

    @property
    def alt(self) -> str:
        """The multiply-adds and the training time of every model."""
        show_time = _unless_unknown(duration)
        parts = [f"{run.title} {millions(cost_of(run)[0])} and {show_time(cost_of(run)[1])}" for run in self.runs]
        return f"Multiply-adds per image, and training time: {'; '.join(parts)}."

    def rows(self) -> Sequence[RunResult]:
        """The runs."""
        return self.runs

    def columns(self) -> Sequence[Column[RunResult]]:
        """Training time in seconds and size of the weights in bytes, in MB on the page; without what no run has."""
        columns: tuple[Column[RunResult], ...] = (
            Column("run", lambda run: run.title, "Run"),
            Column("parameters", parameters_of, "Parameters", _unless_unknown(millions)),
            Column("multiply_adds", lambda run: cost_of(run)[0], "Multiply-adds", _unless_unknown(millions)),
            Column("epochs", lambda run: len(run.history), "Epochs", lambda epochs: count(epochs) if epochs else "–"),
            Column("seconds", training_seconds_of, "Training", _unless_unknown(duration)),
            Column(
                "images_per_second",
                lambda run: _known(run.environment.get("inference_images_per_second")),
                "Images/s",
                lambda speed: number(speed, 0),
            ),
            Column(
                "bytes",
                lambda run: _known(run.settings.get("weights_bytes")),
                "Weights",
                _unless_unknown(lambda size: f"{number(size / 1e6, 1)} MB"),
            ),
        )
        return tuple(column for column in columns if self._is_known(column))

    def _is_known(self, column: Column[RunResult]) -> bool:
        values = [column.value(run) for run in self.runs]
        return any(isinstance(value, str) or (value and not np.isnan(value)) for value in values)


def cost_of(run: RunResult) -> tuple[float, float]:
    """Multiply-adds per image and seconds of training, in order of priority."""
    return _known(run.settings.get("multiply_adds")), training_seconds_of(run)


def parameters_of(run: RunResult) -> float:
    """Return the number of parameters; NaN if it was not imported."""
    return _known(run.settings["parameters"])


def training_seconds_of(run: RunResult) -> float:
    """Return the seconds of the training; NaN if they were not imported."""
    if run.imported:
        return _known(run.settings["training_seconds"])
    return sum(epoch.seconds for epoch in run.history)


def _known(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _unless_unknown(write: Callable[[float], str]) -> Callable[[float], str]:
    """Return a function that writes "–" for NaN."""
    return lambda value: "–" if np.isnan(value) else write(value)
