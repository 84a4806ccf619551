"""Time of the profile full on a GPU."""

from __future__ import annotations

import pandas as pd

from benchmarks.schema import Gpu, GpuRun
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.text import count, duration


def training_seconds(gpu: Gpu, run: GpuRun) -> float:
    """Return the seconds of a whole training: its start, all epochs with validation, and the test predictions."""
    epoch = gpu.train_images / run.train_rate.median + gpu.validation_images / run.predict_rate.median
    return run.start_seconds + run.epochs * epoch + gpu.test_images / run.predict_rate.median


def gpu_table(gpu: Gpu) -> pd.DataFrame:
    """List the speed and the time of each configuration, without and with torch.compile."""
    return pd.DataFrame(
        [
            {
                "Configuration": run.title,
                "Pixels": count(run.image_size),
                "torch.compile": "yes" if run.compiled else "no",
                "Images per second": f"{count(round(run.train_rate.median))} "
                f"({count(round(run.train_rate.low))} to {count(round(run.train_rate.high))})",
                "First steps": duration(run.start_seconds),
                "Epochs": count(run.epochs),
                "Training": duration(training_seconds(gpu, run)),
            }
            for run in gpu.runs
        ]
    )


def describe_gpu(gpu: Gpu) -> Markdown:
    """State the sum of all trainings, without torch.compile and with the faster of both."""
    plain = {run.title: training_seconds(gpu, run) for run in gpu.runs if not run.compiled}
    compiled = {run.title: training_seconds(gpu, run) for run in gpu.runs if run.compiled}
    return Markdown(
        "The trainings of the profile full take {plain} in turn, and {best} if each is compiled where that is faster. "
        "These times are extrapolated from some steps to {images} training images. The first steps include the "
        "compilation."
    ).format(
        plain=duration(sum(plain.values())),
        best=duration(sum(min(seconds, compiled[title]) for title, seconds in plain.items())),
        images=count(gpu.train_images),
    )
