"""Start weights of ResNet-18: ImageNet's, generated digits', a file's, or random numbers - never silently another.

Which of them a run starts from is part of its key. Deciding that needs no torch; loading does, and imports it
late so that a cache hit stays quick.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    pass

#: File name of torchvision's ``ResNet18_Weights.IMAGENET1K_V1``; its end is the start of the file's SHA-256.
IMAGENET_FILE = "resnet18-f37072fd.pth"


@dataclass(frozen=True)
class InitialWeights:
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


RANDOM = InitialWeights("random")
IMAGENET = InitialWeights("imagenet", IMAGENET_FILE.removesuffix(".pth").rpartition("-")[2])
