"""What a study takes: maps, report, memory, stages, growth with the number of images; and the machine's limits."""

from __future__ import annotations

from svhnlab.store.schema.measurement import Part, Sample


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
