"""What many more trainings, or many more images, would take: reckoned from the stored study."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from svhnlab.data.svhn import OFFICIAL_FILES
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import count, duration, number, percent, quantity
from svhnlab.store.schema import RunResult

TRAININGS = 1_000  # of each run
READING = 1e9  # bytes a second of reading and checksumming, that of a good solid-state disk
PIXELS = 3 * 32 * 32  # bytes of an image
MAT_LIMIT = 2**31  # bytes of a variable in a MATLAB 5 file: its size is a signed 32-bit number
ROWS_ON_A_PAGE = 40  # of a table in the PDF


class ScaleTable(Table):
    """Time and disk of one training of each run, and of many, one after the other on the same machine."""

    def __init__(self, runs: Sequence[RunResult], trainings: int = TRAININGS) -> None:
        self.runs, self.trainings = list(runs), trainings

    @classmethod
    def from_results(cls, runs: Sequence[RunResult]) -> ScaleTable:
        """Make the table of these runs."""
        return cls(runs)

    @property
    def alt(self) -> str:
        """Text with the time and disk of all runs together."""
        numbers = self.frame()
        return (
            f"Together one training of each run takes {duration(numbers['seconds'].sum())} and "
            f"{size(numbers['bytes'].sum())}, {count(self.trainings)} of each take "
            f"{long(numbers['many_seconds'].sum())} and {size(numbers['many_bytes'].sum())}."
        )

    def frame(self) -> pd.DataFrame:
        """Return seconds and bytes, measured of one training and multiplied for many."""
        return pd.DataFrame(
            [
                {
                    "run": run.title,
                    "seconds": run.environment["training_seconds"],
                    "bytes": run.stored_bytes,
                    "many_seconds": self.trainings * run.environment["training_seconds"],
                    "many_bytes": self.trainings * run.stored_bytes,
                }
                for run in self.runs
            ]
        )

    def cells(self) -> pd.DataFrame:
        """Return the table for people, with the sums of several runs."""
        numbers = self.frame()
        if len(numbers) > 1:
            numbers.loc[len(numbers)] = ["Together", *numbers.drop(columns="run").sum()]
        many = count(self.trainings)
        return pd.DataFrame(
            {
                "Run": numbers["run"],
                "One training": [duration(value) for value in numbers["seconds"]],
                "Stored": [size(value) for value in numbers["bytes"]],
                f"{many} trainings": [long(value) for value in numbers["many_seconds"]],
                f"{many} stored": [size(value) for value in numbers["many_bytes"]],
            }
        )


def long(seconds: float) -> str:
    """Write a time that may be days."""
    days = seconds / 86_400
    return duration(seconds) if days < 4 else f"{number(days, 0)} days"


def size(value: float) -> str:
    """Write a number of bytes, e.g. "12 MB", "371 GB", with a no-break space."""
    return f"{number(value / 1e9, 0)}\u00a0GB" if value >= 10e9 else f"{number(value / 1e6, 0)}\u00a0MB"


def describe_seeds_scale(runs: Sequence[RunResult]) -> Markdown:
    """Say what a thousand trainings of each run would take, and what would give way first."""
    stored = TRAININGS * sum(run.stored_bytes for run in runs)
    weights = TRAININGS * sum(run.settings["weights_bytes"] for run in runs)
    rows = TRAININGS * len(runs)
    return Markdown(
        f"The first thing to give way would be the disk: {count(TRAININGS)} trainings of "
        f"{quantity(len(runs), 'run')} need {size(stored)}, {percent(weights / stored, 0)} of it weights, the rest "
        "features and logits of test, validation and a sample of training images, which only the first training's "
        f"pages show. Weights & Biases keeps a copy of the weights, another {size(weights)}; `--wandb disabled` leaves "
        "it out. The second would be patience: `svhnlab train`, `svhnlab status` and the report check every file "
        f"against its checksum before they trust it, which takes {duration(stored / READING)} at a gigabyte a second, "
        "each time. The third would be the page on reproducibility, which has a row for every stored result: "
        f"{count(rows)} rows, some {count(rows // ROWS_ON_A_PAGE)} pages of the PDF. All other pages stay as long as "
        "they are, since they show the first training of each run, and of the others three figures in one table."
    )


def describe_images_scale() -> Markdown:
    """Say what all 600,000 images of SVHN's training and extra file together would take, and what gives way first."""
    images = OFFICIAL_FILES["train"].n_images + OFFICIAL_FILES["extra"].n_images
    pixels = images * PIXELS
    tests = OFFICIAL_FILES["test"].n_images
    features = 512
    operations = 2.0 * images * tests * features
    return Markdown(
        f"SVHN's training file and its extra file have {count(images)} images together, {size(pixels)} of pixels. The "
        f"first thing to give way would be the file: a MATLAB 5 file holds at most 2 GB in a variable, "
        f"{count(MAT_LIMIT // PIXELS)} images, so {percent(pixels / MAT_LIMIT, 0)} of what one file can have is used "
        "then. The second would be memory while reading: besides the pixels of the file there are, for a moment, those "
        f"of the splits, so {size(2 * pixels)} at least; training then needs the pixels once. They stay bytes, and "
        "each batch becomes floating-point numbers on its own, so the loop itself needs no more than for few images. "
        "On a GPU the pixels lie in its memory. The third would be the nearest training images: "
        f"{number(4e-9 * images * features, 1)} GB of features of a ResNet-18, and {number(operations / 1e12, 0)} "
        "trillion operations for each run, since all pairs of training and test image are compared. Time of training "
        "grows as the number of images does. The report does not grow: it shows test images, and the few training "
        "images beside them."
    )
