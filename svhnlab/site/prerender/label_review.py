"""Images of the label review and their labels, as files that load from disk.

``review.js`` stores the list in ``window.svhnlabReview``. The images are on sheets ``review-NNN.webp``. The files are
in the folder of the evidence on single images, and the sheets are like those of that evidence.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from svhnlab.printable import isolated
from svhnlab.report.core.truth import review_rows
from svhnlab.site.prerender.evidence import COLUMNS, LOSSLESS, PER_SHEET, image_sheets
from svhnlab.store.schema import Study
from svhnlab.store.store import KEY_LENGTH, digest_of
from svhnlab.web.resources import script_json


def write_review(study: Study, folder: Path) -> None:
    """Write the list and the images of the label review; nothing if the study has no statistics."""
    if study.statistics is None:
        return
    rows = review_rows(study)
    for sheet in image_sheets("review", study.data.test_images[rows], LOSSLESS):
        sheet(folder)
    images = study.data.indices["test"][rows].tolist()
    content: dict[str, Any] = {
        "study": study.key,
        "data": study.data.name,
        "testImages": study.data.images_digest,
        "list": digest_of(images)[:KEY_LENGTH],
        "classes": [isolated(name) for name in study.class_names],
        "images": images,
        "labels": study.data.test_labels[rows].tolist(),
        "suggested": study.statistics.labels.suggested[rows].tolist(),
        "side": study.data.test_images.shape[-1],
        "columns": COLUMNS,
        "perSheet": PER_SHEET,
    }
    text = f"window.svhnlabReview = {script_json(content)};\n"
    (folder / "review.js").write_text(text, encoding="utf-8", newline="\n")
