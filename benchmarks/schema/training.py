"""How fast trainings are, step by step and to an accuracy."""

from __future__ import annotations

from pydantic import Field

from svhnlab.store.schema.measurement import Part, Sample


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
