"""Data of the explorer: every test image with its position on the maps, its predictions and its properties.

The files are in the folder of the evidence on single images, and load from disk:

``explorer.js``
    All columns, in ``window.svhnlabExplorer``. A column is the base64 text of an array of numbers.
``space.js``
    Positions on the maps in three dimensions; loaded when they are first shown.
``neighbours-N.js``
    Nearest images on the map of run N, for each image; loaded when they are first shown.
``sprites-NNN.webp``
    Sheets of all test images, lossy, `PER_SHEET` on each.

Images are in the order of their errors: those that any run misclassifies first, then by label.
"""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhnlab.analysis.calibration import log_losses
from svhnlab.analysis.causes import NAMES
from svhnlab.analysis.centroids import centroid_distances
from svhnlab.analysis.map_alignment import align
from svhnlab.analysis.projection import nearest_mapped, place_on_map
from svhnlab.analysis.slices import quantile_slices
from svhnlab.report.causes.properties import property_named
from svhnlab.report.core.causes import cause_codes, cause_titles
from svhnlab.report.core.select import design_effect_of
from svhnlab.report.core.style import class_colours
from svhnlab.report.core.truth import suspected_labels
from svhnlab.report.features.maps.base import STEPS
from svhnlab.site.prerender.evidence import UNITS, image_sheets
from svhnlab.store.schema import RunResult, Study
from svhnlab.web.resources import script_json

COLUMNS = 32
PER_SHEET = 1024
_LOSSY = {"quality": 75, "method": 4}
#: Stored integers without a value.
NO_CLASS, NO_MARGIN = 65_535, -32_768


def write_explorer(study: Study, folder: Path) -> None:
    """Write the data of the explorer into an existing folder; nothing if no run has a map."""
    runs = [run for run in study.runs.values() if run.embedding is not None]
    if not runs:
        return
    order = explorer_order(study)
    planar, spatial, neighbours = _positions(runs)
    content = _content(study, runs, order, planar)
    _write(folder / "explorer.js", f"window.svhnlabExplorer = {script_json(content)};\n")
    space = [{axis: _column(one[order, i], np.int16) for i, axis in enumerate("xyz")} for one in spatial]
    _write(folder / "space.js", f"window.svhnlabSpace = {script_json(space)};\n")
    for i, found in enumerate(neighbours):
        text = f'(window.svhnlabNeighbours ??= {{}})["{i}"] = {script_json(_column(found[order], np.uint16))};\n'
        _write(folder / f"neighbours-{i}.js", text)
    images = study.data.test_images[order]
    for sheet in image_sheets("sprites", images, _LOSSY, columns=COLUMNS, per_sheet=PER_SHEET):
        sheet(folder)


def explorer_order(study: Study) -> NDArray[np.int64]:
    """Return the rows of all test images in the order of the explorer."""
    wrong = np.any([run.test.wrong for run in study.runs.values()], axis=0)
    labels = study.data.test_labels
    return np.lexsort((np.arange(len(labels)), labels, ~wrong))


def _positions(
    runs: list[RunResult],
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]], list[NDArray[np.int64]]]:
    """Return the positions of all images on the aligned 2-D and 3-D maps of each run, and their nearest images.

    Positions are in units of the pages: the largest coordinate of 2-D maps and the largest distance from the centre of
    3-D maps, in any direction from which they are seen, is `STEPS`.
    """
    embeddings = {run.name: run.embedding for run in runs if run.embedding is not None}
    aligned_planar = align({name: one.planar for name, one in embeddings.items()}, runs[0].name)
    aligned_spatial = align({name: one.spatial for name, one in embeddings.items()}, runs[0].name)
    planar, spatial, neighbours = [], [], []
    for run in runs:
        rows = embeddings[run.name].rows
        assert run.test.features is not None
        found, distances = nearest_mapped(run.test.features, rows)
        planar.append(place_on_map(aligned_planar[run.name], rows, found, distances))
        spatial.append(place_on_map(aligned_spatial[run.name], rows, found, distances))
        neighbours.append(found)
    reach = max(float(np.abs(one).max()) for one in planar) or 1.0
    radius = max(float(np.linalg.norm(one, axis=1).max()) for one in spatial) or 1.0
    return (
        [np.rint(one / reach * STEPS) for one in planar],
        [np.rint(one / radius * STEPS) for one in spatial],
        neighbours,
    )


