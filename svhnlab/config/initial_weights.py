"""Initial weights of a run: ImageNet, generated digits, a file, or random. They are part of the run's key."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class InitialWeights:
    """The weights from which the training of a run starts.

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
        """Return the fields as JSON values for a key."""
        return asdict(self)


@dataclass(frozen=True)
class WeightsWords:
    """Description of one kind of initial weights, for the report.

    Attributes
    ----------
    title
        Text in the title of a configuration, e.g. ``ResNet-18 (ImageNet)``.
    description
        Text after "starts from".
    reference
        Citation key in the report's bibliography, or None.
    """

    title: str
    description: str
    reference: str | None = None


#: Descriptions by kind of :class:`InitialWeights`.
WEIGHTS_WORDS: dict[str, WeightsWords] = {
    "random": WeightsWords("random start", "random weights"),
    "imagenet": WeightsWords("ImageNet", "weights trained on ImageNet", "deng2009"),
    "generated": WeightsWords("generated digits", "weights trained on generated house-number digits"),
    "file": WeightsWords("custom weights", "weights from a file"),
}

#: Values of the option ``--weights`` that are not the path of a file.
WEIGHTS_OPTIONS = ("imagenet", "generated", "none")
RANDOM = InitialWeights("random")
IMAGENET = InitialWeights("imagenet", "f37072fd")
