"""Stored verdicts on test images: the files that pages of a report export. Imports no torch.

Each file is stored below the results folder under the time of its export and a digest of its content, and never
changed. The verdicts belong to the test images, not to a study: they stay valid when models are trained again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import AwareDatetime, Field, ValidationError

from svhnlab.errors import InputError
from svhnlab.files import write_atomically
from svhnlab.store.schema import UNCLEAR, DataResult, Verdicts
from svhnlab.store.schema.measurement import LARGEST, Part
from svhnlab.store.store import digest_of

#: Folder of the files, below the results folder.
VERDICTS = "verdicts"

_Number = Annotated[int, Field(ge=0)]
_Class = Annotated[int, Field(ge=0, strict=True)]
# Without limits, a time near the first or last year could not be converted to UTC.
_Time = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(3000, 1, 1, tzinfo=UTC))]


class VerdictFile(Part):
    """Verdicts of one person.

    Attributes
    ----------
    study, data
        Key of the study of the page that exported the file, and name of its data; for information only.
    test_images
        Digest of the test images, see :attr:`svhnlab.store.schema.DataSummary.images_digest`.
    exported
        Time of the export. Of two verdicts on an image, the later one counts.
    verdicts
        By number of the image, which is its position in its file: the class that it shows, counted from 0 in the order
        of the classes, or "unclear".
    chosen
        Numbers of the images that the person chose for what they show; the others are from the list of the review.
    """

    format: Literal["svhnlab-verdicts-1"]
    study: str
    data: str
    test_images: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    exported: _Time
    verdicts: dict[_Number, _Class | Literal["unclear"]] = Field(min_length=1)
    chosen: tuple[_Number, ...] = ()

    @property
    def name(self) -> str:
        """Name of the stored file."""
        # Files of earlier versions, which have no chosen images, keep their names.
        digest = digest_of(self.model_dump(mode="json", exclude_defaults=True))
        return f"{self.exported.astimezone(UTC):%Y-%m-%dT%H-%M-%SZ}-{digest[:8]}.json"


def read_verdict_file(path: Path) -> VerdictFile:
    """Read an untrusted file of verdicts; ``InputError`` if it is not one."""
    if path.stat().st_size > LARGEST:
        raise InputError(f"{path} is larger than {LARGEST // 10**6} MB, too large for a file of verdicts.")
    try:
        return VerdictFile.model_validate_json(path.read_bytes())
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, problem["loc"][:2]))
        reason = f"{place}: {problem['msg']}" if place else problem["msg"]
        raise InputError(
            f"{path} is not a file of verdicts ({reason}); the page “Label review” of a report exports one."
        ) from error


def _read_stored(path: Path) -> VerdictFile:
    """Read a stored file of verdicts, whose name has the digest of its content."""
    file = read_verdict_file(path)
    if file.name != path.name:
        raise InputError(f"{path} has changed since it was stored; remove it, and store the exported file again.")
    return file


def write_verdict_file(results: Path, file: VerdictFile) -> tuple[Path, bool]:
    """Store a file of verdicts, and return its path and whether it is new."""
    path = results / VERDICTS / file.name
    if path.is_file():
        return path, False
    write_atomically(path, file.model_dump_json(indent=1).encode())
    return path, True


def verdict_files(results: Path) -> list[Path]:
    """List the stored files of verdicts, oldest first."""
    return sorted((results / VERDICTS).glob("*.json"))


def merge_verdicts(results: Path, data: DataResult) -> VerdictFile | None:
    """Return all stored verdicts on the test images of a study as one file; None if there are none.

    Of several verdicts on an image, that of the latest file counts. Files about other test images are left out. An
    image is chosen if it is chosen in every file that has a verdict on it.

    Raises
    ------
    InputError
        If a stored file is damaged.
    """
    stored = [_read_stored(path) for path in verdict_files(results)]
    files = [file for file in stored if file.test_images == data.images_digest]
    if not files:
        return None
    verdicts = {number: verdict for file in files for number, verdict in file.verdicts.items()}
    reviewed = {number for file in files for number in set(file.verdicts) - set(file.chosen)}
    chosen = tuple(sorted(set(verdicts) - reviewed))
    return files[-1].model_copy(update={"verdicts": dict(sorted(verdicts.items())), "chosen": chosen})


def verdicts_of(file: VerdictFile, data: DataResult, n_classes: int) -> Verdicts:
    """Return the verdicts in a file by row of the test images.

    Raises
    ------
    InputError
        If the file is about other test images, or names an image or a class that does not exist.
    """
    if file.test_images != data.images_digest:
        raise InputError(
            f"The verdicts from study {file.study} ({file.data}) are about other test images than those of the "
            f"current study ({data.name}); review the labels on the page “Label review” of its report."
        )
    numbers = data.indices["test"]
    if unknown := sorted(set(file.verdicts) - set(numbers.tolist())):
        raise InputError(f"There is no test image {unknown[0]} ({len(unknown)} of the verdicts are on unknown images).")
    for number, verdict in file.verdicts.items():
        if verdict != "unclear" and verdict >= n_classes:
            raise InputError(
                f"The verdict on test image {number} is class {verdict}, but the classes are 0 to {n_classes - 1}."
            )
    rows = np.flatnonzero(np.isin(numbers, list(file.verdicts)))
    verdicts = (file.verdicts[number] for number in numbers[rows].tolist())
    classes = np.array([UNCLEAR if one == "unclear" else one for one in verdicts], dtype=np.int64)
    return Verdicts(rows, classes, rows[np.isin(numbers[rows], file.chosen)])


def stored_verdicts(results: Path, data: DataResult, n_classes: int) -> Verdicts | None:
    """Return all stored verdicts on the test images of a study; None if there are none.

    Raises
    ------
    InputError
        If a stored file is damaged.
    """
    file = merge_verdicts(results, data)
    return None if file is None else verdicts_of(file, data, n_classes)
