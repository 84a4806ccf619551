"""What the measurements are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class LeftOutError(Exception):
    """A measurement can't be made here; its text is the reason, which is recorded."""


@dataclass(frozen=True)
class Settings:
    """How much is measured, on what.

    Attributes
    ----------
    quick
        Whether only the machinery is tried, with measurements too short to mean anything.
    repetitions
        Of each measurement that is repeated.
    sample
        Folder of Format 2 files for the time to accuracy; None for generated digits.
    results
        Results folder whose study is drawn; None for a small study that is made for it.
    tutorial_images
        Images that the tutorial's way of training may see.
    runs, contenders
        Those of the throughput that are measured; all when empty.
    say
        Tells the user one line.
    """

    quick: bool = False
    repetitions: int = 3
    sample: Path | None = None
    results: Path | None = None
    tutorial_images: int = 640
    runs: tuple[str, ...] = ()
    contenders: tuple[str, ...] = ()
    say: Callable[[str], None] = print
