"""Training dynamics: what the model predicts for each training image in each epoch, from the logits of the training.

The logits are those of the loss: in training mode, of the images as they were augmented, and before the step that they
lead to. Recording them needs no further forward pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from svhnlab.store.schema import TrainingDynamics


@dataclass
class DynamicsRecord:
    """Dynamics of the epochs so far, on the CPU; part of the state of a training.

    Attributes
    ----------
    confidence, margin
        One entry per epoch, float16, shape (N,); see :class:`svhnlab.store.schema.TrainingDynamics`.
    logits
        Sum of the logits over the epochs, float32, shape (N, K); None before the first epoch.
    """

    confidence: list[Tensor] = field(default_factory=list)
    margin: list[Tensor] = field(default_factory=list)
    logits: Tensor | None = None

    def add_epoch(self, logits: Tensor, labels: Tensor) -> None:
        """Add an epoch.

        Parameters
        ----------
        logits
            Of all training images, float32, shape (N, K).
        labels
            Shape (N,), on the same device.
        """
        columns = labels[:, None]
        others = logits.scatter(1, columns, float("-inf")).amax(1)
        self.confidence.append(logits.softmax(1).gather(1, columns)[:, 0].half().cpu())
        self.margin.append((logits.gather(1, columns)[:, 0] - others).half().cpu())
        added = logits.cpu()
        self.logits = added if self.logits is None else self.logits + added

    def finish(self, epochs: int) -> TrainingDynamics | None:
        """Return the dynamics of a training with this number of epochs.

        None if the first of them were not recorded, in a training resumed from a checkpoint of an earlier version.
        """
        if self.logits is None or len(self.confidence) != epochs:
            return None
        return TrainingDynamics(
            confidence=np.stack([values.numpy() for values in self.confidence]),
            margin=np.stack([values.numpy() for values in self.margin]),
            logits=(self.logits / epochs).half().numpy(),
        )
