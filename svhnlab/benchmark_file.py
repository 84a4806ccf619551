"""Stored benchmarks: what was measured by the clock, on which machine, with every repetition. Imports no torch.

``python -m benchmarks`` writes one file for each of its runs into ``benchmarks/results``, and never changes one. The
report reads the newest.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, computed_field, field_validator

from svhnlab.errors import InputError
from svhnlab.project import project_root

SCHEMA: Literal[1] = 1
FOLDER = Path("benchmarks") / "results"
#: A file of benchmarks takes some kilobytes; what is far larger is something else.
LARGEST = 5_000_000  # bytes


class Part(BaseModel):
    """What all parts of the file have in common: nothing changes once it is made, no number is infinite."""

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
    """Where it was measured.

    Attributes
    ----------
    memory_bytes
        Main memory.
    load_before
        Processes that were computing in the minute before, on average (1-minute load); None where not known.
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


class Contender(Part):
    """One way to train.

    Attributes
    ----------
    title
        For people.
    version
        Of the package that trains; None for our own code.
    how
        What feeds and trains the model, one sentence.
    """

    title: str
    version: str | None
    how: str


class ThroughputRun(Part):
    """One run, trained for some steps in every way.

    Attributes
    ----------
    name, title
        For the program and for people.
    images
        Timed in one repetition, after a warm-up of whole batches.
    multiply_adds
        For one image, forward.
    rates
        Images per second by name of the contender.
    """

    name: str
    title: str
    image_size: int
    augmented: bool
    batch_size: int
    images: int
    multiply_adds: int
    rates: dict[str, Sample]


class Throughput(Part):
    """Training steps: images per second.

    Attributes
    ----------
    contenders
        By name; "svhnlab" and "plain" are among them.
    absent
        Why a contender is not among them, by title.
    order
        The order in which the processes ran, one name for each.
    """

    contenders: dict[str, Contender]
    absent: dict[str, str]
    order: tuple[str, ...]
    runs: tuple[ThroughputRun, ...]


class Point(Part):
    """The state of a training: images it has seen (each as often as it was seen), seconds it took, accuracy."""

    images: int
    seconds: float
    accuracy: float


class Curve(Part):
    """Validation accuracy of one training.

    Attributes
    ----------
    image_size
        Side in pixels at which the model sees the image.
    points
        In the order of time; the seconds are those of training, without the validation.
    """

    title: str
    how: str
    image_size: int
    batch_size: int
    points: tuple[Point, ...] = Field(min_length=1)


class Accuracy(Part):
    """Time to accuracy: the tutorial's way to train a ResNet-18 against ours, on the same images.

    Attributes
    ----------
    data
        Name of the images.
    train_images, validation_images
        How many.
    guess
        Accuracy of always answering the most frequent class.
    tutorial
        Trained for as many images as the limit allows, not to its end.
    tutorial_rate
        Its images per second in training.
    tutorial_epochs
        Epochs of a whole training in the tutorial's way, for what is derived and not measured.
    ours
        By run, trained to the end.
    """

    data: str
    train_images: int
    validation_images: int
    guess: float
    tutorial: Curve
    tutorial_rate: Sample
    tutorial_epochs: int
    ours: dict[str, Curve]


class MapMaker(Part):
    """One way to make a map by t-SNE.

    Attributes
    ----------
    maps
        How many maps of these dimensions were made in the time.
    kl_divergence, trustworthiness
        Of the first map; the one is smaller and the other larger when the map is better.
    """

    title: str
    version: str | None
    how: str
    dimensions: int
    maps: int
    seconds: Sample
    kl_divergence: float
    trustworthiness: float


class Maps(Part):
    """t-SNE of the same points."""

    points: int
    features: int
    components: int
    perplexity: float
    makers: tuple[MapMaker, ...]
    absent: dict[str, str]


class Stage(Part):
    """A stage of the work and its seconds."""

    name: str
    seconds: float
    training: bool = False


class Drawing(Part):
    """Seconds to draw the whole report with the built-in engine.

    Attributes
    ----------
    source
        Which results were drawn.
    first, again
        From nothing, and when nothing changed since.
    stages
        Of the first drawing; website and PDF are made at the same time.
    """

    source: str
    test_images: int
    runs: int
    first: float
    again: Sample
    stages: tuple[Stage, ...]


class Footprint(Part):
    """Memory and start-up.

    Attributes
    ----------
    images
        Made-up images in the training file.
    reading_bytes, training_bytes
        Peak of resident memory of the process after reading and splitting both files, and after training,
        validation and prediction.
    commands
        Seconds of a command line from its start to its end.
    torch_imported
        Whether any of these commands imported torch.
    """

    images: int
    test_images: int
    steps: int
    reading_bytes: int
    training_bytes: int
    commands: dict[str, Sample]
    torch_imported: bool


class Size(Part):
    """Cost at one number of images.

    Attributes
    ----------
    read_seconds, split_seconds
        Of the whole file, measured.
    epoch_seconds, predict_seconds
        Of all images; from the rate over the images that were measured where these are fewer.
    epoch_measured, predict_measured
        Images that were measured.
    reading_bytes, peak_bytes
        Peak of resident memory after reading, and of all.
    """

    images: int
    file_bytes: int
    read_seconds: float
    split_seconds: float
    epoch_seconds: float
    epoch_measured: int
    predict_seconds: float
    predict_measured: int
    reading_bytes: int
    peak_bytes: int


class Growth(Part):
    """How cost grows with the number of images.

    Attributes
    ----------
    run
        Which run was trained.
    left_out
        Why a size was not measured, by size.
    """

    run: str
    sizes: tuple[Size, ...]
    left_out: dict[str, str]


class Share(Part):
    """What one training step asks of the machine, for one image.

    Attributes
    ----------
    operations
        Floating-point operations of convolutions and linear layers, forward and backward.
    traffic_bytes
        Bytes of all tensors that the step's operations read and write. What stays in a cache never reaches memory,
        so this is the most that a step can ask of it.
    rate
        Images per second of our loop, measured in the same process.
    """

    name: str
    title: str
    operations: float
    traffic_bytes: float
    rate: float


class Limits(Part):
    """What the machine can do: matrix multiplication and copying in memory.

    Attributes
    ----------
    precision
        Number format of the matrices, that in which our loop trains.
    """

    precision: str = "float32"  # files without it are of that
    operations_per_second: Sample
    bytes_per_second: Sample
    shares: tuple[Share, ...]


class Stages(Part):
    """Where the time of making a study goes, as recorded when its results were made.

    Attributes
    ----------
    source
        Which results.
    stages
        Sums over the runs.
    """

    source: str
    stages: tuple[Stage, ...]


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
    left_out: dict[str, str] = {}
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
