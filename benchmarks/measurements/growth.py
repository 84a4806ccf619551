"""Time and memory against the number of images, up to SVHN's training and extra file together."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.fresh_process import in_fresh_process, peak_bytes
from benchmarks.schema import Growth, Size
from benchmarks.settings import LeftOutError, Settings
from svhnlab.training.machine import memory_bytes

RUN = "cnn"
SIZES = (5_000, 20_000, 73_257, 604_388)  # the last two: SVHN's training file, without and with the extra file
STEPS, PREDICTED = 30, 4_096
PIXELS = 3 * 32 * 32  # bytes of an image
#: Upper bound of the peak memory as a multiple of the pixels: the file, a transposed copy, and the splits.
COPIES = 4


def measure(settings: Settings) -> Growth:
    """Measure every size in a fresh process; a size that exceeds the free memory or disk is left out."""
    sizes, left_out = [], {}
    for images in (200, 400) if settings.quick else SIZES:
        settings.say(f"  {images:,} images")
        with tempfile.TemporaryDirectory(prefix="svhnlab-bench-") as folder:
            reason = _no_room(images * PIXELS, folder)
            if reason is not None:
                left_out[f"{images:,} images"] = reason
                continue
            file = f"{folder}/train_32x32.mat"
            in_fresh_process("benchmarks.measurements.noise_files:write", file=file, images=images)
            found = in_fresh_process("benchmarks.measurements.growth:cost", file=file, quick=settings.quick)
            sizes.append(Size.model_validate(found))
    if not sizes:
        raise LeftOutError("; ".join(f"{size}: {reason}" for size, reason in left_out.items()))
    return Growth(run=RUN, sizes=tuple(sizes), left_out=left_out)


def _no_room(pixels: int, folder: str) -> str | None:
    free_memory, free_disk = _free_memory(), shutil.disk_usage(folder).free
    if COPIES * pixels > free_memory:
        return f"up to {COPIES * pixels / 1e9:.1f} GB of memory are needed, and {free_memory / 1e9:.1f} GB are free"
    if 1.1 * pixels > free_disk:
        return f"{pixels / 1e9:.1f} GB of disk are needed, and {free_disk / 1e9:.1f} GB are free"
    return None


def _free_memory() -> int:
    info = Path("/proc/meminfo")
    if not info.is_file():
        return memory_bytes()
    line = next(line for line in info.read_text(encoding="ascii").splitlines() if line.startswith("MemAvailable"))
    return 1024 * int(line.split()[1])


def cost(file: str, quick: bool) -> dict[str, Any]:
    """Read, split, train for some steps and predict; times of training and prediction are scaled to all images."""
    import torch  # noqa: PLC0415

    from benchmarks.contenders.our_loop import train_steps  # noqa: PLC0415
    from benchmarks.contenders.workload import Clock  # noqa: PLC0415
    from svhnlab.config.profiles import PROFILES  # noqa: PLC0415
    from svhnlab.data.mat import read_format2  # noqa: PLC0415
    from svhnlab.data.splits import split_indices  # noqa: PLC0415
    from svhnlab.models.networks import build_model  # noqa: PLC0415
    from svhnlab.training.allocator import tune_malloc  # noqa: PLC0415
    from svhnlab.training.device import choose_device  # noqa: PLC0415
    from svhnlab.training.predict import predict_arrays  # noqa: PLC0415

    tune_malloc()
    started = time.perf_counter()
    data = read_format2(Path(file))
    read_seconds, reading = time.perf_counter() - started, peak_bytes()
    images = len(data)

    started = time.perf_counter()
    split = split_indices(data.labels, 0, protocol="official", seed=0)
    parts = {
        part: (torch.from_numpy(data.images[rows]), torch.from_numpy(data.labels[rows]))
        for part, rows in (("train", split.train), ("validation", split.validation))
    }
    split_seconds = time.perf_counter() - started
    del data

    device = choose_device("auto")
    recipe = replace(PROFILES["full"].recipes[RUN], epochs=1)
    if quick:
        recipe = replace(recipe, batch_size=32)
    batches = len(parts["train"][1]) // recipe.batch_size
    clock = Clock(warm=2, steps=min(STEPS, batches - 2))
    model = build_model(recipe.model, image_size=recipe.image_size, classes=10)
    model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    images_of, labels_of = (values.to(device) for values in parts["train"])
    train_steps(model, recipe, images_of, labels_of, clock)
    trained = clock.steps * recipe.batch_size
    shown = parts["train"][0][:PREDICTED].numpy()
    started = time.perf_counter()
    predict_arrays(model, shown, device, recipe.test_shift)
    predicting = time.perf_counter() - started
    return {
        "images": images,
        "file_bytes": Path(file).stat().st_size,
        "read_seconds": read_seconds,
        "split_seconds": split_seconds,
        "epoch_seconds": clock.seconds / trained * len(split.train),
        "epoch_measured": trained,
        "predict_seconds": predicting / len(shown) * images,
        "predict_measured": len(shown),
        "reading_bytes": reading,
        "peak_bytes": peak_bytes(),
    }
