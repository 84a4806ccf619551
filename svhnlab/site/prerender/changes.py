"""Predictions on changed versions of single test images, as files that load from disk; part of the evidence bundle.

``changes-NNN.js`` stores the predictions of `PER_FILE` images in ``window.svhnlabChanges`` under its name, and
``changes-NNN.webp`` is a sheet with their pictures: a line for each image, without a change and under each condition.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from svhnlab.config.corruptions import CORRUPTIONS
from svhnlab.data.corruptions import directions
from svhnlab.report.robustness.examples import changed_images
from svhnlab.store.schema import Robustness, Study
from svhnlab.web.resources import script_json

PER_FILE = 10
#: Maximum number of images whose changed versions are in a site: about 6 kB each.
MOST_IMAGES = 1_000
_OPTIONS = {"quality": 60, "method": 4}


def write_changes(study: Study, rows: NDArray[np.int64], folder: Path) -> dict[str, Any] | None:
    """Write the changed versions of test images and return the data that all of them share; None if there are none.

    Parameters
    ----------
    rows
        Rows of the test images with cards, in the order of the bundle.
    folder
        Folder of the bundle.
    """
    robustness = study.robustness
    if robustness is None:
        return None
    positions = np.flatnonzero(np.isin(rows, robustness.rows))[:MOST_IMAGES]
    for start in range(0, len(positions), PER_FILE):
        some = rows[positions[start : start + PER_FILE]]
        name = f"changes-{start // PER_FILE:03d}"
        content = [_predictions(study, robustness, int(row)) for row in some]
        text = f'(window.svhnlabChanges ??= {{}})["{name}"] = {script_json(content)};\n'
        (folder / f"{name}.js").write_text(text, encoding="utf-8", newline="\n")
        lines = [np.concatenate(list(np.moveaxis(changed_images(study, int(row)), 1, -1)), axis=1) for row in some]
        Image.fromarray(np.concatenate(lines)).save(folder / f"{name}.webp", "WEBP", **_OPTIONS)
    return {
        "corruptions": [
            {
                "title": CORRUPTIONS[name].title,
                "steps": [
                    {
                        # 0 is the image without a change
                        "condition": i + 1,
                        "strength": CORRUPTIONS[name].unit.format(robustness.conditions[i].strength),
                        "phrases": [
                            CORRUPTIONS[name].describe(robustness.conditions[i].strength, sign) for sign in (1, -1)
                        ],
                        "severity": robustness.conditions[i].severity,
                    }
                    for i in indices
                ],
            }
            for name, indices in robustness.corruptions.items()
        ],
        "conditions": 1 + len(robustness.conditions),
        "perFile": PER_FILE,
        "images": positions.tolist(),
    }


def _predictions(study: Study, robustness: Robustness, row: int) -> dict[str, Any]:
    """Return the predictions of all runs on the versions of one image; probabilities in percent, null if imported."""
    image = int(np.searchsorted(robustness.rows, row))

    def by_run(values: dict[str, NDArray[Any]], unit: int) -> list[list[int] | None]:
        shown = {name: np.rint(unit * array[:, image].astype(np.float64)).astype(int) for name, array in values.items()}
        return [shown[name].tolist() if name in shown else None for name in study.runs]

    return {
        "turned": bool(directions(robustness.seed, np.array([row]))[0] < 0),
        "predicted": by_run(robustness.predicted, 1),
        "confidence": by_run(robustness.confidence, 100),
        "labelShare": by_run(robustness.label_share, 100),
    }
