"""Description of the data of a study, for the store. Imports no torch."""

from __future__ import annotations

from pathlib import Path

from svhnlab.data.image_stats import sample_per_class
from svhnlab.data.sources.base import DataSource
from svhnlab.pipeline.images import Images
from svhnlab.store.keys import StudySpec
from svhnlab.store.save import save, save_division
from svhnlab.store.schema import DataSummary, SplitStatistics

SAMPLES_PER_CLASS = 12


def write_data(spec: StudySpec, source: DataSource, images: Images, folder: Path) -> None:
    """Write samples, test images, image statistics and the split of the data into a folder."""
    samples = min(SAMPLES_PER_CLASS, int(images.statistics["train"].counts.min()))
    chosen = sample_per_class(images.labels["train"], samples, spec.split.seed, len(spec.class_names))
    summary = DataSummary(
        kind=source.kind,
        name=source.name,
        digest=source.digest,
        protocol=images.protocol,
        samples=images.shown["train"][chosen],
        test_images=images.shown["test"][:],
        test_labels=images.labels["test"],
        injected=images.injected,
        true_labels=None if images.true_labels is None else images.true_labels["test"],
        reading=source.reading(),
        names=None if images.names is None else images.names["test"],
    )
    save(summary, folder)
    save(SplitStatistics(**images.statistics), folder)
    save_division(images.division, folder)
