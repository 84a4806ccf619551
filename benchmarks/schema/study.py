"""Measured parts: t-SNE maps, rendering, memory, growth with the number of images, limits of the machine, stages."""

from __future__ import annotations

from svhnlab.store.schema.measurement import Part, Sample


class MapMaker(Part):
    """An implementation of t-SNE.

    Attributes
    ----------
    maps
        Number of maps computed in this time.
    kl_divergence, trustworthiness
        Of the first map. Better maps have a smaller divergence and a larger trustworthiness.
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
    """t-SNE of the same points by several implementations."""

    points: int
    features: int
    components: int
    perplexity: float
    makers: tuple[MapMaker, ...]
    absent: dict[str, str]


class Stage(Part):
    """A stage and its seconds."""

    name: str
    seconds: float
    training: bool = False


class Drawing(Part):
    """Seconds to render a whole report with the built-in engine.

    Attributes
    ----------
    source
        Description of the rendered results.
    first, again
        First rendering, and rendering when nothing has changed.
    stages
        Of the first rendering; website and PDF are rendered at the same time.
    """

    source: str
    test_images: int
    runs: int
    first: float
    again: Sample
    stages: tuple[Stage, ...]


class Footprint(Part):
    """Peak memory and run time of commands.

    Attributes
    ----------
    images
        Number of images in the training file.
    reading_bytes, training_bytes
        Peak of resident memory after reading and splitting both files, and after training, validation and
        prediction.
    commands
        Seconds of each command from start to end.
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
        Measured on the whole file.
    epoch_seconds, predict_seconds
        For all images; extrapolated from the measured images where these are fewer.
    epoch_measured, predict_measured
        Number of measured images.
    reading_bytes, peak_bytes
        Peak of resident memory after reading, and at the end.
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
    """Cost at several numbers of images.

    Attributes
    ----------
    run
        Name of the trained run.
    left_out
        Reason for each size that was not measured.
    """

    run: str
    sizes: tuple[Size, ...]
    left_out: dict[str, str]


class ImportStep(Part):
    """Cost of one or several commands.

    Attributes
    ----------
    seconds, processor_seconds
        From start to end, and of all processors.
    peak_bytes
        Largest peak of resident memory of a process.
    """

    name: str
    seconds: float
    processor_seconds: float
    peak_bytes: int


class ImportedStudy(Part):
    """Cost of a study of imported predictions.

    Attributes
    ----------
    results_bytes, site_bytes
        Disk space of the stored results, and of the website with its PDF.
    """

    train_images: int
    test_images: int
    results_bytes: int
    site_bytes: int
    steps: tuple[ImportStep, ...]


class Imports(Part):
    """Cost of studies of imported predictions at several numbers of images.

    Attributes
    ----------
    features
        Number of features of each image.
    classifiers
        Number of imported classifiers.
    """

    features: int
    classifiers: int
    studies: tuple[ImportedStudy, ...]


class Share(Part):
    """Cost of a training step per image.

    Attributes
    ----------
    operations
        Floating-point operations of convolutions and linear layers, forward and backward.
    traffic_bytes
        Bytes that the operations of the step read and write. Caches are ignored, so this is an upper bound of the
        traffic to memory.
    rate
        Images per second of svhnlab's loop, measured in the same process.
    """

    name: str
    title: str
    operations: float
    traffic_bytes: float
    rate: float


class Limits(Part):
    """Limits of the machine: matrix multiplication and memory copies.

    Attributes
    ----------
    precision
        Number format of the matrices: that of svhnlab's training.
    """

    precision: str = "float32"  # older files lack the field
    operations_per_second: Sample
    bytes_per_second: Sample
    shares: tuple[Share, ...]


class Stages(Part):
    """Time of each stage of a study, as recorded with its results.

    Attributes
    ----------
    source
        Description of the study.
    stages
        Sums over the runs.
    """

    source: str
    stages: tuple[Stage, ...]
