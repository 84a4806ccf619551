"""Options of the measurements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class LeftOutError(Exception):
    """A measurement is not possible here; the text is the reason, which is stored."""


@dataclass(frozen=True)
class Settings:
    """Extent and data of the measurements.

    Attributes
    ----------
    quick
        Only test the benchmarks, with measurements too short to be meaningful.
    repetitions
        Repetitions of each measurement.
    sample
        Folder of Format 2 files for the time to accuracy and the transfer; None for generated digits, no transfer.
    results
        Results folder of the study that is rendered; None to train a small study for it.
    tutorial_images
        Number of training images of the tutorial in the time to accuracy.
    runs, contenders
        Runs and implementations in the throughput measurement; all if empty.
    say
        Prints one line for the user.
    """

    quick: bool = False
    repetitions: int = 3
    sample: Path | None = None
    results: Path | None = None
    tutorial_images: int = 640
    runs: tuple[str, ...] = ()
    contenders: tuple[str, ...] = ()
    say: Callable[[str], None] = print
