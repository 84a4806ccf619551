"""Peak memory of training on files as large as SVHN's, and the run time of short commands."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.fresh_process import in_fresh_process, peak_bytes, process_environment
from benchmarks.measurements.small_study import study_results
from benchmarks.schema import Footprint, Sample
from benchmarks.settings import ROOT, Settings
from svhnlab.data.svhn import OFFICIAL_FILES

RUN, STEPS = "cnn", 60
_ASKED = """
import sys
import svhnlab.cli
sys.argv = ["svhnlab", *{arguments!r}]
try:
    svhnlab.cli.main()
finally:
    print("torch" in sys.modules, file=sys.stderr)
"""


def measure(settings: Settings) -> Footprint:
    """Train for some steps in a fresh process, and run each command several times."""
    train, test = (400, 200) if settings.quick else (OFFICIAL_FILES[name].n_images for name in ("train", "test"))
    steps = 2 if settings.quick else STEPS
    with tempfile.TemporaryDirectory(prefix="svhnlab-bench-") as folder:
        for name, images in (("train", train), ("test", test)):
            in_fresh_process(
                "benchmarks.measurements.noise_files:write", file=f"{folder}/{name}_32x32.mat", images=images
            )
        settings.say(f"  training of {RUN} with {train:,} images")
        memory = in_fresh_process("benchmarks.measurements.footprint:train_full", folder=folder, steps=steps)
    results, _ = study_results(settings)
    commands = {"svhnlab --help": ["--help"], "svhnlab status": ["status", "--results", str(results)]}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(max(3, settings.repetitions)):
        for name, arguments in commands.items():
            seconds[name].append(_seconds_of(arguments))
    return Footprint(
        images=train,
        test_images=test,
        steps=steps,
        **memory,
        commands={name: Sample(values=tuple(found)) for name, found in seconds.items()},
        torch_imported=any(_imports_torch(arguments) for arguments in commands.values()),
    )


def _seconds_of(arguments: Sequence[str]) -> float:
    started = time.perf_counter()
    _run(["-m", "svhnlab", *arguments])
    return time.perf_counter() - started


def _imports_torch(arguments: Sequence[str]) -> bool:
    done = _run(["-c", _ASKED.format(arguments=list(arguments))])
    return done.stderr.splitlines()[-1] == "True"


def _run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    # `status` exits with 1 for an unfinished study; its time is still valid.
    return subprocess.run(command, cwd=ROOT, env=process_environment(), capture_output=True, text=True, check=False)


def train_full(folder: str, steps: int) -> dict[str, Any]:
    """Read, split, train and predict as `svhnlab train cnn` does, with a limited number of steps."""
    import torch  # noqa: PLC0415

    from benchmarks.contenders.our_loop import train_steps  # noqa: PLC0415
    from benchmarks.contenders.workload import Clock  # noqa: PLC0415
    from svhnlab.config.initial_weights import RANDOM  # noqa: PLC0415
    from svhnlab.config.profiles import PROFILES, SplitSettings  # noqa: PLC0415
    from svhnlab.data.source import find_data  # noqa: PLC0415
    from svhnlab.models.networks import build_model  # noqa: PLC0415
    from svhnlab.pipeline.images import load_images  # noqa: PLC0415
    from svhnlab.store.keys import StudySpec  # noqa: PLC0415
    from svhnlab.training.allocator import tune_malloc  # noqa: PLC0415
    from svhnlab.training.predict import evaluate_split, predict_arrays  # noqa: PLC0415

    tune_malloc()
    source, profile, device = find_data(Path(folder)), PROFILES["full"], torch.device("cpu")
    plan = StudySpec(profile, source.kind, source.name, source.digest, SplitSettings(), RANDOM, 0, 1)
    data = load_images(plan, source)
    reading = peak_bytes()
    recipe = replace(profile.recipes[RUN], epochs=1)
    model = build_model(recipe.model, image_size=recipe.image_size, classes=10)
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    tensors = {
        part: (torch.from_numpy(data.images[part]), torch.from_numpy(data.labels[part]))
        for part in ("train", "validation")
    }
    train_steps(model, recipe, *tensors["train"], Clock(warm=0, steps=steps))
    evaluate_split(model, *tensors["validation"])
    for part in ("validation", "test"):
        predict_arrays(model, data.images[part], device, recipe.test_shift)
    return {"reading_bytes": reading, "training_bytes": peak_bytes()}
