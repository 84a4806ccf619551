"""Start weights of ResNet-18: ImageNet's, generated digits', a file's, or random numbers - never silently another.

Which of them a run starts from is part of its key. Deciding that needs no torch; loading does, and imports it
late so that a cache hit stays quick.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from svhnlab.config.initial_weights import IMAGENET, IMAGENET_FILE
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.files import file_sha256

if TYPE_CHECKING:
    from torch import Tensor


def imagenet_path() -> Path:
    """Where torch.hub keeps the downloaded ImageNet weights (torch.hub.get_dir, without importing torch)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return Path(os.environ.get("TORCH_HOME", cache / "torch")).expanduser() / "hub/checkpoints" / IMAGENET_FILE


def imagenet_state(weights: Any = None) -> dict[str, Tensor]:
    """Return ImageNet weights through torchvision's weights enum: cached, hash-checked, not executed.

    Parameters
    ----------
    weights
        A torchvision ``Weights``; by default ``ResNet18_Weights.IMAGENET1K_V1``.

    Raises
    ------
    SvhnlabError
        When they are neither in torch's cache nor to be had from their address.
    """
    from svhnlab.models.torchvision_import import torchvision  # noqa: PLC0415

    if weights is None:
        weights = torchvision.models.ResNet18_Weights.IMAGENET1K_V1
        # torch.hub checks the hash of what it downloads, but takes a file that lies in its cache as it is
        if imagenet_path().is_file() and not _has_imagenet():
            raise SvhnlabError(
                f"{imagenet_path()} is not the file of the ImageNet weights (its SHA-256 does not begin with "
                f"{IMAGENET.digest}); remove it, or choose --weights generated, none or PATH."
            )
    try:
        state: dict[str, Tensor] = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (OSError, RuntimeError) as error:  # unreachable address; wrong hash
        raise SvhnlabError(
            f"The ImageNet weights could not be had from {weights.url} ({error}). Put the file at "
            f"{imagenet_path()}, or choose --weights generated, none or PATH."
        ) from error
    return state


def is_imagenet(path: Path) -> bool:
    """Whether a file is that of the ImageNet weights, by the hash in torchvision's file name."""
    return file_sha256(path).startswith(str(IMAGENET.digest))


def file_state(path: Path) -> dict[str, Tensor]:
    """Read a state_dict file, safetensors or torch's own format, without executing anything from it."""
    import torch  # noqa: PLC0415
    from safetensors.torch import load_file  # noqa: PLC0415

    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a reader can fail in any way on a file that is something else
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


def load_backbone(backbone: Any, state: dict[str, Tensor], origin: str) -> None:
    """Copy a ResNet-18's state_dict into a backbone, leaving out the old classifier ``fc``.

    Raises
    ------
    InputError
        When the names or shapes are not those of torchvision's ResNet-18.
    """
    layers = {name: value for name, value in state.items() if not name.startswith("fc.")}
    try:
        backbone.load_state_dict(layers, strict=True)
    except RuntimeError as error:
        reason = " ".join(str(error).splitlines()[1:2]).strip()[:160]
        raise InputError(f"{origin} does not fit torchvision's ResNet-18: {reason}") from error


def _has_imagenet() -> bool:
    return imagenet_path().is_file() and is_imagenet(imagenet_path())
