"""Pretrained weights: those of ImageNet from torchvision, or those of a file. Both are checked and never executed.

Whether ImageNet weights are in torch's cache is known without importing torch; reading weights imports it late, so that
a cache hit of ``svhnlab train`` stays fast.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from svhnlab.errors import InputError, SvhnlabError
from svhnlab.files import file_sha256

if TYPE_CHECKING:
    from torch import Tensor

_ALTERNATIVES = "--weights generated, none or PATH"


def imagenet_path(file_name: str) -> Path:
    """Return where torch.hub caches a file of weights (``torch.hub.get_dir`` without importing torch)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return Path(os.environ.get("TORCH_HOME", cache / "torch")).expanduser() / "hub/checkpoints" / file_name


def has_imagenet(file_name: str) -> bool:
    """Whether torch's cache holds a file of torchvision's weights, by the start of its SHA-256 in the file's name."""
    path = imagenet_path(file_name)
    return path.is_file() and file_sha256(path).startswith(_digest(file_name))


def imagenet_state(weights: Any) -> dict[str, Tensor]:
    """Return the state_dict of a torchvision ``Weights`` entry, from torch's cache or downloaded, checked by its hash.

    Raises
    ------
    SvhnlabError
        If the weights are neither cached nor can be downloaded, or the cached file is another one.
    """
    file_name = Path(weights.url).name
    path = imagenet_path(file_name)
    # torch.hub checks the hash of what it downloads, but not that of a file that is in its cache already
    if path.is_file() and not has_imagenet(file_name):
        raise SvhnlabError(
            f"{path} is not the file of the ImageNet weights (its SHA-256 does not start with {_digest(file_name)}); "
            f"remove it, or choose {_ALTERNATIVES}."
        )
    try:
        state: dict[str, Tensor] = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (OSError, RuntimeError) as error:  # unreachable address; wrong hash
        raise SvhnlabError(
            f"The ImageNet weights could not be downloaded from {weights.url} ({error}). Put the file at {path}, or "
            f"choose {_ALTERNATIVES}."
        ) from error
    return state


def file_state(path: Path) -> dict[str, Tensor]:
    """Read a state_dict from a file, safetensors or torch's own format, without executing anything from it.

    Raises
    ------
    InputError
        If the file cannot be read or holds something else.
    """
    import torch  # noqa: PLC0415
    from safetensors.torch import load_file  # noqa: PLC0415

    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # the readers raise many types of errors on other files
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise InputError(
            f"{path} is no state_dict that can be read safely ({reason}); "
            "save one with torch.save(model.state_dict(), ...) or as .safetensors."
        ) from error
    if not isinstance(state, dict) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()
    ):
        raise InputError(f"{path} holds no state_dict (names and tensors); save model.state_dict() itself.")
    return state


def _digest(file_name: str) -> str:
    """Return the start of the SHA-256 that torchvision writes into file names such as ``resnet18-f37072fd.pth``."""
    return Path(file_name).stem.rpartition("-")[2]
