"""Data-parallel training of one run: each process computes its shard of every batch, and all take the same step.

``torchrun`` starts the processes and sets their ranks. Every process draws the order of the images, their augmentation
and the dropout masks for the whole batch from the same generators, and uses its own rows. The result is therefore that
of one process with the same batch, up to the order of floating-point additions.
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

#: Timeout of the process group. It is long because the others wait while the main process reads, writes and analyses.
TIMEOUT = timedelta(days=30)


class ProcessGroup:
    """The processes that train one run together, or a single one.

    Parameters
    ----------
    rank, size
        Rank of this process and number of processes. The process with rank 0 is the main one; only it writes files
        and prints.
    """

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size
        self._batch = 0  # images of the current batch, over all processes

    @property
    def is_main(self) -> bool:
        """Whether this process writes files and prints."""
        return self.rank == 0

    def describe(self) -> dict[str, Any]:
        """Return the number of processes for the record of a training; empty for a single process."""
        return {} if self.size == 1 else {"processes": self.size}

    def shard(self, batch: int) -> slice:
        """Return the rows that this process computes in a batch of the given size."""
        self._batch = batch
        return slice(batch * self.rank // self.size, batch * (self.rank + 1) // self.size)

    def prepare(self, model: nn.Module) -> nn.Module:
        """Return the module to call in the training loop, which synchronises gradients, batch norm and dropout.

        The model keeps its parameters and their names; its batch-norm and dropout layers are replaced.
        """
        if self.size == 1:
            return model
        for parent in list(model.modules()):
            for name, layer in parent.named_children():
                if isinstance(layer, _DROPOUTS):
                    setattr(parent, name, _SyncDropout(layer, self))
                elif isinstance(layer, nn.modules.batchnorm._BatchNorm):
                    setattr(parent, name, _sync_batch_norm(layer))
        return DistributedDataParallel(model)

    def scale_loss(self, loss: Tensor, rows: slice) -> Tensor:
        """Scale the mean loss of this process's rows so that the mean over processes is the mean of the batch."""
        if self.size == 1:
            return loss
        count = rows.stop - rows.start
        if count == 0:  # with fewer images than processes, the mean loss of no images is NaN
            loss = loss.nan_to_num()
        return loss * (count * self.size / self._batch)

    def all_reduce(self, value: Tensor) -> Tensor:
        """Sum a tensor over all processes, in place."""
        if self.size > 1:
            distributed.all_reduce(value)
        return value

    def broadcast(self, message: Callable[[], Any]) -> None:
        """Send an object from the main process to the others; `message` is called only if there are others."""
        if self.size > 1:
            distributed.broadcast_object_list([pickle.dumps(message())], device=torch.device("cpu"))

    def receive(self) -> Any:
        """Wait for the next object that the main process broadcasts."""
        received: list[Any] = [None]
        distributed.broadcast_object_list(received, device=torch.device("cpu"))
        return pickle.loads(received[0])  # noqa: S301 - sent by a process of the same training


SINGLE_PROCESS = ProcessGroup()

#: Layers that only multiply by a random mask.
_DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)


class _SyncDropout(nn.Module):
    """Dropout with a mask for the whole batch, of which this process uses its rows."""

    def __init__(self, layer: nn.Module, group: ProcessGroup) -> None:
        super().__init__()
        self.layer, self.group = layer, group

    def forward(self, values: Tensor) -> Tensor:
        """Apply the layer's dropout in training mode."""
        if not self.training:
            return values
        batch = self.group._batch
        return values * self.layer(values.new_ones((batch, *values.shape[1:])))[self.group.shard(batch)]


def _sync_batch_norm(layer: nn.Module) -> nn.Module:
    """Return a batch norm over the whole batch with the weights and running statistics of the layer."""
    if next(layer.parameters()).is_cuda:
        return nn.SyncBatchNorm.convert_sync_batchnorm(layer)
    layer.__class__ = type("Sync" + type(layer).__name__, (_SyncBatchNorm, type(layer)), {})
    return layer


class _Sum(torch.autograd.Function):
    """Differentiable all-reduce (sum): the input of each process contributes to the output of all."""

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
    """Batch norm over the rows of all processes on CPUs, which torch's SyncBatchNorm does not support."""

    def forward(self, values: Tensor) -> Tensor:
        """Normalise with the mean and the variance of the whole batch."""
        if not self.training:
            return super().forward(values)
        assert self.running_mean is not None
        # as in torch's batch norm: statistics in full precision, also for values in bfloat16
        dtype, values = values.dtype, values.to(self.running_mean.dtype)
        axes = [axis for axis in range(values.ndim) if axis != 1]
        count = values.new_tensor([float(values.numel() // values.shape[1])])
        distributed.all_reduce(count)
        mean = _Sum.apply(values.sum(axes)) / count
        shape = [1, -1, *[1] * (values.ndim - 2)]
        centred = values - mean.view(shape)
        variance = _Sum.apply(centred.square().sum(axes)) / count
        assert self.running_var is not None
        assert self.momentum is not None
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (count / (count - 1)), self.momentum)
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)
        scale = self.weight * (variance + self.eps).rsqrt()
        return (centred * scale.view(shape) + self.bias.view(shape)).to(dtype)


@contextmanager
def process_group(option: DeviceOption) -> Iterator[ProcessGroup]:
    """Join the processes started by ``torchrun``, with NCCL (one GPU per process) or gloo (CPUs).

    When the main process leaves the block without an error, it broadcasts None, which stops the others.
    """
    backend = "gloo"
    if choose_device(option).type == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        backend = "cpu:gloo,cuda:nccl"
    distributed.init_process_group(backend, timeout=TIMEOUT)
    try:
        group = ProcessGroup(distributed.get_rank(), distributed.get_world_size())
        yield group
        if group.is_main:
            group.broadcast(lambda: None)
    finally:
        distributed.destroy_process_group()