def _content(
    study: Study, runs: list[RunResult], order: NDArray[np.int64], positions: list[NDArray[np.float64]]
) -> dict[str, Any]:
    data, statistics = study.data, study.statistics
    codes = None if study.causes is None else dict(zip(study.causes.runs, cause_codes(study), strict=True))
    assert runs[0].embedding is not None
    mapped = runs[0].embedding.rows
    place = np.full(len(order), NO_CLASS)
    place[mapped] = np.arange(len(mapped))
    truth = data.test_labels if data.true_labels is None else data.true_labels
    return {
        "study": study.key,
        "data": data.name,
        "testImages": data.images_digest,
        "classes": list(study.class_names),
        "colours": class_colours(len(study.class_names)),
        "units": UNITS,
        "columns": COLUMNS,
        "perSheet": PER_SHEET,
        "reach": STEPS,
        "mapped": len(mapped),
        # Position among the images that t-SNE placed.
        "onMap": _column(place[order], np.uint16),
        "numbers": _column(data.indices["test"][order], np.uint32),
        "labels": _column(data.test_labels[order], np.uint16),
        "isTruthKnown": data.true_labels is not None,
        "truth": _column(truth[order], np.uint16),
        "suspected": _column(suspected_labels(study)[order], np.uint8),
        "causes": [{"name": name, "title": title} for name, title in zip(NAMES, cause_titles(study), strict=True)],
        "properties": [
            {
                "name": name,
                "title": property_named(name).title,
                "unit": property_named(name).unit,
                "low": property_named(name).low,
                "high": property_named(name).high,
                "slices": [
                    [float(np.float32(bound)) for bound in (low, high)]
                    for low, high, _ in quantile_slices(_shown(name, values))
                ],
                "values": _column(_shown(name, values)[order], np.float32),
            }
            for name, values in (statistics.properties if statistics else {}).items()
        ],
        "runs": [
            {
                "name": run.name,
                "title": run.title,
                "designEffect": design_effect_of(study, run.name),
                "x": _column(place_of[order, 0], np.int16),
                "y": _column(place_of[order, 1], np.int16),
                "predicted": _column(run.test.predicted[order], np.uint16),
                "confidence": _column(np.rint(run.test.confidence[order] * UNITS["share"]), np.uint16),
                "loss": _column(_losses(run)[order], np.uint16),
                "margin": None if run.evidence is None else _column(_margins(run)[order], np.int16),
                "cause": None if codes is None else _column(codes[run.name][order], np.int8),
            }
            for run, place_of in zip(runs, positions, strict=True)
        ],
    }


def _shown(name: str, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the values of a property in the unit that pages show."""
    return (values * property_named(name).factor).astype(np.float32)


def _losses(run: RunResult) -> NDArray[np.float64]:
    losses = log_losses(run.test.labels, run.test.probabilities)
    return np.rint(np.minimum(losses * UNITS["loss"], 65_535))


def _margins(run: RunResult) -> NDArray[np.float64]:
    """Return the margins in class radii as stored integers."""
    test = run.test
    assert run.evidence is not None
    assert test.features is not None
    margins = centroid_distances(
        test.features, test.labels, test.predicted, run.evidence.centroids, scale_free=True
    ).margin
    scaled = np.clip(margins * UNITS["distance"], NO_MARGIN + 1, 32_767)
    return np.rint(np.where(np.isfinite(margins), scaled, NO_MARGIN))


def _column(values: ArrayLike, kind: type[np.generic]) -> str:
    """Return numbers as base64 of their little-endian bytes."""
    return b64encode(np.asarray(values).astype(np.dtype(kind).newbyteorder("<")).tobytes()).decode()


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")
