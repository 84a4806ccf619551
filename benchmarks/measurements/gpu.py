"""Time of the profile full on a GPU: each of its configurations, without and with torch.compile, on random images.

Only some steps are measured, so that the whole measurement takes a few minutes; the time of a training is extrapolated
from them. Random images take as long as photographs.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import torch

from benchmarks.fresh_process import in_fresh_process
from benchmarks.schema import Gpu, GpuRun, Sample
from benchmarks.settings import LeftOutError, Settings

PROFILE = "full"
TRAIN_IMAGES, VALIDATION_IMAGES, TEST_IMAGES = 65_931, 7_326, 26_032  # of SVHN Format 2
STEPS = 100  # timed steps in a repetition
WARM = 20  # steps before them
PREDICTED = 8_192  # images whose prediction is timed


def measure(settings: Settings) -> Gpu:
    """Measure each configuration twice, each time in a fresh process.

    Raises
    ------
    LeftOutError
        If there is no GPU.
    """
    from svhnlab.config.profiles import profile_named  # noqa: PLC0415

    if not settings.quick and not torch.cuda.is_available():
        raise LeftOutError("torch sees no GPU")
    recipes = profile_named(PROFILE).recipes
    names = [name for name in recipes if not settings.runs or name in settings.runs]
    runs = []
    for name in names:
        for compiled in (False, True):
            settings.say(f"  {name}{' with torch.compile' if compiled else ''}")
            found = in_fresh_process(
                "benchmarks.measurements.gpu:cost",
                run=name,
                compiled=compiled,
                repetitions=settings.repetitions,
                quick=settings.quick,
            )
            runs.append(
                GpuRun(**found | {key: Sample(values=tuple(found[key])) for key in ("train_rate", "predict_rate")})
            )
    return Gpu(
        train_images=TRAIN_IMAGES,
        validation_images=VALIDATION_IMAGES,
        test_images=TEST_IMAGES,
        runs=tuple(runs),
    )


def cost(run: str, compiled: bool, repetitions: int, quick: bool) -> dict[str, Any]:
    """Train some steps and predict some images; return images per second, and the seconds of the first steps."""
    from benchmarks.contenders.our_loop import train_steps  # noqa: PLC0415
    from benchmarks.contenders.workload import Clock, TrainingJob, seconds_now  # noqa: PLC0415
    from svhnlab.config.architectures import configuration_title  # noqa: PLC0415
    from svhnlab.config.profiles import profile_named  # noqa: PLC0415
    from svhnlab.training.device import choose_device  # noqa: PLC0415
    from svhnlab.training.predict import predict_arrays  # noqa: PLC0415

    recipe = profile_named(PROFILE).recipes[run]
    epochs = recipe.epochs
    recipe = replace(recipe, epochs=1)
    warm, steps, predicted = WARM, STEPS, PREDICTED
    if quick:
        recipe, warm, steps, predicted = replace(recipe, image_size=32, batch_size=8), 1, 1, 8
    job = TrainingJob(recipe, Clock(warm, steps), choose_device("auto"))
    model = job.model().to(job.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if compiled:
        model.compile()
    images, labels = torch.from_numpy(job.images).to(job.device), torch.from_numpy(job.labels).to(job.device)
    train_rate = []
    started, start_seconds = time.perf_counter(), 0.0
    for repetition in range(repetitions):
        clock = Clock(warm, steps)
        train_steps(model, recipe, images, labels, clock)
        if repetition == 0:
            start_seconds = time.perf_counter() - started - clock.seconds
        train_rate.append(steps * recipe.batch_size / clock.seconds)
    predict_rate = []
    predict_arrays(model, job.images[:predicted], job.device, recipe.test_shift)
    for _ in range(repetitions):
        started = seconds_now()
        shown = predict_arrays(model, job.images[:predicted], job.device, recipe.test_shift)[1]
        predict_rate.append(len(shown) / (seconds_now() - started))
    return {
        "title": configuration_title(run, "random"),
        "compiled": compiled,
        "image_size": recipe.image_size,
        "batch_size": recipe.batch_size,
        "epochs": epochs,
        "start_seconds": start_seconds,
        "train_rate": train_rate,
        "predict_rate": predict_rate,
    }
