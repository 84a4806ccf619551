"""Training dynamics: what the model predicts for each training image in each epoch, from the logits of the training.

The logits are those of the loss: in training mode, of the images as they were augmented, and before the step that they
lead to. Recording them needs no further forward pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from svhnlab.store.schema import TrainingDynamics


@dataclass
class DynamicsRecord:
    """Dynamics of the epochs so far, on the CPU; part of the state of a training.

    Attributes
    ----------
    confidence, margin
        One entry per epoch, float16, shape (N,); see :class:`svhnlab.store.schema.TrainingDynamics`.
    probabilities
        Sum over the epochs of the probability of each class, float32, shape (N, K); None before the first epoch.
    """

    confidence: list[Tensor] = field(default_factory=list)
    margin: list[Tensor] = field(default_factory=list)
    probabilities: Tensor | None = None

    def add_epoch(self, scores: Tensor, labels: Tensor) -> None:
        """Add an epoch.

        Parameters
        ----------
        scores
            Result of :func:`label_scores` for every training image, shape (N, K + 1).
        labels
            Shape (N,), on the same device.
        """
        probabilities = scores[:, :-1]
        confidence = probabilities.gather(1, labels[:, None])[:, 0]
        self.confidence.append(confidence.half().cpu())
        self.margin.append(scores[:, -1].half().cpu())
        added = probabilities.cpu()
        self.probabilities = added if self.probabilities is None else self.probabilities + added

    def finish(self, epochs: int) -> TrainingDynamics | None:
        """Return the dynamics of a training with this number of epochs.

        None if the first of them were not recorded, in a training resumed from a checkpoint of an earlier version.
        """
        if self.probabilities is None or len(self.confidence) != epochs:
            return None
        return TrainingDynamics(
            confidence=np.stack([values.numpy() for values in self.confidence]),
            margin=np.stack([values.numpy() for values in self.margin]),
            probabilities=(self.probabilities / epochs).half().numpy(),
        )


def label_scores(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the probability of each class, and the margin of the label's logit over the largest other one.

    Parameters
    ----------
    logits
        float32, shape (B, K).
    labels
        Shape (B,).

    Returns
    -------
    Shape (B, K + 1); the margin is the last column.
    """
    of_label = logits.gather(1, labels[:, None])
    of_others = logits.scatter(1, labels[:, None], float("-inf")).amax(1, keepdim=True)
    return torch.cat([logits.softmax(1), of_label - of_others], 1)
