"""Evidence bundle: data and pictures of single test images, as files that load from disk.

A page opened from disk can't fetch files, but it can show images and run scripts. The bundle therefore has

``index.js``
    Classes, models, and the numbers by which images are selected and sorted.
``cards-NNN.js``
    Everything else about the images of one sheet.
``images-NNN.webp``, ``training-NNN.webp``, ``attribution-NNN.webp``
    Sheets of test images (lossless), of training images (lossy, since they are only illustrations) and of attributions
    (two colours of varying opacity; the runs' blocks of tiles are stacked).
``changes-NNN.js``, ``changes-NNN.webp``
    Changed versions of some of the images, see :mod:`svhnlab.site.prerender.changes`.

A script stores its data in ``window.svhnlabBundle`` under its name. Sheets have `PER_SHEET` tiles in `COLUMNS`
columns. Errors come first and images of one class are adjacent, so a selection of images needs few sheets. Fractions
are stored as integers with the scale factors of `UNITS`; null means undefined.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from scipy.stats import rankdata

from svhnlab.analysis.calibration import log_losses
from svhnlab.analysis.causes import NAMES
from svhnlab.analysis.centroids import Distances, centroid_distances
from svhnlab.analysis.conformal import sets_of
from svhnlab.printable import isolated
from svhnlab.report.causes.properties import property_named
from svhnlab.report.core.causes import cause_codes, cause_evidence, cause_titles
from svhnlab.report.core.select import rows_with_card
from svhnlab.report.errors.attribution_check import checked_runs
from svhnlab.site.prerender.changes import write_changes
from svhnlab.store.schema import Evidence, RunResult, Study
from svhnlab.web.resources import script_json

COLUMNS = 10
PER_SHEET = 100
#: Scale factors of stored integers: probabilities and label quality, losses (nats), distances, image properties.
UNITS = {"share": 10_000, "loss": 1_000, "distance": 1_000, "property": 1_000}
# Attribution to the predicted and to the true class; distinguishable on a grey picture, also for the colour-blind.
PREDICTED_COLOUR, TRUE_COLOUR = (255, 106, 0), (0, 128, 255)
#: Options of Pillow for lossless sheets.
LOSSLESS = {"lossless": True, "method": 2, "quality": 50}
_LOSSY = {"quality": 70, "method": 4}


@dataclass(frozen=True)
class Bundle:
    """Counts and sizes of a written bundle.

    Attributes
    ----------
    images, training_images
        Number of images in the bundle from the test split and from the training split.
    size
        Bytes by kind of file: "index", "cards", "images", "training", "attribution", "changes".
    """

    images: int
    training_images: int
    size: dict[str, int]


def shown_rows(study: Study) -> NDArray[np.int64]:
    """Return the rows of the test images that have a card, in the order of the sheets.

    Errors of any run come first. Images are then sorted by true class and by row.
    """
    rows = rows_with_card(study)
    if not len(rows):
        return rows
    wrong = np.any([run.test.wrong[rows] for run in study.runs.values()], axis=0)
    return rows[np.lexsort((rows, study.data.test_labels[rows], ~wrong))]


def write_evidence(study: Study, folder: Path) -> Bundle:
    """Write the bundle of a study; an existing one is removed.

    A study without stored evidence gives a bundle without images. The same study gives the same bytes.

    Parameters
    ----------
    folder
        Folder of the bundle, created if missing; it must not contain other files.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = shown_rows(study)
    known = _TrainingImages(study, rows)
    index = _index(study, rows, len(known.images))
    _script(folder, "index", index | {"changes": write_changes(study, rows, folder)})
    for start in range(0, len(rows), PER_SHEET):
        part = rows[start : start + PER_SHEET]
        _script(folder, f"cards-{start // PER_SHEET:03d}", _cards(study, part, known))
    sheets = [
        *image_sheets("images", study.data.test_images[rows], LOSSLESS),
        *image_sheets("training", known.images, _LOSSY),
        *_attributions(study, rows),
    ]
    # Pillow releases the GIL while encoding.
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda sheet: sheet(folder), sheets))
    return Bundle(len(rows), len(known.images), _sizes(folder))


class _TrainingImages:
    """Training images shown on cards, numbered in the order of their first use."""

    def __init__(self, study: Study, rows: NDArray[np.int64]) -> None:
        found = [run.evidence.neighbours[rows] for run in study.runs.values() if run.evidence is not None]
        stored = study.neighbour_images
        if stored is None or not found:
            self.numbers: dict[int, int] = {}
            self.images = study.data.test_images[:0]
            return
        # Card by card, so that the neighbours of one image are on few sheets.
        named = np.stack(found, axis=1).reshape(-1)
        _, first = np.unique(named, return_index=True)
        order = named[np.sort(first)]
        self.numbers = {int(row): number for number, row in enumerate(order)}
        self.images = stored.images[np.searchsorted(stored.rows, order)]

    def number(self, row: int) -> int | None:
        """Return the position on the sheets; None if the images are not stored."""
        return self.numbers.get(row)


