"""Start weights of ResNet-18: ImageNet's, generated digits', a file's, or random numbers - never silently another.

Which of them a run starts from is part of its key. Deciding that needs no torch; loading does, and imports it
late so that a cache hit stays quick.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from svhnlab.config import PRETRAINING
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.store import Address, file_sha256

if TYPE_CHECKING:
    from torch import Tensor

#: File name of torchvision's ``ResNet18_Weights.IMAGENET1K_V1``; its end is the start of the file's SHA-256.
IMAGENET_FILE = "resnet18-f37072fd.pth"


@dataclass(frozen=True)
class Start:
    """Where a run's weights come from.

    Attributes
    ----------
    kind
        "random", "imagenet", "generated" or "file".
    digest
        What identifies the weights: the hash in torchvision's file name, the key of the stored pretraining on generated
        digits, or the SHA-256 of the file.
    """

    kind: Literal["random", "imagenet", "generated", "file"]
    digest: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return JSON values for a key."""
        return asdict(self)


def pretraining_address() -> Address:
    """Where the weights of the training on generated digits lie in the store."""
    from svhnlab.data.generated import GENERATOR_VERSION  # noqa: PLC0415

    inputs = {"schema": 1, "generator": GENERATOR_VERSION, **asdict(PRETRAINING)}
    return Address("pretraining", PRETRAINING.recipe.model, inputs)


RANDOM = Start("random")
IMAGENET = Start("imagenet", IMAGENET_FILE.removesuffix(".pth").rpartition("-")[2])


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
    from svhnlab.torchvision_import import torchvision  # noqa: PLC0415

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


def choose_start(
    option: str | None,
    *,
    forgiving: bool,
    trained_from_random: Callable[[], bool],
    say: Callable[[str], None],
) -> Start:
    """Decide what the ResNet runs start from.

    Parameters
    ----------
    option
        "imagenet", "generated", "none", a path, or None for the default (ImageNet).
    forgiving
        Whether to go on from random numbers where the ImageNet weights can't be had (the demo profile).
    trained_from_random
        Whether the study's runs from random numbers are stored already. Then, without an explicit wish, a
        forgiving study keeps to them instead of asking the network each time.
    """
    if option == "none":
        return RANDOM
    if option == "generated":
        return Start("generated", pretraining_address().key)
    if option not in {None, "imagenet"}:
        path = Path(str(option)).expanduser()
        if not path.is_file():
            raise InputError(
                f"--weights {option}: there is no such file; give imagenet, generated, none or the path of a "
                "state_dict."
            )
        return Start("file", file_sha256(path))
    if forgiving and option is None and not _has_imagenet() and trained_from_random():
        say("ResNet-18 keeps its random start from before; --weights imagenet tries ImageNet's again.")
        return RANDOM
    return _imagenet_start(forgiving, say)


def _has_imagenet() -> bool:
    return imagenet_path().is_file() and is_imagenet(imagenet_path())


def _imagenet_start(forgiving: bool, say: Callable[[str], None]) -> Start:
    try:
        if not _has_imagenet():
            imagenet_state()
    except SvhnlabError as error:
        if not forgiving:
            raise
        say(f"{error} The demo goes on from random numbers and says so on every page.")
        return RANDOM
    return IMAGENET
