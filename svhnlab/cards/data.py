"""What the data card says."""

from __future__ import annotations

from typing import Any

import pandas as pd
from tabulate import tabulate

from svhnlab.config.citation import Citation
from svhnlab.data.svhn import BASE_URL
from svhnlab.report.causes.label_errors import describe_label
from svhnlab.report.core.text import count, escape_markdown, number
from svhnlab.report.data.duplicates import describe_duplicates
from svhnlab.store.schema import Study

SVHN_LICENSE = "svhn-non-commercial"


def data_metadata(study: Study) -> dict[str, Any]:
    """Return the head of the data card in the form of the Hugging Face Hub."""
    data = study.data
    known: dict[str, dict[str, Any]] = {
        "official": {"annotations_creators": ["crowdsourced"], "source_datasets": ["original"], "tags": ["svhn"]},
        "generated": {"annotations_creators": ["machine-generated"], "tags": ["synthetic"]},
        "custom": {},
    }
    return {
        "pretty_name": data.name,
        **license_fields(study),
        "task_categories": ["image-classification"],
        "size_categories": [_size(sum(int(split.counts.sum()) for split in data.splits.values()))],
        **known[data.kind],
    }


def license_fields(study: Study) -> dict[str, Any]:
    """Return the terms of the data as the Hub's metadata name them."""
    return {
        "official": {"license": "other", "license_name": SVHN_LICENSE, "license_link": BASE_URL},
        "generated": {"license": "mit"},
        "custom": {"license": "unknown"},
    }[study.data.kind]


def _size(images: int) -> str:
    steps = (("n<1K", 1_000), ("1K<n<10K", 10_000), ("10K<n<100K", 100_000), ("100K<n<1M", 1_000_000))
    return next((name for name, limit in steps if images < limit), "1M<n<10M")


def data_facts(study: Study, citation: Citation, description: str | None) -> dict[str, Any]:
    """Return what the template of the data card needs."""
    data, analysed = study.data, study.statistics is not None
    return {
        "kind": data.kind,
        "name": data.name,
        "description": description,
        "report": citation,
        "digest": data.digest,
        "protocol": data.protocol,
        "class_count": len(study.class_names),
        "total": count(sum(int(split.counts.sum()) for split in data.splits.values())),
        "class_table": class_table(study),
        "colours": colours(study),
        "planted": count(len(data.injected)),
        "tested": count(len(data.test_labels)),
        "labels": str(describe_label(study)) if analysed else None,
        "duplicates": str(describe_duplicates(study)) if analysed else None,
        "license": citation.license,
        "base_url": BASE_URL,
    }


def class_table(study: Study) -> str:
    """Return a pipe table of the images of each class in each split."""
    splits = study.data.splits
    frame = pd.DataFrame({name.capitalize(): split.counts for name, split in splits.items()})
    rows = [
        [escape_markdown(name), *(count(int(value)) for value in row)]
        for name, row in zip(study.class_names, frame.itertuples(index=False, name=None), strict=True)
    ]
    rows.append(["all", *(count(int(frame[name].sum())) for name in frame)])
    align = ["left", *["right"] * len(splits)]
    return str(tabulate(rows, headers=["Class", *frame], tablefmt="pipe", colalign=align, disable_numparse=True))


def colours(study: Study) -> str:
    """Say the mean and the spread of the colours of the training images, on the scale from 0 to 1."""
    train = study.data.splits["train"]
    parts = (
        f"{name} {number(float(mean))} ± {number(float(spread))}"
        for name, mean, spread in zip(("red", "green", "blue"), train.channel_mean, train.channel_std, strict=True)
    )
    return ", ".join(parts)
