"""Description of the machine on which a measurement runs."""

from __future__ import annotations

import os
import platform

import torch

from svhnlab.store.environment import describe, version_of
from svhnlab.store.schema.measurement import Machine

_PACKAGES = ("torch", "torchvision", "numpy", "scikit-learn")


def describe_machine(*packages: str) -> Machine:
    """Describe processor, memory, package versions and threads, and the load of the last minute.

    Parameters
    ----------
    packages
        Additional packages whose versions are recorded if they are installed.
    """
    known = describe()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return Machine(
        processor=known["processor"],
        cores=known["cores"],
        memory_bytes=memory_bytes(),
        system=known["system"],
        python=known["python"],
        packages={name: version for name in (*_PACKAGES, *packages) if (version := version_of(name))},
        threads=torch.get_num_threads(),
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        load_before=load,
    )


def memory_bytes() -> int:
    """Return the size of the main memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def short_name(machine: Machine) -> str:
    """Return a short name for file names, e.g. ``2-cores-x86_64`` or ``16-cores-x86_64-NVIDIA-H100``."""
    parts = [f"{machine.cores}-cores-{platform.machine()}"]
    if machine.gpu:
        parts.append("-".join("".join(c if c.isalnum() else " " for c in machine.gpu).split()))
    return "-".join(parts)
