"""Reading and validation of ``study.toml``, the settings of a project.

The file is in the root folder of the project, next to ``_quarto.yml``. All keys are optional. Options on the command
line override them:

.. code-block:: toml

    title = "What a vehicle classifier gets wrong"
    authors = ["Ada Example", "Ben Example"]
    data = "data/vehicles"                    # folder of train_32x32.mat and test_32x32.mat
    data_name = "vehicle photographs"         # name of the data on every page
    class_names = ["car", "bus", "ambulance"] # of the labels 1, 2, 3, ... in y
    profile = "quick"
    runs = ["cnn", "cnn-aug"]                 # runs of the study; default: all

Class names are in the order of the labels in ``y``, which are 1 to K for K names; with ten names, label 10 is the tenth
class. For SVHN's files and generated digits the name of digit 1 is therefore the first and that of digit 0 the last.
Without names, the classes are the ten SVHN digits, where label 10 is digit 0. Renaming classes needs no new training;
changing their number does.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from svhnlab.config.architectures import CONFIGURATIONS, ProfileName
from svhnlab.config.profiles import MAX_SEEDS, Protocol, SplitUnit
from svhnlab.errors import InputError
from svhnlab.paths import project_root
from svhnlab.printable import check_printable

FILE_NAME = "study.toml"
MAX_CLASSES = 100  # figures with more would be illegible
MAX_CLASS_NAME = 40  # characters


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise ValueError(f"has {repeated[0]!r} twice; all entries must differ")
    return names


def _existing_run(run: str) -> str:
    if run not in CONFIGURATIONS:
        raise ValueError(f"is not a run: {run!r}; choose from {', '.join(CONFIGURATIONS)}")
    return run


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(check_printable)]
_ClassName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CLASS_NAME),
    AfterValidator(check_printable),
]
_RunName = Annotated[str, AfterValidator(_existing_run)]


class StudyFile(BaseModel):
    """Settings in a ``study.toml``; None or empty if a key is missing.

    Attributes
    ----------
    title, authors
        Title and authors of the report.
    class_names
        Names of the classes in the order of the labels 1, 2, 3, ...; all different. None for the ten digits.
    runs
        Names of the configurations to train.
    profile, protocol, split_by, seed, seeds, weights
        Same as the options of ``svhnlab train``; a path to weights is relative to the folder of ``study.toml``.
    data
        Folder of the Format 2 files, relative to the folder of ``study.toml``.
    data_name
        Name of the data on every page, e.g. "vehicle photographs".
    data_description
        One or more sentences on the data: who took the images, who labelled them, under which licence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    title: _Text | None = None
    authors: Annotated[tuple[_Text, ...], AfterValidator(_unique), Field(strict=False)] = ()
    class_names: (
        Annotated[
            tuple[_ClassName, ...],
            Field(strict=False, min_length=2, max_length=MAX_CLASSES),
            AfterValidator(_unique),
        ]
        | None
    ) = None
    runs: Annotated[tuple[_RunName, ...], Field(strict=False, min_length=1), AfterValidator(_unique)] | None = None
    profile: ProfileName | None = None
    protocol: Protocol | None = None
    split_by: SplitUnit | None = None
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = None
    seeds: Annotated[int, Field(ge=1, le=MAX_SEEDS)] | None = None
    weights: _Text | None = None
    data: Annotated[Path, Field(strict=False)] | None = None
    data_name: _Text | None = None
    data_description: _Text | None = None


def read_study_file(path: Path) -> StudyFile:
    """Read a ``study.toml``.

    Raises
    ------
    InputError
        If the file cannot be read or is not valid TOML, or if a key is unknown or a value invalid. The message is one
        line that names the file and the key.
    """
    try:
        # editors on Windows may begin the file with a byte-order mark
        content = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions.") from error
    except ValueError as error:  # also raised for bytes that are not UTF-8
        raise InputError(f"{path}: not a valid TOML file ({error}); correct that line.") from error
    try:
        settings = StudyFile.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{path}: {_problem(error)}") from error
    folder = Path(path).parent
    paths: dict[str, Any] = {}
    if settings.data is not None:
        paths["data"] = folder / settings.data.expanduser()
    if settings.weights not in (None, "imagenet", "generated", "none"):
        paths["weights"] = str(folder / Path(str(settings.weights)).expanduser())
    return settings.model_copy(update=paths)


def find_study_file(folder: Path | None = None) -> Path | None:
    """Return the path of the ``study.toml`` of the project around a folder (default: current), or None."""
    path = project_root(folder) / FILE_NAME
    return path if path.is_file() else None


def project_settings(folder: Path | None = None) -> StudyFile:
    """Return the settings of the project around a folder (default: current); empty without a ``study.toml``."""
    path = find_study_file(folder)
    return StudyFile() if path is None else read_study_file(path)


def _problem(error: ValidationError) -> str:
    """Describe the first invalid value, and how to fix it, in one sentence."""
    first = error.errors(include_url=False)[0]
    key, *place = first["loc"]
    where = str(key) + "".join(f", entry {step + 1}" for step in place if isinstance(step, int))
    if first["type"] == "extra_forbidden":
        return f"there is no setting {key!r}; choose from {', '.join(StudyFile.model_fields)}."
    in_quotes = f'{where} must be a text in quotes, such as "...".'
    sentences = {
        "string_too_short": f"{where} is empty; give a text or remove it.",
        "string_too_long": f"{where} is longer than {MAX_CLASS_NAME} characters; shorten it.",
        "string_type": in_quotes,
        "path_type": in_quotes,
        "tuple_type": f'{where} must be a list of texts, such as {key} = ["...", "..."].',
        "too_short": f"{where} has too few entries; a study needs at least two classes and one run.",
        "too_long": f"{where} has more than {MAX_CLASSES} entries, more than figures can show; merge some classes.",
        "value_error": f"{where} {first.get('ctx', {}).get('error')}.",
    }
    message = first["msg"]
    return sentences.get(first["type"], f"{where}: {message[0].lower()}{message[1:]}.")
