"""Reading and validation of ``study.toml``, the settings of a project.

The file is in the root folder of the project, next to ``_quarto.yml``. All keys are optional. Options on the command
line override them:

.. code-block:: toml

    title = "What a vehicle classifier gets wrong"
    authors = ["Ada Example", "Ben Example"]
    data = "data/vehicles"                    # folder of the images
    data_name = "vehicle photographs"         # name of the data on every page
    class_names = ["car", "bus", "ambulance"] # of the labels 1, 2, 3, ... of Format 2 files
    profile = "quick"
    runs = ["cnn", "cnn-aug"]                 # runs of the study; default: all

    [configurations.cnn-long]                 # a further configuration, see svhnlab.config.configurations
    model = "cnn"
    epochs = 60

Class names are in the order of the labels in ``y``, which are 1 to K for K names; with ten names, label 10 is the tenth
class. For SVHN's files and generated digits the name of digit 1 is therefore the first and that of digit 0 the last.
Without names, the classes are the ten SVHN digits, where label 10 is digit 0. Renaming classes needs no new training;
changing their number does.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails

from svhnlab.config.architectures import ProfileName
from svhnlab.config.configurations import (
    AugmentationTable,
    ConfigurationTable,
    check_tables,
    known_configurations,
)
from svhnlab.config.initial_weights import WEIGHTS_OPTIONS
from svhnlab.config.profiles import MAX_SEEDS, Protocol, SplitUnit
from svhnlab.config.recipes import STORED_SIZES
from svhnlab.errors import InputError
from svhnlab.paths import project_root
from svhnlab.printable import check_printable

FILE_NAME = "study.toml"
MAX_CLASSES = 200  # figures with more would be illegible
MAX_CLASS_NAME = 80  # characters


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise ValueError(f"has {repeated[0]!r} twice; all entries must differ")
    return names


def _existing_runs(runs: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    known = known_configurations(info.data.get("configurations", {}))
    unknown = [run for run in runs if run not in known]
    if unknown:
        raise ValueError(f"names {unknown[0]!r}, which is not a configuration; choose from {', '.join(known)}")
    return _unique(runs)


def _checked_tables(tables: dict[str, ConfigurationTable]) -> dict[str, ConfigurationTable]:
    check_tables(tables)
    return tables


def _stored_size(side: int) -> int:
    if side not in STORED_SIZES:
        raise ValueError(f"is {side}; choose one of {', '.join(map(str, STORED_SIZES))}")
    return side


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(check_printable)]
_ClassName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CLASS_NAME),
    AfterValidator(check_printable),
]


class StudyFile(BaseModel):
    """Settings in a ``study.toml``; None or empty if a key is missing.

    Attributes
    ----------
    title, authors
        Title and authors of the report.
    class_names
        Names of the classes in the order of the labels 1, 2, 3, ...; all different. None for the ten digits.
    configurations
        Configurations that the file adds or changes, by name.
    runs
        Names of the configurations to train.
    profile, protocol, split_by, seed, seeds, weights
        Same as the options of ``svhnlab train``; a path to weights is relative to the folder of ``study.toml``.
    data
        Folder or file of the images, relative to the folder of ``study.toml``.
    stored_size, skip_broken
        Same as the options of ``svhnlab train``.
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
    configurations: Annotated[dict[str, ConfigurationTable], AfterValidator(_checked_tables)] = {}
    runs: Annotated[tuple[str, ...], Field(strict=False, min_length=1), AfterValidator(_existing_runs)] | None = None
    profile: ProfileName | None = None
    protocol: Protocol | None = None
    split_by: SplitUnit | None = None
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = None
    seeds: Annotated[int, Field(ge=1, le=MAX_SEEDS)] | None = None
    weights: _Text | None = None
    data: Annotated[Path, Field(strict=False)] | None = None
    stored_size: Annotated[int, AfterValidator(_stored_size)] | None = None
    skip_broken: bool | None = None
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
        text = Path(path).read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions.") from error
    except ValueError as error:  # also raised for bytes that are not UTF-8
        raise InputError(f"{path}: not a valid TOML file ({error}); correct that line.") from error
    try:
        settings = StudyFile.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{path}{_line(text, error)}: {_problem(error)}") from error
    folder = Path(path).parent
    paths: dict[str, Any] = {}
    if settings.data is not None:
        paths["data"] = folder / settings.data.expanduser()
    paths["weights"] = _weights_path(settings.weights, folder)
    paths["configurations"] = {
        name: table.model_copy(update={"weights": _weights_path(table.weights, folder)})
        for name, table in settings.configurations.items()
    }
    return settings.model_copy(update=paths)


