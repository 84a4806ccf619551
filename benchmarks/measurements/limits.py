"""Compute throughput and memory bandwidth of the machine, and their use by a training step of each workload."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.fresh_process import in_fresh_process
from benchmarks.schema import Limits, Sample, Share
from benchmarks.settings import Settings


def measure(settings: Settings) -> Limits:
    """Measure the limits in a fresh process, and each workload in another."""
    from benchmarks.contenders.workload import WORKLOADS  # noqa: PLC0415

    settings.say("  matrix multiplication and copying")
    found = in_fresh_process("benchmarks.measurements.limits:machine_limits", quick=settings.quick)
    shares = []
    for run in list(WORKLOADS)[:1] if settings.quick else WORKLOADS:
        settings.say(f"  {run}")
        shares.append(
            Share.model_validate(in_fresh_process("benchmarks.measurements.limits:step", run=run, quick=settings.quick))
        )
    return Limits(
        precision=found["precision"],
        operations_per_second=Sample(values=tuple(found["operations"])),
        bytes_per_second=Sample(values=tuple(found["bytes"])),
        shares=tuple(shares),
    )


def machine_limits(quick: bool) -> dict[str, Any]:
    """Return operations per second of a large matrix product, and bytes per second of a large copy."""
    import torch  # noqa: PLC0415

    from svhnlab.training.device import autocast, choose_device  # noqa: PLC0415

    device = choose_device("auto")
    side, count = (256, 2**20) if quick else (3072, 2**27)
    with autocast(device, cpu_too=True):  # as in svhnlab's training loop
        shorter = torch.is_autocast_enabled(device.type)
        precision = torch.get_autocast_dtype(device.type) if shorter else torch.float32
    one, other = (torch.rand(side, side, device=device).to(precision) for _ in range(2))
    product = torch.empty_like(one)
    source = torch.rand(count, device=device)
    target = torch.empty_like(source)

    def seconds_of(action: Any) -> float:
        _synchronise(device)
        started = time.perf_counter()
        action()
        _synchronise(device)
        return time.perf_counter() - started

    found: dict[str, Any] = {"precision": str(precision).removeprefix("torch."), "operations": [], "bytes": []}
    for repetition in range(8):
        multiplied = seconds_of(lambda: torch.mm(one, other, out=product))
        copied = seconds_of(lambda: target.copy_(source))
        if repetition:  # the first is a warm-up
            found["operations"].append(2 * side**3 / multiplied)
            found["bytes"].append(2 * 4 * count / copied)  # read and written
    return found


def _synchronise(device: Any) -> None:
    import torch  # noqa: PLC0415

    if device.type == "cuda":
        torch.cuda.synchronize()


def step(run: str, quick: bool) -> dict[str, Any]:
    """Count operations and bytes of a training step, and measure its rate in svhnlab's loop."""
    import torch  # noqa: PLC0415
    from torch.nn import functional as F  # noqa: N812, PLC0415
    from torch.utils.flop_counter import FlopCounterMode  # noqa: PLC0415

    from benchmarks.contenders import our_loop  # noqa: PLC0415
    from benchmarks.contenders.workload import WORKLOADS, make_job  # noqa: PLC0415
    from benchmarks.measurements.memory_traffic import Traffic  # noqa: PLC0415
    from svhnlab.training.augmentation import augment  # noqa: PLC0415

    job = make_job(WORKLOADS[run], quick=quick)
    our_loop.train(job)
    recipe, count = job.recipe, job.recipe.batch_size
    model = job.model().train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    images, labels = torch.from_numpy(job.images[:count]), torch.from_numpy(job.labels[:count])
    with FlopCounterMode(display=False) as counter, Traffic() as traffic:
        pixels = images.float().div_(255)
        if recipe.augmentation is not None:
            pixels = augment(pixels, torch.Generator().manual_seed(0), recipe.augmentation)
        loss = F.cross_entropy(model(pixels.contiguous(memory_format=torch.channels_last)), labels)
        loss.backward()
    return {
        "name": run,
        "title": WORKLOADS[run].title,
        "operations": counter.get_total_flops() / count,
        "traffic_bytes": traffic.bytes / count,
        "rate": job.clock.steps * recipe.batch_size / job.clock.seconds,
    }
