"""Files of a training: a checkpoint with a digest after each epoch, and the weights of the trained model."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from svhnlab.files import write_atomically
from svhnlab.store.schema import Epoch
from svhnlab.training.dynamics import DynamicsRecord
from svhnlab.training.loop import TrainingState

_DIGEST_BYTES = 32


def save_checkpoint(path: Path, state: TrainingState) -> None:
    """Write the state of a training, replacing the previous checkpoint atomically."""
    buffer = io.BytesIO()
    torch.save(
        {
            "model": state.model,
            "optimizer": state.optimizer,
            "best_model": state.best_model,
            "best_epoch": state.best_epoch,
            "history": [asdict(epoch) for epoch in state.history],
            "sessions": state.sessions,
            "dynamics": vars(state.dynamics),
        },
        buffer,
    )
    payload = buffer.getvalue()
    write_atomically(path, hashlib.sha256(payload).digest() + payload)


def load_checkpoint(path: Path, say: Callable[[str], None]) -> TrainingState | None:
    """Read the state of a training into main memory; return None without a valid file.

    A damaged file is reported and moved aside.
    """
    if not path.is_file():
        return None
    content = path.read_bytes()
    payload = content[_DIGEST_BYTES:]
    if hashlib.sha256(payload).digest() != content[:_DIGEST_BYTES]:
        aside = path.with_suffix(".damaged")
        path.replace(aside)
        say(f"The checkpoint is damaged and was moved to {aside}; this run starts again from its first epoch.")
        return None
    fields = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    history = [Epoch(**epoch) for epoch in fields["history"]]
    dynamics = DynamicsRecord(**fields.get("dynamics", {}))  # earlier versions did not record them
    return TrainingState(**{**fields, "history": history, "dynamics": dynamics})


def write_weights(path: Path, state: dict[str, Tensor]) -> None:
    """Write the weights of a model in the safetensors format."""
    # not with save_file, whose error on a full disk is not an OSError
    path.write_bytes(save({name: value.contiguous().cpu() for name, value in state.items()}))
