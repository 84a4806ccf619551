"""Content of the data card."""

from __future__ import annotations

from typing import Any

import numpy as np

from svhnlab.cards.parts import SOFTWARE_LICENSE, license_fields, pipe_table
from svhnlab.config.citation import Citation
from svhnlab.data.svhn import BASE_URL
from svhnlab.report.causes.label_errors import describe_label
from svhnlab.report.core.many_classes import end_rows
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import NotImported
from svhnlab.report.core.table import OMITTED
from svhnlab.report.core.text import count, number, quantity
from svhnlab.report.data.duplicates import describe_duplicates
from svhnlab.report.data.reading import describe_reading
from svhnlab.store.schema import Study


def data_metadata(study: Study) -> dict[str, Any]:
    """Return the metadata of the data card in the format of the Hugging Face Hub."""
    data = study.data
    by_kind: dict[str, dict[str, Any]] = {
        "official": {"annotations_creators": ["crowdsourced"], "source_datasets": ["original"], "tags": ["svhn"]},
        "generated": {"annotations_creators": ["machine-generated"], "tags": ["synthetic"]},
        "custom": {},
    }
    return {
        "pretty_name": data.name,
        **license_fields(study),
        "task_categories": ["image-classification"],
        "size_categories": [_size(sum(int(split.counts.sum()) for split in data.splits.values()))],
        **by_kind[data.kind],
    }


def _size(images: int) -> str:
    steps = (("n<1K", 1_000), ("1K<n<10K", 10_000), ("10K<n<100K", 100_000), ("100K<n<1M", 1_000_000))
    return next((name for name, limit in steps if images < limit), "1M<n<10M")


def data_facts(study: Study, citation: Citation, description: str | None) -> dict[str, Any]:
    """Return the variables of the data card's template."""
    data, analysed = study.data, study.statistics is not None
    return {
        "kind": data.kind,
        "name": data.name,
        "description": description,
        "report": citation,
        "digest": data.digest,
        "protocol": data.protocol,
        "side": data.test_images.shape[-1] if data.reading is None else data.reading.stored_size,
        "reading": describe_reading(study),
        "skipped": quantity(len(data.reading.skipped), "file") if data.reading and data.reading.skipped else None,
        "class_count": len(study.class_names),
        "total": count(sum(int(split.counts.sum()) for split in data.splits.values())),
        "class_table": class_table(study),
        "colours": colours(study),
        "wrong_labels": count(len(data.injected)),
        "test_images": count(len(data.test_labels)),
        "labels": describe_label(study) if analysed else None,
        "duplicates": _describe_duplicates(study) if analysed else None,
        "software_license": SOFTWARE_LICENSE,
        "base_url": Markdown(BASE_URL),
    }


def _describe_duplicates(study: Study) -> Markdown:
    """State how many test images are near-duplicates; imports without features do not tell."""
    try:
        return describe_duplicates(study)
    except NotImported:
        return Markdown("Near-duplicates of training images were not searched, since no features were imported.")


def class_table(study: Study) -> Markdown:
    """Return a table of the number of images of each class in each split, with totals; of many, the ends."""
    splits = study.data.splits
    counts = [split.counts for split in splits.values()]
    shown = end_rows(np.sum(counts, axis=0))
    rows = [
        [OMITTED] * (len(counts) + 1)
        if k is None
        else [study.class_names[k], *(count(int(split[k])) for split in counts)]
        for k in shown
    ]
    rows.append(["all", *(count(int(split.sum())) for split in counts)])
    return pipe_table(["Class", *map(str.capitalize, splits)], rows)


def colours(study: Study) -> str:
    """Write mean ± standard deviation of each colour channel of the training images, on the scale from 0 to 1."""
    train = study.data.splits["train"]
    parts = (
        f"{name} {number(float(mean))} ± {number(float(deviation))}"
        for name, mean, deviation in zip(("red", "green", "blue"), train.channel_mean, train.channel_std, strict=True)
    )
    return ", ".join(parts)
