"""Measured parts: training speed and time to accuracy."""

from __future__ import annotations

from pydantic import Field

from svhnlab.store.schema.measurement import Part, Sample


class Contender(Part):
    """An implementation of training.

    Attributes
    ----------
    title
        Display name.
    version
        Version of the package; None for code of this repository.
    how
        Data loading and training in one sentence.
    """

    title: str
    version: str | None
    how: str


class ThroughputRun(Part):
    """Rates of one workload.

    Attributes
    ----------
    name, title
        Key and display name.
    images
        Number of timed images in a repetition, after a warm-up of whole batches.
    multiply_adds
        Multiply-adds of the forward pass of one image.
    rates
        Images per second of each implementation.
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
    """Training speed in images per second.

    Attributes
    ----------
    contenders
        Implementations by name, "svhnlab" and "plain" among them.
    absent
        Reason for each implementation that was not measured.
    order
        Name of the implementation of each process, in the order in which they ran.
    """

    contenders: dict[str, Contender]
    absent: dict[str, str]
    order: tuple[str, ...]
    runs: tuple[ThroughputRun, ...]


class Point(Part):
    """State of a training: number of training samples processed, seconds, validation accuracy."""

    images: int
    seconds: float
    accuracy: float


class Curve(Part):
    """Validation accuracy of one training.

    Attributes
    ----------
    image_size
        Side of the model's input in pixels.
    points
        In chronological order; seconds are training time without validation.
    """

    title: str
    how: str
    image_size: int
    batch_size: int
    points: tuple[Point, ...] = Field(min_length=1)


class Accuracy(Part):
    """Time to accuracy: ResNet-18 trained as in a typical tutorial against svhnlab, on the same images.

    Attributes
    ----------
    data
        Name of the data.
    train_images, validation_images
        Number of images.
    guess
        Accuracy of always predicting the most frequent class.
    tutorial
        Training of the tutorial for a limited number of images.
    tutorial_rate
        Images per second of the tutorial.
    tutorial_epochs
        Epochs of the tutorial's whole training, for extrapolation.
    ours
        Whole trainings of svhnlab's recipes by run.
    """

    data: str
    train_images: int
    validation_images: int
    guess: float
    tutorial: Curve
    tutorial_rate: Sample
    tutorial_epochs: int
    ours: dict[str, Curve]


class Share95(Part):
    """A share of images with its 95% interval by photograph."""

    images: int
    value: float
    low: float
    high: float


class Transfer(Part):
    """Accuracy on real photographs of a model that was trained on generated digits alone.

    Attributes
    ----------
    title
        Display name of the configuration.
    train_images
        Number of generated training images.
    seconds
        Time of the training.
    generated
        Accuracy on generated images that also determined the kept epoch.
    real
        Accuracy on photographs.
    """

    title: str
    train_images: int
    epochs: int
    seconds: float
    generated: Share95
    real: Share95


class GpuRun(Part):
    """Speed of one configuration on a GPU.

    Attributes
    ----------
    compiled
        Whether the model was compiled by torch.compile.
    epochs
        Epochs of its whole training.
    start_seconds
        Time of the first steps, which includes the compilation.
    train_rate, predict_rate
        Images per second in training, and in prediction with test-time augmentation if the recipe has it.
    """

    title: str
    compiled: bool
    image_size: int
    batch_size: int
    epochs: int
    start_seconds: float
    train_rate: Sample
    predict_rate: Sample


class Gpu(Part):
    """Speed of the profile full on a GPU.

    Attributes
    ----------
    train_images, validation_images, test_images
        Numbers of images for which the time of a training is extrapolated.
    """

    train_images: int
    validation_images: int
    test_images: int
    runs: tuple[GpuRun, ...] = Field(min_length=1)
