"""Where the numbers are computed."""

from __future__ import annotations

from typing import Any, Literal

import torch

from svhnlab.errors import InputError

DeviceOption = Literal["auto", "cpu", "cuda"]


def choose_device(option: DeviceOption) -> torch.device:
    """Return the wished device; "auto" takes a GPU where torch sees one. ``InputError`` for a GPU that is not."""
    if option == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda: torch sees no GPU here; use --device cpu, or install a CUDA build.")
    if option == "auto":
        option = "cuda" if torch.cuda.is_available() else "cpu"
    if option == "cuda":
        # the same seed is to give the same numbers; some of cuDNN's fastest kernels don't
        torch.backends.cudnn.deterministic = True
    return torch.device(option)


def describe_device(device: torch.device) -> dict[str, Any]:
    """Device, its name, number of threads and number format, for the record."""
    gpu = device.type == "cuda"
    return {
        "device": device.type,
        "device_name": torch.cuda.get_device_name(device) if gpu else None,
        "threads": torch.get_num_threads(),
        "precision": "bfloat16 autocast" if gpu else "float32",
    }
