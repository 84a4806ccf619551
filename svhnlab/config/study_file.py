"""``study.toml``: what a study is about, for data of one's own.

The file lies at the root of the project, beside ``_quarto.yml``. All of its keys are optional, and options on the
command line win over it:

.. code-block:: toml

    title = "What a vehicle classifier gets wrong"
    authors = ["Ada Example", "Ben Example"]
    data = "data/vehicles"                    # folder of train_32x32.mat and test_32x32.mat
    data_name = "vehicle photographs"         # how every page calls them
    class_names = ["car", "bus", "ambulance"] # of the labels 1, 2, 3, ... in y
    profile = "quick"
    runs = ["cnn", "cnn-aug"]                 # those that belong to the study; all four without

The names of the classes come in the order of the labels in ``y``, which are 1 to K for K names; with ten names label
10 is the tenth. Without names the classes are the ten digits of SVHN, where label 10 is digit 0. Names are words
alone: other names for the same labels need no new training, another number of names does.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from svhnlab.config.architectures import RUNS, ProfileName
from svhnlab.config.profiles import MOST_SEEDS, Protocol
from svhnlab.errors import InputError
from svhnlab.paths import project_root

FILE_NAME = "study.toml"
MOST_CLASSES = 100  # figures of more could not be read
LONGEST_CLASS_NAME = 40


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has characters that can't be printed; leave them out")
    return text


def _different(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise ValueError(f"has {twice[0]!r} twice; every entry must differ")
    return names


def _known(run: str) -> str:
    if run not in RUNS:
        raise ValueError(f"is no run: {run!r}; choose from {', '.join(RUNS)}")
    return run


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_printable)]
_ClassName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_CLASS_NAME),
    AfterValidator(_printable),
]
_RunName = Annotated[str, AfterValidator(_known)]


class StudyFile(BaseModel):
    """The settings of a ``study.toml``; None or empty where it says nothing.

    Attributes
    ----------
    title, authors
        Of the report.
    class_names
        Names of the classes in the order of the labels 1, 2, 3, ...; all different. None for the ten digits.
    runs
        The runs that belong to the study.
    profile, protocol, seed, seeds, weights
        As the options of ``svhnlab train``; a path of weights is relative to the file's folder.
    data
        Folder of the Format 2 files; in the file relative to its own folder.
    data_name
        How every page calls the data, e.g. "vehicle photographs".
    data_description
        A sentence or more about the data: who took the pictures, who labelled them, under which licence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    title: _Text | None = None
    authors: Annotated[tuple[_Text, ...], AfterValidator(_different), Field(strict=False)] = ()
    class_names: (
        Annotated[
            tuple[_ClassName, ...],
            Field(strict=False, min_length=2, max_length=MOST_CLASSES),
            AfterValidator(_different),
        ]
        | None
    ) = None
    runs: Annotated[tuple[_RunName, ...], Field(strict=False, min_length=1), AfterValidator(_different)] | None = None
    profile: ProfileName | None = None
    protocol: Protocol | None = None
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = None
    seeds: Annotated[int, Field(ge=1, le=MOST_SEEDS)] | None = None
    weights: _Text | None = None
    data: Annotated[Path, Field(strict=False)] | None = None
    data_name: _Text | None = None
    data_description: _Text | None = None


def read_study_file(path: Path) -> StudyFile:
    """Read a ``study.toml``.

    Raises
    ------
    InputError
        If the file can't be read, is no TOML, has an unknown key, or a value that does not fit. The message is one
        line that names the file and the key.
    """
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions.") from error
    except ValueError as error:  # also of bytes that are no UTF-8
        raise InputError(f"{path}: is no TOML file ({error}); mend that line.") from error
    try:
        found = StudyFile.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{path}: {_problem(error)}") from error
    here = Path(path).parent
    places: dict[str, Any] = {}
    if found.data is not None:
        places["data"] = here / found.data.expanduser()
    if found.weights not in (None, "imagenet", "generated", "none"):
        places["weights"] = str(here / Path(str(found.weights)).expanduser())
    return found.model_copy(update=places)


def find_study_file(folder: Path | None = None) -> Path | None:
    """Return the ``study.toml`` of the project that a folder (the current one) lies in; None where it has none."""
    path = project_root(folder) / FILE_NAME
    return path if path.is_file() else None


def project_settings(folder: Path | None = None) -> StudyFile:
    """Return the settings of the project that a folder (the current one) lies in; empty without a ``study.toml``."""
    path = find_study_file(folder)
    return StudyFile() if path is None else read_study_file(path)


def _problem(error: ValidationError) -> str:
    """Say in one sentence what is wrong with the first value that does not fit, and what to do."""
    first = error.errors(include_url=False)[0]
    key, *place = first["loc"]
    where = str(key) + "".join(f", entry {step + 1}" for step in place if isinstance(step, int))
    if first["type"] == "extra_forbidden":
        return f"there is no setting {key!r}; choose from {', '.join(StudyFile.model_fields)}."
    in_quotes = f'{where} must be a text in quotes, such as "...".'
    sentences = {
        "string_too_short": f"{where} is empty; write it out or remove it.",
        "string_too_long": f"{where} is longer than {LONGEST_CLASS_NAME} characters; shorten it.",
        "string_type": in_quotes,
        "path_type": in_quotes,
        "tuple_type": f'{where} must be a list of texts, such as {key} = ["...", "..."].',
        "too_short": f"{where} is too short a list; a study has two classes and one run at least.",
        "too_long": f"{where} has more than {MOST_CLASSES} entries, more than figures can show; join some.",
        "value_error": f"{where} {first.get('ctx', {}).get('error')}.",
    }
    message = first["msg"]
    return sentences.get(first["type"], f"{where}: {message[0].lower()}{message[1:]}.")
