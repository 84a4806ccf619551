"""A moving average of the weights of a training, which is what is tested and kept."""

from __future__ import annotations

import copy

import torch
from torch.optim.swa_utils import get_ema_multi_avg_fn

from svhnlab.models import Classifier


class WeightAverage:
    """Exponential moving average of a model's weights and running statistics (Polyak & Juditsky, 1992).

    Parameters
    ----------
    model
        What is trained; its present weights are the first average.
    decay
        Share of the average that each step leaves; 0 for no averaging.

    Attributes
    ----------
    model
        A copy of the model with the average as its weights.
    """

    def __init__(self, model: Classifier, decay: float) -> None:
        self.model = copy.deepcopy(model)
        self._decay = decay

    @torch.no_grad()
    def update(self, model: Classifier, step: int) -> None:
        """Take in the weights after a step (0, 1, ...); the first steps move the average faster."""
        now = model.state_dict()
        pairs = [(value, now[name]) for name, value in self.model.state_dict().items()]
        moving = [pair for pair in pairs if pair[0].is_floating_point()]
        decay = min(self._decay, (1 + step) / (10 + step))
        averages, values = (list(part) for part in zip(*moving, strict=True))
        get_ema_multi_avg_fn(decay)(averages, values, step)
        for average, value in pairs:
            if not average.is_floating_point():  # batch norm's count of batches
                average.copy_(value)
