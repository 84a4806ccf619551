"""Choice of device and numerical precision."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

import torch

from svhnlab.errors import InputError

DeviceOption = Literal["auto", "cpu", "cuda"]


def choose_device(option: DeviceOption) -> torch.device:
    """Return the device for an option; "auto" is a GPU if there is one. Raise ``InputError`` for a missing GPU."""
    if option == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda: torch sees no GPU here; use --device cpu, or install a CUDA build.")
    if option == "auto":
        option = "cuda" if torch.cuda.is_available() else "cpu"
    if option == "cuda":
        # some of cuDNN's fastest kernels are non-deterministic
        torch.backends.cudnn.deterministic = True
    return torch.device(option)


def autocast(device: torch.device, *, cpu_too: bool = False) -> AbstractContextManager[object]:
    """Return a context that uses bfloat16 on a GPU and, with ``cpu_too``, on a CPU with instructions for it.

    Training and attributions, which take thousands of passes, use it on a CPU too. On two cores with AVX512_BF16 a
    training step took 0.5 to 0.7 times as long as in float32; without such instructions it takes many times as long.
    Predictions on a CPU are computed in float32.
    """
    if device.type == "cuda" or (cpu_too and _cpu_has_bfloat16()):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def _cpu_has_bfloat16() -> bool:
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # not in every version of torch
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def describe_device(device: torch.device) -> dict[str, Any]:
    """Return type and name of the device, number of threads and precision, for the record of a result."""
    gpu = device.type == "cuda"
    mixed = "bfloat16 autocast" if gpu else "bfloat16 autocast in training" if _cpu_has_bfloat16() else "float32"
    return {
        "device": device.type,
        "device_name": torch.cuda.get_device_name(device) if gpu else None,
        "threads": torch.get_num_threads(),
        "precision": mixed,
    }