def _weights_path(weights: str | None, folder: Path) -> str | None:
    """Return a kind of weights as it is, and a path relative to the folder of the file."""
    return weights if weights in (None, *WEIGHTS_OPTIONS) else str(folder / Path(weights).expanduser())


def find_study_file(folder: Path | None = None) -> Path | None:
    """Return the path of the ``study.toml`` of the project around a folder (default: current), or None."""
    path = project_root(folder) / FILE_NAME
    return path if path.is_file() else None


def project_settings(folder: Path | None = None) -> StudyFile:
    """Return the settings of the project around a folder (default: current); empty without a ``study.toml``."""
    path = find_study_file(folder)
    return StudyFile() if path is None else read_study_file(path)


def _first(error: ValidationError) -> ErrorDetails:
    """Return the first invalid value among the most deeply nested, since pydantic reports each type of a union."""
    return max(error.errors(include_url=False), key=lambda one: len(one["loc"]))


def _steps(error: ValidationError) -> list[str | int]:
    """Return the keys and positions that lead to the invalid value, without pydantic's steps for a union."""
    return [step for step in _first(error)["loc"] if step not in {"bool", "AugmentationTable"}]


def _line(text: str, error: ValidationError) -> str:
    """Return ", line 12" for the line with the key of the first invalid value; empty if it is not found.

    The key is searched below the header of its table, ``[configurations.NAME]``; tomllib does not give the lines.
    """
    *tables, key = [str(step) for step in _steps(error) if not isinstance(step, int)]
    lines = text.splitlines()
    header = [number for number, line in enumerate(lines) if line.strip().startswith(f"[{'.'.join(tables[:2])}")]
    start = header[0] if tables and header else 0
    named = re.compile(rf"(^|[\s\[{{,.]){re.escape(key)}\s*[\].=]")
    found = next((number for number, line in enumerate(lines[start:], start) if named.search(line)), None)
    return "" if found is None else f", line {found + 1}"


def _problem(error: ValidationError) -> str:
    """Describe the first invalid value, and how to fix it, in one sentence."""
    first = _first(error)
    steps = _steps(error)
    keys = [str(step) for step in steps if not isinstance(step, int)]
    key = where = ".".join(keys)
    where += "".join(f", entry {step + 1}" for step in steps if isinstance(step, int))
    if first["type"] == "extra_forbidden":
        table: type[BaseModel] = {1: StudyFile, 3: ConfigurationTable}.get(len(keys), AugmentationTable)
        return f"there is no setting {keys[-1]!r}; choose from {', '.join(table.model_fields)}."
    in_quotes = f'{where} must be a text in quotes, such as "...".'
    sentences = {
        "string_too_short": f"{where} is empty; give a text or remove it.",
        "string_too_long": f"{where} is longer than {MAX_CLASS_NAME} characters; shorten it.",
        "string_type": in_quotes,
        "path_type": in_quotes,
        "model_type": f"{where} must be a table of settings.",
        "bool_type": f"{where} must be true, false or a table of strengths.",
        "tuple_type": f'{where} must be a list of texts, such as {key} = ["...", "..."].',
        "too_short": f"{where} has too few entries; a study needs at least two classes and one run.",
        "too_long": f"{where} has more than {MAX_CLASSES} entries, more than figures can show; merge some classes.",
        "value_error": f"{where} {first.get('ctx', {}).get('error')}.",
    }
    message = first["msg"]
    return sentences.get(first["type"], f"{where}: {message[0].lower()}{message[1:]}.")
