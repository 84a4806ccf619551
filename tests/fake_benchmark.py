"""A made-up benchmark with every part."""

from __future__ import annotations

from datetime import UTC, datetime

from svhnlab.benchmark_file import (
    Accuracy,
    Benchmark,
    Commit,
    Contender,
    Curve,
    Drawing,
    Footprint,
    Growth,
    Limits,
    Machine,
    MapMaker,
    Maps,
    Point,
    Sample,
    Share,
    Size,
    Stage,
    Stages,
    Throughput,
    ThroughputRun,
)


def sample(*values: float) -> Sample:
    """Repetitions of one measurement."""
    return Sample(values=values)


def curve(title: str, *points: tuple[int, float, float]) -> Curve:
    """A training by images seen, seconds and accuracy."""
    found = [Point(images=images, seconds=seconds, accuracy=accuracy) for images, seconds, accuracy in points]
    return Curve(title=title, how="by heart", image_size=32, batch_size=32, points=tuple(found))


def size(images: int) -> Size:
    """Cost in proportion to the images, but for memory."""
    return Size(
        images=images,
        file_bytes=3_072 * images,
        read_seconds=images / 1e5,
        split_seconds=images / 1e6,
        epoch_seconds=images / 2e3,
        epoch_measured=min(images, 3_840),
        predict_seconds=images / 1e4,
        predict_measured=min(images, 4_096),
        reading_bytes=400_000_000 + 6_000 * images,
        peak_bytes=500_000_000 + 9_000 * images,
    )


def fake_benchmark() -> Benchmark:
    """Our loop takes 3.2 and 3.6 times as many images as the plain one with the CNN, and 1.3 times with ResNet-18."""
    contenders = {
        "svhnlab": Contender(title="svhnlab", version=None, how="whole batches"),
        "plain": Contender(title="plain loop", version=None, how="image by image"),
        "lightning": Contender(title="Lightning", version="2.6.6", how="by its Trainer"),
        "keras": Contender(title="Keras on torch", version="3.15.1", how="by fit"),
    }

    def run(name: str, title: str, ratio: float, *, peers: bool = True) -> ThroughputRun:
        rates = {"svhnlab": sample(1000 * ratio, 990 * ratio, 800 * ratio), "plain": sample(1000, 1000, 800)}
        if peers:
            rates |= {"lightning": sample(900, 890, 910), "keras": sample(1500, 1400, 1450)}
        return ThroughputRun(
            name=name, title=title, image_size=32, augmented=name.endswith("aug"), batch_size=128, images=3_072,
            multiply_adds=16_600_000, rates=rates,
        )  # fmt: skip

    return Benchmark(
        made=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        command="python -m benchmarks",
        quick=False,
        seconds=700,
        commit=Commit(sha="c" * 40, dirty=False),
        machine=Machine(
            processor="A processor", cores=2, memory_bytes=8_000_000_000, system="Linux", python="3.11.7",
            packages={"torch": "2.13.0"}, threads=2, gpu=None, load_before=0.1,
        ),
        throughput=Throughput(
            contenders=contenders,
            absent={"skorch": "the package skorch is not installed"},
            order=("svhnlab", "plain", "lightning", "keras") * 3,
            runs=(
                run("cnn", "Two-layer CNN, 32 px", 3.2),
                run("cnn-aug", "Two-layer CNN with augmentation, 32 px", 3.6),
                run("resnet18-64", "ResNet-18, 64 px", 1.3, peers=False),
            ),
        ),
        accuracy=Accuracy(
            data="generated digits",
            train_images=3_520,
            validation_images=240,
            guess=0.2,
            tutorial=curve("ResNet-18, the tutorial's way", (3_520, 420.0, 0.31), (7_040, 840.0, 0.55)),
            tutorial_rate=sample(8.2, 8.4, 8.6),
            tutorial_epochs=10,
            ours={
                "cnn": curve("Two-layer CNN, svhnlab", (3_520, 2.0, 0.50), (7_040, 4.0, 0.70)),
                "resnet18": curve("ResNet-18, svhnlab", (3_520, 12.0, 0.40), (7_040, 24.0, 0.80)),
            },
        ),
        maps=Maps(
            points=1_000, features=512, components=50, perplexity=30.0, absent={"openTSNE": "it is not installed"},
            makers=(
                MapMaker(title="svhnlab", version=None, how="four at once", dimensions=2, maps=4,
                         seconds=sample(10, 10.2, 11), kl_divergence=0.95, trustworthiness=0.98),
                MapMaker(title="svhnlab", version=None, how="four at once", dimensions=3, maps=4,
                         seconds=sample(10, 10.2, 11), kl_divergence=0.85, trustworthiness=0.985),
                MapMaker(title="scikit-learn", version="1.9.1", how="as it is", dimensions=2, maps=1,
                         seconds=sample(3.0, 3.1, 3.2), kl_divergence=0.951, trustworthiness=0.979),
            ),
        ),
        drawing=Drawing(
            source="stored results", test_images=4_000, runs=4, first=40.0, again=sample(1.0, 1.1, 1.2),
            stages=(Stage(name="chapters", seconds=20.0), Stage(name="website", seconds=15.0),
                    Stage(name="PDF", seconds=15.0)),
        ),
        footprint=Footprint(
            images=73_257, test_images=26_032, steps=60, reading_bytes=1_100_000_000, training_bytes=1_400_000_000,
            commands={"svhnlab --help": sample(0.2, 0.21, 0.25), "svhnlab status": sample(1.4, 1.2, 1.3)},
            torch_imported=False,
        ),
        growth=Growth(
            run="cnn", sizes=(size(5_000), size(73_257)), left_out={"604,388 images": "it may take 7.4 GB of memory"}
        ),
        limits=Limits(
            precision="bfloat16",
            operations_per_second=sample(2e11, 2.1e11, 1.9e11),
            bytes_per_second=sample(2e10, 2e10, 2e10),
            shares=(Share(name="cnn", title="Two-layer CNN, 32 px", operations=1e8, traffic_bytes=4e6, rate=1500.0),),
        ),
        stages=Stages(
            source="profile demo, 4 runs",
            stages=(Stage(name="training", seconds=420.0, training=True), Stage(name="t-SNE maps", seconds=80.0)),
        ),
    )  # fmt: skip
