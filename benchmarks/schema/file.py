"""The file of one benchmark: its parts, writing and reading."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator

from benchmarks.schema.study import Drawing, Footprint, Growth, Imports, Limits, Maps, Stages
from benchmarks.schema.training import Accuracy, Gpu, Throughput, Transfer
from svhnlab.errors import InputError
from svhnlab.store.schema.measurement import LARGEST, Commit, Machine, Part

SCHEMA: Literal[1] = 1
#: Fields of a benchmark that describe it and are no measurements.
ABOUT = ("commit", "machine")
#: Folder of the stored benchmarks.
FOLDER = Path(__file__).resolve().parents[1] / "results"


class Benchmark(Part):
    """All parts that one call of ``python -m benchmarks`` measured; None for the other parts.

    Attributes
    ----------
    made
        Date and time of the start.
    quick
        Whether the call only tested the benchmarks, with measurements too short to be meaningful.
    seconds
        Time of the whole call.
    left_out
        Reason for each requested part that could not be measured.
    """

    schema_version: Literal[1] = SCHEMA
    made: datetime
    command: str
    quick: bool
    seconds: float
    commit: Commit
    machine: Machine
    left_out: dict[str, str] = Field(default_factory=dict)
    throughput: Throughput | None = None
    accuracy: Accuracy | None = None
    transfer: Transfer | None = None
    gpu: Gpu | None = None
    maps: Maps | None = None
    drawing: Drawing | None = None
    footprint: Footprint | None = None
    growth: Growth | None = None
    imports: Imports | None = None
    limits: Limits | None = None
    stages: Stages | None = None

    @property
    def measured(self) -> list[str]:
        """Names of the measured parts."""
        return [name for name in type(self).model_fields if isinstance(getattr(self, name), Part) and name not in ABOUT]

    @field_validator("made")
    @classmethod
    def _in_utc(cls, made: datetime) -> datetime:
        if made.tzinfo is None:
            raise ValueError("the time has no time zone")
        return made.astimezone(UTC)


def file_name(made: datetime, machine: str) -> str:
    """Return the name of a benchmark's file: the time in UTC, by which files sort, and the name of the machine."""
    return f"{made.astimezone(UTC):%Y-%m-%dT%H%M%SZ}-{machine}.json"


def store_benchmark(benchmark: Benchmark, file: Path) -> Path:
    """Write a benchmark to a new file and return its path.

    Raises
    ------
    InputError
        The file exists already; stored benchmarks are never replaced.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(benchmark.model_dump_json(indent=1) + "\n")
    except FileExistsError:
        raise InputError(
            f"{file} exists already, and stored benchmarks are never replaced; give another name."
        ) from None
    return file


def read_benchmark(file: Path) -> Benchmark:
    """Read a stored benchmark.

    Raises
    ------
    InputError
        The file can't be read or is not a benchmark.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise InputError(f"{file} is not a stored benchmark: it is larger than {LARGEST / 1e6:.0f} MB.")
        return Benchmark.model_validate_json(file.read_bytes())
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}).") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        raise InputError(
            f"{file} is not a benchmark that this version can read ({place}: {first['msg']}); measure again with "
            "`python -m benchmarks`."
        ) from error


def stored_benchmarks(folder: Path = FOLDER) -> list[Benchmark]:
    """Return all stored benchmarks, newest first.

    Parameters
    ----------
    folder
        Folder of the files; it may be missing.

    Raises
    ------
    InputError
        A file can't be read.
    """
    return [read_benchmark(file) for file in sorted(folder.glob("*.json"), key=lambda file: file.name, reverse=True)]
