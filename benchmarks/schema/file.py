"""The file of one benchmark: its parts, and how it is written and read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator

from benchmarks.schema.study import Drawing, Footprint, Growth, Limits, Maps, Stages
from benchmarks.schema.training import Accuracy, Throughput
from svhnlab.errors import InputError
from svhnlab.paths import project_root
from svhnlab.store.schema.measurement import LARGEST, Commit, Machine, Part

SCHEMA: Literal[1] = 1
FOLDER = Path("benchmarks") / "results"


class Benchmark(Part):
    """Everything that one call of ``python -m benchmarks`` measured; None for what it left out.

    Attributes
    ----------
    quick
        Whether it only tried the machinery, with measurements too short to mean anything.
    left_out
        Why a measurement that was asked for could not be made, by name.
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
    maps: Maps | None = None
    drawing: Drawing | None = None
    footprint: Footprint | None = None
    growth: Growth | None = None
    limits: Limits | None = None
    stages: Stages | None = None

    @field_validator("made")
    @classmethod
    def _in_utc(cls, made: datetime) -> datetime:
        if made.tzinfo is None:
            raise ValueError("the time needs its zone")
        return made.astimezone(UTC)


def file_name(made: datetime, machine: str) -> str:
    """Name of a benchmark's file: time in UTC, so that names sort by it, and the machine in short."""
    return f"{made.astimezone(UTC):%Y-%m-%dT%H%M%SZ}-{machine}.json"


def store_benchmark(benchmark: Benchmark, file: Path) -> Path:
    """Write a benchmark to a new file and return its path.

    Raises
    ------
    InputError
        When the file is there already: what was measured once is never replaced.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(benchmark.model_dump_json(indent=1) + "\n")
    except FileExistsError:
        raise InputError(
            f"{file} is there already, and stored benchmarks are never replaced; give another name."
        ) from None
    return file


def read_benchmark(file: Path) -> Benchmark:
    """Read a stored benchmark.

    Raises
    ------
    InputError
        When the file can't be read or is none.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise InputError(f"{file} is no stored benchmark: it is larger than {LARGEST / 1e6:.0f} MB.")
        return Benchmark.model_validate_json(file.read_bytes())
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}).") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        raise InputError(
            f"{file} is no benchmark that this version can read ({place}: {first['msg']}); measure again with "
            "`python -m benchmarks`."
        ) from error


def newest_benchmark(folder: Path | None = None) -> Benchmark | None:
    """Return the newest stored benchmark, None where there is none.

    Parameters
    ----------
    folder
        Folder of the files; by default ``benchmarks/results`` of the project that the current folder is in.

    Raises
    ------
    InputError
        When a file there can't be read.
    """
    place = project_root() / FOLDER if folder is None else folder
    # Names begin with the time.
    files = sorted(place.glob("*.json"), key=lambda file: file.name)
    return read_benchmark(files[-1]) if files else None