def _index(study: Study, rows: NDArray[np.int64], training: int) -> dict[str, Any]:
    """Return the data of all images for gallery and maps."""
    runs = list(study.runs.values())
    review = study.statistics.labels if study.statistics else None
    suspected = review.suspected[np.isin(review.suspected, rows)] if review else rows[:0]
    numbers = study.data.indices["test"]
    checked = checked_runs(study) if any(run.attribution_check for run in runs) else {}
    occlusion = {name: run.better_than_random for name, run in checked.items() if run.check.images}
    return {
        "classes": [isolated(name) for name in study.class_names],
        "runs": [
            {
                "name": run.name,
                "title": run.title,
                "errors": int(run.test.wrong.sum()),
                # Whether it has occlusion maps.
                "evidence": run.evidence is not None and run.evidence.attribution is not None,
                # Whether occlusion passes the deletion test; null where it is not tested.
                "occlusion": occlusion.get(run.name),
            }
            for run in runs
        ],
        "total": len(study.data.test_labels),
        "units": UNITS,
        "side": study.data.test_images.shape[-1],
        "columns": COLUMNS,
        "perSheet": PER_SHEET,
        "training": training,
        "attribution": _side(study),
        # Numbers of the images: their positions in their file, which also identify cards in addresses.
        "rows": numbers[rows].tolist(),
        "labels": study.data.test_labels[rows].tolist(),
        # Class that each image shows, where it is known.
        "truth": None if study.data.true_labels is None else study.data.true_labels[rows].tolist(),
        "predicted": [run.test.predicted[rows].tolist() for run in runs],
        "confidence": [whole(run.test.confidence[rows], UNITS["share"]) for run in runs],
        "loss": [whole(log_losses(run.test.labels, run.test.probabilities)[rows], UNITS["loss"]) for run in runs],
        "margin": [
            whole(_distances(run, run.evidence, rows, scale_free=True).margin, UNITS["distance"])
            if run.evidence
            else None
            for run in runs
        ],
        "quality": whole(review.quality[rows], UNITS["share"]) if review else None,
        "suggested": review.suggested[rows].tolist() if review else None,
        # Worst first.
        "suspected": numbers[suspected].tolist(),
        # Cause of each run's error, a position in "causes"; -1 for correct images.
        "causes": [{"name": name, "title": title} for name, title in zip(NAMES, cause_titles(study), strict=True)],
        "cause": None if study.causes is None else cause_codes(study)[:, rows].tolist(),
    }


def _cards(study: Study, rows: NDArray[np.int64], known: _TrainingImages) -> dict[str, Any]:
    """Return the data of the cards of some images, in the order of these images."""
    properties = study.statistics.properties if study.statistics else {}
    runs = list(study.runs.values())
    codes = None if study.causes is None else cause_codes(study)
    return {
        "probabilities": [[whole(row, UNITS["share"]) for row in run.test.probabilities[rows]] for run in runs],
        "sets": [_prediction_sets(study, run, rows) for run in runs],
        "distances": [_card_distances(run, run.evidence, rows) if run.evidence else None for run in runs],
        "neighbours": [_card_neighbours(run.evidence, rows, known) if run.evidence else None for run in runs],
        "suspectNeighbours": [_suspect_neighbours(study, run.evidence, rows) for run in runs],
        # What is evidence for the cause of each run's error, in words.
        "causes": None
        if codes is None
        else [list(texts) for texts in zip(*(cause_evidence(study, codes, int(row)) for row in rows), strict=True)],
        "names": None if study.data.names is None else study.data.names[rows].tolist(),
        "properties": {
            name: {
                "title": property_named(name).title,
                "values": whole(values[rows] * property_named(name).factor, UNITS["property"]),
                # Share of the test images with a smaller value; ties count half.
                "below": whole((rankdata(values)[rows] - 0.5) / len(values), UNITS["share"]),
            }
            for name, values in properties.items()
        },
    }


def _prediction_sets(study: Study, run: RunResult, rows: NDArray[np.int64]) -> list[list[int]] | None:
    """Return the classes in the prediction set of each image."""
    if study.statistics is None:
        return None
    sets = study.statistics.runs[run.name].prediction_sets
    if sets is None:
        return None
    return [np.flatnonzero(members).tolist() for members in sets_of(run.test.probabilities[rows], sets.threshold)]


def _card_distances(run: RunResult, evidence: Evidence, rows: NDArray[np.int64]) -> dict[str, list[int | None]]:
    """Return distances to the centroids of the true and of the predicted class, and the nearest classes."""
    raw = _distances(run, evidence, rows, scale_free=False)
    free = _distances(run, evidence, rows, scale_free=True)
    unit = UNITS["distance"]
    return {
        "rawTrue": whole(raw.to_true, unit),
        "rawPredicted": whole(raw.to_predicted, unit),
        "freeTrue": whole(free.to_true, unit),
        "freePredicted": whole(free.to_predicted, unit),
        "nearest": free.nearest.tolist(),
        "nearestOther": free.nearest_other.tolist(),
    }


