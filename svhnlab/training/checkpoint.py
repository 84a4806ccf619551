"""Files of a training: its checkpoint after each epoch, sealed with a digest, and the weights of the trained model."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from svhnlab.files import write_atomically
from svhnlab.store.schema import Epoch
from svhnlab.training.loop import Progress

_DIGEST_BYTES = 32


def save_checkpoint(path: Path, progress: Progress) -> None:
    """Write the state, replacing the previous one in a single step."""
    buffer = io.BytesIO()
    torch.save(
        {
            "model": progress.model,
            "optimizer": progress.optimizer,
            "best_model": progress.best_model,
            "best_epoch": progress.best_epoch,
            "history": [asdict(epoch) for epoch in progress.history],
            "sessions": progress.sessions,
        },
        buffer,
    )
    payload = buffer.getvalue()
    write_atomically(path, hashlib.sha256(payload).digest() + payload)


def load_checkpoint(path: Path, say: Callable[[str], None]) -> Progress | None:
    """Read the state back into main memory, or None where there is none; a damaged file is named and set aside."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    payload = content[_DIGEST_BYTES:]
    if hashlib.sha256(payload).digest() != content[:_DIGEST_BYTES]:
        aside = path.with_suffix(".damaged")
        path.replace(aside)
        say(f"Damaged checkpoint moved to {aside}; this run starts again from its first epoch.")
        return None
    state = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    history = [Epoch(**epoch) for epoch in state["history"]]
    return Progress(**{**state, "history": history})


def write_weights(path: Path, state: dict[str, Tensor]) -> None:
    """Write the weights of a model in the safetensors format."""
    save_file({name: value.contiguous().cpu() for name, value in state.items()}, path)
