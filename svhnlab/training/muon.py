"""Muon: updates of convolution kernels with orthogonal matrices (Jordan et al., 2024)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

#: Kernels of more filters are left to AdamW: their orthogonalisation would take longer than the rest of the step.
MOST_FILTERS = 128
#: Kernels of fewer channels, such as the first one, have too short rows for it.
FEWEST_CHANNELS = 16
MOMENTUM = 0.95
#: Learning rate as a multiple of that of AdamW: an orthogonal update is larger than one of AdamW.
RATE = 7.0
# Coefficients of the quintic Newton-Schulz iteration by K. Jordan, which takes all singular values to about 0.7 to 1.2.
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5


def has_muon(weight: Tensor) -> bool:
    """Return whether Muon updates a weight: a kernel of a convolution that is neither large nor nearly empty."""
    return weight.ndim == 4 and weight.shape[0] <= MOST_FILTERS and weight.shape[1] >= FEWEST_CHANNELS


def orthogonalised(matrix: Tensor) -> Tensor:
    """Return approximately the nearest matrix with orthonormal rows or columns, float32, of the same shape (m, n).

    It is computed in bfloat16, which is precise enough for an update.
    """
    a, b, c = COEFFICIENTS
    wide = matrix.shape[0] <= matrix.shape[1]
    update = (matrix if wide else matrix.T).bfloat16()
    update = update / (update.norm() + 1e-7)  # singular values of at most 1
    for _ in range(ITERATIONS):
        gram = update @ update.T
        update = a * update + (b * gram + c * gram @ gram) @ update
    return (update if wide else update.T).float()


class MuonAdamW(torch.optim.AdamW):
    """AdamW, with Muon for parameter groups with ``muon=True``.

    References
    ----------
    K. Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks,
    https://kellerjordan.github.io/posts/muon/.
    """

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Update all weights."""
        groups = self.param_groups
        try:
            self.param_groups = [group for group in groups if not group.get("muon")]
            result = super().step(closure)
        finally:
            self.param_groups = groups
        for group in groups:
            if group.get("muon"):
                self._update(group["params"], RATE * group["lr"], group["lr"] * group["weight_decay"])
        return result

    def _update(self, kernels: Iterable[nn.Parameter], rate: float, shrinkage: float) -> None:
        for kernel in kernels:
            if kernel.grad is None:
                continue
            state = self.state[kernel]
            if "momentum" not in state:
                # AdamW reads the number of steps of every state that is loaded
                state |= {"step": torch.zeros(()), "momentum": torch.zeros_like(kernel)}
            state["step"] += 1
            momentum = state["momentum"].lerp_(kernel.grad, 1 - MOMENTUM)
            update = orthogonalised(kernel.grad.lerp(momentum, MOMENTUM).flatten(1))  # Nesterov's momentum
            tall = max(1.0, update.shape[0] / update.shape[1]) ** 0.5
            kernel.mul_(1 - shrinkage).add_(update.view_as(kernel), alpha=-rate * tall)
