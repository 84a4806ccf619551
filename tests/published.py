"""Made-up finished sites, as `publish` gets them from a report engine."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from svhnlab.citation import Author, Citation
from svhnlab.provenance import PREDICTIONS, PROVENANCE, Provenance, SitePredictions
from svhnlab.provenance.predictions import write_predictions
from svhnlab.provenance.record import (
    Bootstrap,
    Code,
    DataRecord,
    HeadlineRecord,
    ResultRecord,
    StudyRecord,
    site_digests,
)
from svhnlab.publication import stamp

CITATION = Citation(
    title="What <small> pictures & digits show",
    authors=(Author("Ada Lovelace", "Ada", "Lovelace"),),
    version="1.0",
    date="2026-11-22",
    doi=None,
    license="MIT",
    abstract="",
    url="https://example.org/report/",
    repository=None,
)
PAGES = ("index.html", "chapters/1-cnn.html", "chapters/2-resnet18.html")
SETTINGS: dict[str, Any] = {
    "data": {"digest": "a" * 64, "kind": "generated", "name": "generated digits"},
    "profile": {"name": "demo"},
    "seed": 0,
    "split": {"protocol": "official"},
}
RECIPE: dict[str, Any] = {"epochs": 6, "augmentation": None, "learning_rate": 0.002}


def made_up_predictions(
    accuracies: Mapping[str, float] | None = None, *, n: int = 200, classes: int = 10, images: int = 0, seed: int = 0
) -> SitePredictions:
    """Predictions with about the wanted accuracies; `images` tells one set of test images from another."""
    labels = np.random.default_rng(images).integers(0, classes, n)
    rng = np.random.default_rng([seed, images])
    wanted = {"cnn": 0.7, "resnet18": 0.8} if accuracies is None else accuracies
    return SitePredictions(
        labels=labels,
        images=hashlib.sha256(str(images).encode()).hexdigest(),
        probabilities={run: probabilities(labels, accuracy, classes, rng) for run, accuracy in wanted.items()},
    )


def probabilities(
    labels: NDArray[np.int64], accuracy: float, classes: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Probabilities, float32, shape (N, K), that name the right class for a share of the images."""
    named = np.where(rng.random(len(labels)) < accuracy, labels, rng.integers(0, classes, len(labels)))
    scores = rng.random((len(labels), classes))
    scores[np.arange(len(labels)), named] += 1 + 5 * rng.random(len(labels))
    return np.asarray(scores / scores.sum(axis=1, keepdims=True), dtype=np.float32)


def made_up_provenance(predictions: SitePredictions, **changes: Any) -> Provenance:
    """The record of a site, without its files; `changes` replace whole entries."""
    runs = tuple(predictions.probabilities)
    record = Provenance(
        schema=1,
        title=CITATION.title,
        version="1.0",
        date="2026-11-22",
        code=Code("svhnlab", "0.1.0", "c" * 40, False, None),
        engine="builtin",
        inputs="1" * 64,
        study=StudyRecord(
            key="5" * 16,
            profile="demo",
            data=DataRecord("generated digits", "generated", "a" * 64),
            split={"protocol": "official"},
            class_names=tuple("0123456789"),
            settings=SETTINGS,
        ),
        results=tuple(
            ResultRecord("run", run, f"{i:016x}", "b" * 64, {"recipe": RECIPE, "data": "d", "seed": 0}, {})
            for i, run in enumerate(runs)
        ),
        bootstrap=Bootstrap(400, 0),
        headline={
            run: HeadlineRecord(
                f"Run <{run}>", len(predictions.labels), (0.5, 0.4, 0.6), (0.5, 0.4, 0.6), (0.1, 0, 0.2)
            )
            for run in runs
        },
        pages=PAGES,
        files={},
    )
    return replace(record, **changes)


def write_site(
    site: Path,
    *,
    text: str = "",
    predictions: SitePredictions | None = None,
    pages: tuple[str, ...] = PAGES,
    page: Callable[[str, str], str] | None = None,
    **changes: Any,
) -> None:
    """Write a finished site of the version that is being published.

    Parameters
    ----------
    text
        Stands on every page.
    predictions
        `made_up_predictions` without more said.
    pages
        Paths of the pages.
    page
        Makes a page of its path and the text.
    changes
        Of the provenance.
    """
    version = os.environ["SVHNLAB_VERSION"]
    found = made_up_predictions() if predictions is None else predictions
    for path in pages:
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text((page or plain_page)(path, text or f"Text of {version}."), encoding="utf-8")
    (site / "assets").mkdir()
    (site / "assets" / "style.css").write_text("main { color: black; }")
    stamp(site, replace(CITATION, version=version))
    write_predictions(found, site / PREDICTIONS)
    record = made_up_provenance(found, **{"version": version, "pages": pages, **changes})
    record = replace(record, files=site_digests(site))
    (site / PROVENANCE).write_text(json.dumps(asdict(record), ensure_ascii=False), encoding="utf-8")
    (site / PROVENANCE).chmod(0o600)  # as a file that was made with tempfile


def plain_page(path: str, text: str) -> str:
    """A page as small as can be."""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{path}</title></head>\n'
        f'<body><main>\n<h1>Page {path}</h1><p>{text}</p><h2 id="end">End</h2></main></body></html>\n'
    )
