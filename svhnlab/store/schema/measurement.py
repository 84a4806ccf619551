"""Parts that all stored measurements share: repetitions, machine and commit."""

from __future__ import annotations

from statistics import median

from pydantic import BaseModel, ConfigDict, Field, computed_field

LARGEST = 5_000_000
"""Upper limit of a file of measurements, in bytes; such a file usually takes some kilobytes."""


class Part(BaseModel):
    """Base of the parts of a file of measurements: immutable, finite numbers alone."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Sample(Part):
    """Repetitions of one measurement."""

    values: tuple[float, ...] = Field(min_length=1)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def median(self) -> float:
        """The median of the repetitions."""
        return median(self.values)

    @property
    def low(self) -> float:
        """The smallest repetition."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest repetition."""
        return max(self.values)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def spread(self) -> float:
        """The largest repetition minus the smallest."""
        return self.high - self.low


class Machine(Part):
    """The machine of a measurement.

    Attributes
    ----------
    memory_bytes
        Main memory.
    load_before
        Mean number of running processes in the minute before (1-minute load average); None where not known.
    """

    processor: str
    cores: int
    memory_bytes: int
    system: str
    python: str
    packages: dict[str, str]
    threads: int
    gpu: str | None
    load_before: float | None


class Commit(Part):
    """Git commit of the code and whether the working tree had changes; None where there was no checkout."""

    sha: str | None
    dirty: bool | None
