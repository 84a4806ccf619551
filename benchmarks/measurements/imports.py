"""Time, memory and disk space of a study of imported predictions, against the number of images."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fresh_process import ProcessError, in_bytes, in_fresh_process
from benchmarks.measurements.noise_files import write
from benchmarks.schema import ImportedStudy, Imports, ImportStep
from benchmarks.settings import Settings

#: Numbers of training and test images; the last two: SVHN's training file, without and with the extra file.
SIZES = ((5_000, 4_000), (73_257, 26_032), (604_388, 26_032))
CLASSES, FEATURES = 10, 128
ACCURACIES = {"first": 0.92, "second": 0.88}  # of the imported classifiers
IMAGES = "reading the images"
#: Commands after the images were read, by the name of their step.
STEPS = {
    "two imports": [
        ["import", name, "--predictions", f"{name}.npz", "--title", name.title(), "--no-analysis"]
        for name in ACCURACIES
    ],
    "analysis": [["import"]],
    "report": [["report", "--engine", "builtin"]],
}


def measure(settings: Settings) -> Imports:
    """Measure every size in a project of its own."""
    studies = []
    for train, test in ((200, 100),) if settings.quick else SIZES:
        settings.say(f"  {train:,} training and {test:,} test images")
        with tempfile.TemporaryDirectory(prefix="svhnlab-bench-") as folder:
            studies.append(study_of(Path(folder), train, test, settings))
    return Imports(features=FEATURES, classifiers=len(ACCURACIES), studies=tuple(studies))


def study_of(folder: Path, train: int, test: int, settings: Settings) -> ImportedStudy:
    """Make a study of random images and two classifiers, and its report, in an empty folder."""
    _run(folder, ["init", "."])
    data = folder / "data" / "svhn"
    data.mkdir(parents=True, exist_ok=True)
    for part, images in (("train", train), ("test", test)):
        write(str(data / f"{part}_32x32.mat"), images)
    steps = [_step(folder, IMAGES, [["images", "images.npz"]])]
    for seed, (name, accuracy) in enumerate(ACCURACIES.items()):
        write_predictions(folder / "images.npz", folder / f"{name}.npz", accuracy, seed)
    for name, commands in STEPS.items():
        settings.say(f"    {name}")
        steps.append(_step(folder, name, commands))
    return ImportedStudy(
        train_images=train,
        test_images=test,
        results_bytes=_size(folder / "results"),
        site_bytes=_size(folder / "_site"),
        steps=tuple(steps),
    )


def write_predictions(images: Path, file: Path, accuracy: float, seed: int) -> None:
    """Write logits and features of a classifier that predicts a random class for some of the images."""
    rng = np.random.default_rng(seed)
    centres = 2 * np.random.default_rng(0).standard_normal((CLASSES, FEATURES))
    arrays: dict[str, Any] = {}
    with np.load(images) as data:
        for split in ("train", "validation", "test"):
            labels = data[f"{split}_labels"]
            predicted = np.where(rng.random(len(labels)) < accuracy, labels, rng.integers(0, CLASSES, len(labels)))
            features = centres[predicted] + 1.5 * rng.standard_normal((len(labels), FEATURES))
            arrays |= {
                split: (features @ centres.T / FEATURES).astype(np.float32),
                f"{split}_features": features.astype(np.float32),
                f"{split}_labels": labels,
            }
    np.savez(file, **arrays)


def _step(folder: Path, name: str, commands: list[list[str]]) -> ImportStep:
    started = time.perf_counter()
    costs = [_run(folder, command) for command in commands]
    return ImportStep(
        name=name,
        seconds=time.perf_counter() - started,
        processor_seconds=sum(cost["processor_seconds"] for cost in costs),
        peak_bytes=max(cost["peak_bytes"] for cost in costs),
    )


def _run(folder: Path, command: list[str]) -> Any:
    return in_fresh_process("benchmarks.measurements.imports:cost_of", folder=str(folder), command=command)


def cost_of(folder: str, command: list[str]) -> dict[str, float]:
    """Run a command of svhnlab, and return what it and its processes used.

    To be called in a fresh process: the peak of a process includes that of the process which starts it.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "svhnlab", *command], cwd=folder, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            lines = output.read().decode(errors="replace").strip().splitlines() or ["no output"]
            raise ProcessError(f"svhnlab {' '.join(command)}: {lines[-1][:300]}")
    return {"processor_seconds": usage.ru_utime + usage.ru_stime, "peak_bytes": in_bytes(usage.ru_maxrss)}


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