def _card_neighbours(
    evidence: Evidence, rows: NDArray[np.int64], known: _TrainingImages
) -> list[list[tuple[int | None, int, int | None]]]:
    """Return the nearest training images of each image: number on the sheets, label, distance."""
    return [
        [
            (known.number(int(row)), int(label), distance)
            for row, label, distance in zip(
                evidence.neighbours[image],
                evidence.neighbour_labels[image],
                whole(evidence.neighbour_distances[image], UNITS["distance"]),
                strict=True,
            )
        ]
        for image in rows
    ]


def _suspect_neighbours(study: Study, evidence: Evidence | None, rows: NDArray[np.int64]) -> list[list[int]] | None:
    """Return which of the nearest training images of each image have a label that is suspected to be wrong."""
    if study.training_labels is None or evidence is None:
        return None
    suspect = np.isin(evidence.neighbours[rows], study.training_labels.review.suspected)
    return [np.flatnonzero(of_image).tolist() for of_image in suspect]


def _distances(run: RunResult, evidence: Evidence, rows: NDArray[np.int64], *, scale_free: bool) -> Distances:
    test = run.test
    assert test.features is not None
    return centroid_distances(
        test.features[rows], test.labels[rows], test.predicted[rows], evidence.centroids, scale_free=scale_free
    )


def whole(values: ArrayLike, unit: int) -> list[int | None]:
    """Return numbers in units of 1/`unit`, rounded; None where a number is undefined or infinite."""
    numbers = np.asarray(values, dtype=np.float64)
    return [round(value) if np.isfinite(value) else None for value in (numbers * unit).tolist()]


def _script(folder: Path, name: str, data: dict[str, Any]) -> None:
    text = f'(window.svhnlabBundle ??= {{}})["{name}"] = {script_json(data)};\n'
    (folder / f"{name}.js").write_text(text, encoding="utf-8", newline="\n")


def image_sheets(
    kind: str,
    images: NDArray[np.uint8],
    options: dict[str, Any],
    *,
    columns: int = COLUMNS,
    per_sheet: int = PER_SHEET,
) -> Iterable[Callable[[Path], None]]:
    """Yield sheets of colour images of shape (N, 3, H, W), as functions that write them to a folder."""
    tiles = np.moveaxis(images, 1, -1)
    for start in range(0, len(tiles), per_sheet):
        sheet = Image.fromarray(tile(tiles[start : start + per_sheet], columns))
        yield _writer(sheet, f"{kind}-{start // per_sheet:03d}", options)


def _attributions(study: Study, rows: NDArray[np.int64]) -> Iterable[Callable[[Path], None]]:
    """Yield sheets of attributions: stacked blocks of tiles, one per run, empty for a run without attributions."""
    stored = [run.evidence for run in study.runs.values()]
    side = _side(study)
    for start in range(0, len(rows) if side else 0, PER_SHEET):
        part = rows[start : start + PER_SHEET]
        pixels = np.concatenate([tile(_overlay(one, part, side)) for one in stored])
        yield _writer(Image.fromarray(pixels), f"attribution-{start // PER_SHEET:03d}", LOSSLESS)


def _side(study: Study) -> int:
    """Return the side of the attributions in pixels; 0 if there are none."""
    stored = (run.evidence.attribution for run in study.runs.values() if run.evidence is not None)
    return next((maps.shape[-1] for maps in stored if maps is not None), 0)


def _overlay(evidence: Evidence | None, rows: NDArray[np.int64], side: int) -> NDArray[np.uint8]:
    """Return attributions of some test rows as RGBA, shape (N, S, S, 4); transparent for rows without one."""
    overlay = np.zeros((len(rows), side, side, 4), dtype=np.uint8)
    if evidence is not None and evidence.attribution is not None:
        there = np.isin(rows, evidence.rows)
        signed = evidence.attribution[np.searchsorted(evidence.rows, rows[there])].astype(np.int64) - 128
        # Steps of 8 are invisible and compress well.
        opacity = np.minimum(2 * np.abs(signed), 255) & 0xF8
        colour = np.where((signed > 0)[..., None], PREDICTED_COLOUR, TRUE_COLOUR)
        overlay[there] = np.concatenate([np.where(opacity[..., None] > 0, colour, 0), opacity[..., None]], axis=-1)
    return overlay


def tile(images: NDArray[np.uint8], columns: int = COLUMNS) -> NDArray[np.uint8]:
    """Arrange images of shape (N, H, W, C) in rows of `columns`, left to right; the last row is padded with zeros."""
    count, height, width, channels = images.shape
    lines = -(-count // columns)
    padded = np.zeros((lines * columns, height, width, channels), dtype=np.uint8)
    padded[:count] = images
    grid = padded.reshape(lines, columns, height, width, channels).transpose(0, 2, 1, 3, 4)
    return grid.reshape(lines * height, columns * width, channels)


def _writer(sheet: Image.Image, name: str, options: dict[str, Any]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        sheet.save(folder / f"{name}.webp", "WEBP", **options)

    return write


def _sizes(folder: Path) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for file in sorted(folder.iterdir()):
        kind = file.stem.split("-")[0]
        sizes[kind] = sizes.get(kind, 0) + file.stat().st_size
    return sizes
