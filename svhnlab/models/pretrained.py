"""Pretrained weights, from torchvision (ImageNet) or a file. Both are checked, and no code in them is executed.

torch is imported only to read weights, so ``svhnlab train`` stays fast when it finds stored results. Checking whether
torch's cache has the ImageNet weights needs no import.
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
    """Return the path where torch.hub caches a file of weights (``torch.hub.get_dir`` without importing torch)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return Path(os.environ.get("TORCH_HOME", cache / "torch")).expanduser() / "hub/checkpoints" / file_name


def has_imagenet(file_name: str) -> bool:
    """Return whether torch's cache has a file of weights whose SHA-256 starts with the digest in its name."""
    path = imagenet_path(file_name)
    return path.is_file() and file_sha256(path).startswith(digest_in_name(file_name))


def imagenet_state(weights: Any) -> dict[str, Tensor]:
    """Return the state_dict of a torchvision ``Weights`` entry, cached or downloaded, after checking its hash.

    Raises
    ------
    SvhnlabError
        If the weights are not cached and cannot be downloaded, or if the cached file has a different hash.
    """
    file_name = Path(weights.url).name
    path = imagenet_path(file_name)
    # torch.hub checks the hash of a download, but not of a file already in its cache
    if path.is_file() and not has_imagenet(file_name):
        raise SvhnlabError(
            f"{path} is not the file of the ImageNet weights (its SHA-256 does not start with "
            f"{digest_in_name(file_name)}); remove it, or choose {_ALTERNATIVES}."
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
    """Read a state_dict from a file in safetensors or torch format, without executing code from it.

    Raises
    ------
    InputError
        If the file cannot be read or does not contain a state_dict.
    """
    import torch  # noqa: PLC0415
    from safetensors.torch import load_file  # noqa: PLC0415

    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # the readers raise many types of errors on invalid files
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise InputError(
            f"{path} is not a state_dict that can be read safely ({reason}); "
            "save one with torch.save(model.state_dict(), ...) or as .safetensors."
        ) from error
    if not isinstance(state, dict) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()
    ):
        raise InputError(f"{path} contains no state_dict (names and tensors); save model.state_dict() itself.")
    return state


def digest_in_name(file_name: str) -> str:
    """Return the start of the SHA-256 that torchvision writes into file names such as ``resnet18-f37072fd.pth``."""
    return Path(file_name).stem.rpartition("-")[2]
