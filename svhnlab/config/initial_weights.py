"""Initial weights of a run: from ImageNet, generated digits, a file, or random numbers. They are part of its key."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class InitialWeights:
    """What a run's weights are before its training.

    Attributes
    ----------
    kind
        "random", "imagenet", "generated" or "file".
    digest
        Identifies the weights: the hash in the file name of torchvision's ResNet-18, the key of the stored pretraining
        on generated digits, or the SHA-256 of the file.
    """

    kind: Literal["random", "imagenet", "generated", "file"]
    digest: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return JSON values for a key."""
        return asdict(self)


RANDOM = InitialWeights("random")
IMAGENET = InitialWeights("imagenet", "f37072fd")
