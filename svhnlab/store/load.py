"""Read stored results into the dataclasses of :mod:`svhnlab.store.schema`. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from svhnlab.store.save import PHOTOGRAPHS
from svhnlab.store.schema import (
    AttributionCheck,
    AugmentationPreview,
    DataResult,
    Division,
    Embedding,
    Evidence,
    History,
    OutOfDistribution,
    RandomSplit,
    Repeat,
    RunPredictions,
    RunResult,
    SplitStatistics,
    TrainingDynamics,
)
from svhnlab.store.schema.files import Stored
from svhnlab.store.store import StoredResult

T = TypeVar("T", bound=Stored)
_ADAPTERS: dict[type[Stored], TypeAdapter[Any]] = {}


def load(kind: type[T], stored: StoredResult, **given: Any) -> T:
    """Read a dataclass that `svhnlab.store.save.save` wrote. Other content of the files is ignored.

    Parameters
    ----------
    kind
        The dataclass.
    given
        Fields that are not stored in its files.

    Raises
    ------
    DamagedResult
        If a file does not match its checksum.
    KeyError, ValueError
        If the content does not match the dataclass.
    """
    files = kind.FILES
    content = stored.json(files.json) if files.json is not None else {}
    if files.arrays is not None:
        with stored.arrays(files.arrays) as archive:
            for name, hint in _stored_fields(kind):
                prefix = files.prefix(name)
                if name in given:
                    continue
                if _is_array(hint):
                    content[name] = archive[name]
                elif _is_optional_array(hint):
                    content[name] = archive.get(name)
                elif (nested := _dataclass_of(hint)) is not None:
                    arrays = _nested_arrays(nested, prefix, archive)
                    if not arrays:
                        continue
                    rest = content.get(name)  # the list of the names where all fields are arrays
                    others = rest if isinstance(rest, dict) else {}
                    absent = nested is not hint and all(array is None for array in arrays.values())
                    content[name] = None if absent else others | arrays
                elif get_origin(hint) is dict and _is_array(get_args(hint)[1]):
                    content[name] = {key: archive[prefix + key] for key in content[name]}
    return adapter(kind).validate_python({**content, **given})


def adapter(kind: type[T]) -> TypeAdapter[T]:
    """Return what checks the content of a dataclass; it is kept, since it takes longer to create than to use."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def _stored_fields(kind: Any) -> Iterator[tuple[str, Any]]:
    """Yield the stored name and the type of each field of a dataclass."""
    hints = get_type_hints(kind, include_extras=True)
    for field in fields(kind):
        annotation = hints[field.name]
        hint, *extras = get_args(annotation) if get_origin(annotation) is Annotated else [annotation]
        alias = next((extra.alias for extra in extras if isinstance(extra, FieldInfo)), None)
        yield alias or field.name, hint


def _dataclass_of(hint: Any) -> Any:
    """Return the dataclass of a field, which may be optional; None if it is not a dataclass."""
    kinds = get_args(hint) if type(None) in get_args(hint) else (hint,)
    return next((kind for kind in kinds if is_dataclass(kind)), None)


def _nested_arrays(kind: Any, prefix: str, archive: NpzFile) -> dict[str, NDArray[Any] | None]:
    """Read the arrays of a nested dataclass; those that are not stored are None, and only optional ones may be."""
    return {
        key: archive.get(prefix + key)
        for key, part in _stored_fields(kind)
        if _is_array(part) or _is_optional_array(part)
    }


def _is_array(hint: Any) -> bool:
    return get_origin(hint) is np.ndarray


def _is_optional_array(hint: Any) -> bool:
    return type(None) in get_args(hint) and any(map(_is_array, get_args(hint)))


def load_data(stored: StoredResult, name: str) -> DataResult:
    """Read the data of a study; ``name`` is the data's name in the report."""
    splits, division = vars(load(SplitStatistics, stored)), load_division(stored)
    given = {"splits": splits, **vars(division), "key": stored.key, "checksum": stored.checksum}
    return load(DataResult, stored, name=name, **given)


def load_division(stored: StoredResult) -> Division:
    """Read which images are in each split, see `svhnlab.store.save.save_division`."""
    with stored.arrays("split.npz") as archive:
        numbers = {name: archive[name] for name in archive.files if name.startswith(PHOTOGRAPHS)}
        indices = {name: archive[name] for name in archive.files if name not in numbers}
    photographs = {name.removeprefix(PHOTOGRAPHS): array for name, array in numbers.items()}
    return Division(indices, photographs or None)


def load_run(
    name: str,
    title: str,
    stored: StoredResult,
    maps: StoredResult | None,
    evidence: StoredResult | None,
    ood: StoredResult | None = None,
    attribution_check: StoredResult | None = None,
) -> RunResult:
    """Read a trained or imported run, with the results of its analysis that are stored."""
    recorded = History.FILES.json in stored.manifest["files"]
    history, predictions = load(History, stored) if recorded else History(0, ()), load(RunPredictions, stored)
    return RunResult(
        name=name,
        title=title,
        history=history.epochs,
        best_epoch=history.best_epoch,
        validation=predictions.validation,
        test=predictions.test,
        embedding=None if maps is None else load(Embedding, maps),
        evidence=None if evidence is None else load(Evidence, evidence),
        settings=stored.json("settings.json"),
        environment=stored.manifest["environment"],
        key=stored.key,
        checksum=stored.checksum,
        stored_bytes=stored.bytes,
        ood=None if ood is None else load(OutOfDistribution, ood),
        attribution_check=None if attribution_check is None else load(AttributionCheck, attribution_check),
    )


def load_repeat(stored: StoredResult) -> Repeat:
    """Read the class scores of a training run; an imported one has the seed 0."""
    return load(Repeat, stored, seed=stored.manifest["inputs"].get("seed", 0))


def load_dynamics(stored: StoredResult) -> TrainingDynamics | None:
    """Read the dynamics of a training; None in the results of versions that did not record them."""
    recorded = TrainingDynamics.FILES.arrays in stored.manifest["files"]
    return load(TrainingDynamics, stored) if recorded else None


def load_random_split(stored: StoredResult) -> RandomSplit:
    """Read the training with a random split of single images."""
    history, photographs = load(History, stored), load_division(stored).photographs
    assert photographs is not None
    given = {"photographs": photographs["validation"], "best_epoch": history.best_epoch, "epochs": len(history.epochs)}
    return load(RandomSplit, stored, configuration=stored.json("settings.json")["run"], **given)


def load_preview(stored: StoredResult) -> AugmentationPreview:
    """Read the augmentation examples, see `svhnlab.store.save.save_preview`."""
    with stored.arrays("images.npz") as archive:
        names = stored.json("names.json")
        variants = {name: archive[f"variant_{position}"] for position, name in enumerate(names)}
        return AugmentationPreview(archive["originals"], variants)
