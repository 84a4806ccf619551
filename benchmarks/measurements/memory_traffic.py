"""Bytes that tensor operations read and write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

_WITHOUT_CONTENT = {torch.ops.aten.empty.memory_format, torch.ops.aten.empty_strided.default}


class Traffic(TorchDispatchMode):
    """Counts the bytes of the inputs and outputs of all operations while it is active.

    A view reads and writes nothing. Caches are ignored, so this is an upper bound of the traffic to memory.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0

    def __torch_dispatch__(
        self,
        func: Any,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run an operation and count its bytes."""
        call: Callable[..., Any] = func
        given = {**(kwargs or {})}
        made = call(*args, **given)
        taken = _memories((args, given))
        # An output that shares memory with an argument is a view, or the argument changed in place.
        written = {place: size for place, size in _memories(made).items() if place not in taken}
        if func not in _WITHOUT_CONTENT and (written or func._schema.is_mutable):
            self.bytes += sum(taken.values()) + sum(written.values())
        return made


def _memories(values: Any) -> dict[int, int]:
    """Return the bytes of each tensor among values, by the address of its memory."""
    tensors = [leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor) and leaf.layout == torch.strided]
    return {tensor.untyped_storage().data_ptr(): _bytes(tensor) for tensor in tensors if tensor.numel()}


def _bytes(tensor: Tensor) -> int:
    """Return the bytes of a tensor; elements repeated by a stride of zero count once."""
    sizes = [size for size, stride in zip(tensor.shape, tensor.stride(), strict=True) if stride]
    count = 1
    for size in sizes:
        count *= size
    return count * tensor.element_size()
