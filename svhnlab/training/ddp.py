"""One training by several processes: each computes its share of every batch, and all take the same step.

``torchrun`` starts the processes and tells each its rank. Which images a batch has, how they are augmented and which
units drop out is drawn by every process for the whole batch with the same generators, and each keeps its own rows:
so the numbers are those of one process with the same batch, but for the order in which floats are added.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from svhnlab.training.device import DeviceOption, choose_device

#: The others wait this long while the first process reads, writes and analyses.
PATIENCE = timedelta(days=30)


class ProcessGroup:
    """The processes that train one run together; a single one is a team as well.

    Parameters
    ----------
    rank, size
        Place of this process among how many; the one with rank 0 leads: it alone writes and talks.
    """

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size
        self._batch = 0  # images of the batch that all are working on

    @property
    def leads(self) -> bool:
        """Whether this process writes and talks."""
        return self.rank == 0

    def record(self) -> dict[str, Any]:
        """What is recorded of the team beside the device; nothing of a single process."""
        return {} if self.size == 1 else {"processes": self.size}

    def rows(self, batch: int) -> slice:
        """Rows of a batch of so many images that this process computes."""
        self._batch = batch
        return slice(batch * self.rank // self.size, batch * (self.rank + 1) // self.size)

    def prepare(self, model: nn.Module) -> nn.Module:
        """Return what to call in place of the model, so that its gradients and random masks are the team's.

        The model itself keeps its names and weights; the batch norms and dropouts in it are exchanged.
        """
        if self.size == 1:
            return model
        for parent in list(model.modules()):
            for name, layer in parent.named_children():
                if isinstance(layer, _DROPOUTS):
                    setattr(parent, name, _SyncDropout(layer, self))
                elif isinstance(layer, nn.modules.batchnorm._BatchNorm):
                    setattr(parent, name, _synchronised(layer))
        return DistributedDataParallel(model)

    def share(self, loss: Tensor, rows: slice) -> Tensor:
        """Weigh the mean loss of this process's rows, so that the mean over processes is that of the batch."""
        if self.size == 1:
            return loss
        count = rows.stop - rows.start
        if count == 0:  # of fewer images than processes; the mean of nothing is no number
            loss = loss.nan_to_num()
        return loss * (count * self.size / self._batch)

    def total(self, value: Tensor) -> Tensor:
        """Sum a tensor over all processes."""
        if self.size > 1:
            distributed.all_reduce(value)
        return value

    def announce(self, message: Callable[[], Any]) -> None:
        """Send the others what to do next; the message is made only if there are others."""
        if self.size > 1:
            distributed.broadcast_object_list([pickle.dumps(message())], device=torch.device("cpu"))

    def next_message(self) -> Any:
        """Wait for what the leading process announces."""
        received: list[Any] = [None]
        distributed.broadcast_object_list(received, device=torch.device("cpu"))
        return pickle.loads(received[0])  # noqa: S301 - from a process of the same training


SINGLE_PROCESS = ProcessGroup()

#: Those that multiply by a random mask, and do nothing else.
_DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)


class _SyncDropout(nn.Module):
    """A dropout whose mask is drawn for the whole batch, of which this process uses its rows."""

    def __init__(self, layer: nn.Module, team: ProcessGroup) -> None:
        super().__init__()
        self.layer, self.team = layer, team

    def forward(self, values: Tensor) -> Tensor:
        """Drop units in training mode, as the layer does."""
        if not self.training:
            return values
        batch = self.team._batch
        return values * self.layer(values.new_ones((batch, *values.shape[1:])))[self.team.rows(batch)]


def _synchronised(layer: nn.Module) -> nn.Module:
    """Return a batch norm over the whole batch with the layer's own weights and statistics."""
    if next(layer.parameters()).is_cuda:
        return nn.SyncBatchNorm.convert_sync_batchnorm(layer)
    layer.__class__ = type("Team" + type(layer).__name__, (_SyncBatchNorm, type(layer)), {})
    return layer


class _Sum(torch.autograd.Function):
    """Sum over all processes, through which gradients flow back: each process's input moves every one's output."""

    @staticmethod
    def forward(context: Any, value: Tensor) -> Tensor:
        total = value.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        total = gradient.clone()
        distributed.all_reduce(total)
        return total


class _SyncBatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch norm over the rows of all processes on a CPU, which torch's SyncBatchNorm leaves out."""

    def forward(self, values: Tensor) -> Tensor:
        """Normalise, as the layer it stands for does, with mean and variance of the whole batch."""
        if not self.training:
            return super().forward(values)
        assert self.running_mean is not None
        # as batch norm itself does: statistics in full precision, also of values in bfloat16
        given, values = values.dtype, values.to(self.running_mean.dtype)
        others = [axis for axis in range(values.ndim) if axis != 1]
        count = values.new_tensor([float(values.numel() // values.shape[1])])
        distributed.all_reduce(count)
        mean = _Sum.apply(values.sum(others)) / count
        shape = [1, -1, *[1] * (values.ndim - 2)]
        centred = values - mean.view(shape)
        variance = _Sum.apply(centred.square().sum(others)) / count
        assert self.running_var is not None
        assert self.momentum is not None
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (count / (count - 1)), self.momentum)
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)
        scale = self.weight * (variance + self.eps).rsqrt()
        return (centred * scale.view(shape) + self.bias.view(shape)).to(given)


@contextmanager
def process_group(option: DeviceOption) -> Iterator[ProcessGroup]:
    """Join the processes that ``torchrun`` started: NCCL between GPUs, one each, or gloo between CPUs.

    When the leading process's block ends well, the others are told that nothing follows.
    """
    backend = "gloo"
    if choose_device(option).type == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        backend = "cpu:gloo,cuda:nccl"
    distributed.init_process_group(backend, timeout=PATIENCE)
    try:
        team = ProcessGroup(distributed.get_rank(), distributed.get_world_size())
        yield team
        if team.leads:
            team.announce(lambda: None)
    finally:
        distributed.destroy_process_group()
