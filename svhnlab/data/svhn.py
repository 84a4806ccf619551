"""The official SVHN Format 2 files: names, sizes and digests, which identify them.

Sizes and MD5 digests are those of the files at the official URL; torchvision's `datasets.SVHN` checks the same
digests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

BASE_URL = "http://ufldl.stanford.edu/housenumbers/"
"""The official URL; a mirror has files with the same names at another URL."""


@dataclass(frozen=True)
class OfficialFile:
    """One official file.

    Attributes
    ----------
    file_name
        Name at the official URL.
    n_bytes
        Size in bytes.
    md5
        MD5 digest in hexadecimal.
    n_images
        Number of images.
    counts
        Images of each digit 0–9; None if not known here.
    """

    file_name: str
    n_bytes: int
    md5: str
    n_images: int
    counts: tuple[int, ...] | None


OFFICIAL_FILES: Mapping[str, OfficialFile] = MappingProxyType(
    {
        "train": OfficialFile(
            file_name="train_32x32.mat",
            n_bytes=182_040_794,
            md5="e26dedcc434d2e4c54c9b2d4a06d8373",
            n_images=73_257,
            counts=(4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659),
        ),
        "test": OfficialFile(
            file_name="test_32x32.mat",
            n_bytes=64_275_384,
            md5="eb5a983be6a315427106f1b164d9cef3",
            n_images=26_032,
            counts=(1744, 5099, 4149, 2882, 2523, 2384, 1977, 2019, 1660, 1595),
        ),
        "extra": OfficialFile(
            file_name="extra_32x32.mat",
            n_bytes=1_329_278_602,
            md5="a93ce644f1a588dc4d68dda5feec44a7",
            n_images=531_131,
            counts=None,
        ),
    }
)
"""Official files by set name."""
