"""Parts common to all stored measurements: repetitions, machine and commit."""

from __future__ import annotations

from statistics import median

from pydantic import BaseModel, ConfigDict, Field, computed_field

LARGEST = 5_000_000
"""Maximum size of a file of measurements in bytes; such files usually have a few kilobytes."""


class Part(BaseModel):
    """Base class of the parts of a file of measurements: immutable, finite numbers only."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Sample(Part):
    """Repetitions of one measurement."""

    values: tuple[float, ...] = Field(min_length=1)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def median(self) -> float:
        """Median of the repetitions."""
        return median(self.values)

    @property
    def low(self) -> float:
        """Smallest repetition."""
        return min(self.values)

    @property
    def high(self) -> float:
        """Largest repetition."""
        return max(self.values)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def spread(self) -> float:
        """Largest repetition minus the smallest."""
        return self.high - self.low


class Machine(Part):
    """Machine on which a measurement was made.

    Attributes
    ----------
    memory_bytes
        Main memory.
    load_before
        1-minute load average before the measurement; None if unknown.
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
    """Git commit of the code and whether the working tree had changes; None if the code was not a checkout."""

    sha: str | None
    dirty: bool | None
