"""Checks of a results folder: stored results and verdicts, the current study, and the metrics in stored statistics."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from svhnlab.errors import InputError, SvhnlabError
from svhnlab.provenance.schema import Bootstrap
from svhnlab.publishing.check import Check, none_listed, shortened, unreadable
from svhnlab.publishing.verify_metrics import compare_metrics
from svhnlab.store.analysis_keys import SCHEMAS
from svhnlab.store.load import load, load_division
from svhnlab.store.record import read_record
from svhnlab.store.required import required_results
from svhnlab.store.schema import Predictions, RunPredictions, Statistics
from svhnlab.store.store import MANIFEST, DamagedResult, ResultKey, Store, StoredResult
from svhnlab.store.verdict_file import VERDICTS, read_verdict_file, verdict_files

_NO_RESULTS = ("studies", "checkpoints", "damaged", "wandb", VERDICTS)


class _EnclosedStore(Store):
    """A store that refuses results outside its folder."""

    def path(self, address: ResultKey) -> Path:
        path = super().path(address)
        if path.parent.parent != self.root or ".." in (address.kind, address.name) or path.is_symlink():
            raise DamagedResult(f"The record names a result outside of the store: {address.kind}/{address.name}.")
        return path


def results_checks(root: Path) -> Iterator[Check]:
    """Check every stored result and file of verdicts, the current study, and the metrics in the stored statistics."""
    intact: dict[tuple[str, str], StoredResult] = {}
    for folder in _result_folders(root):
        check, stored = _result_check(root, folder)
        yield check
        if stored is not None:
            intact[stored.manifest["kind"], stored.key] = stored
    yield from _verdict_checks(root)
    yield _study_check(root, intact)
    for (kind, _), stored in intact.items():
        if kind == "statistics":
            yield from _statistics_checks(stored, intact)


def _result_folders(root: Path) -> Iterator[Path]:
    for kind in sorted(root.iterdir()):
        if kind.is_dir() and not kind.is_symlink() and not kind.name.startswith(".") and kind.name not in _NO_RESULTS:
            yield from sorted(folder for folder in kind.iterdir() if folder.is_dir())


def _result_check(root: Path, folder: Path) -> tuple[Check, StoredResult | None]:
    """Check seal, key, name and files of one stored result."""
    name = folder.relative_to(root).as_posix()
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        address = ResultKey(manifest["kind"], manifest["label"], manifest["inputs"])
        stored = _EnclosedStore(root).find(address)
        if stored is None or stored.path != folder:
            return Check(name, False, f"{MANIFEST} belongs to another result, {address.kind}/{address.name}"), None
        outside = [file for file in stored.manifest["files"] if Path(file).name != file]
        if outside:
            return none_listed(name, outside, "", "names a file outside of the folder"), None
        links = [file.name for file in folder.iterdir() if file.is_symlink()]
        if links:
            return none_listed(name, links, "", "a link, which was not followed"), None
        stored.verify()
        others = {file.name for file in folder.iterdir()} - {MANIFEST, *stored.manifest["files"]}
    except DamagedResult as error:
        return Check(name, False, str(error).partition(";")[0]), None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return unreadable(name, error), None
    check = none_listed(name, others, f"seal and files match ({len(stored.manifest['files'])})", "not in the manifest")
    return check, stored if check.holds else None


def _verdict_checks(root: Path) -> Iterator[Check]:
    """Check that the name of each file of verdicts has the digest of its content."""
    for path in verdict_files(root):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            yield Check(name, False, "is a link, which was not followed")
            continue
        try:
            file = read_verdict_file(path)
        except (InputError, OSError) as error:
            yield unreadable(name, error)
            continue
        matches = f"the name matches the content ({len(file.verdicts)} verdicts)"
        yield Check(name, file.name == path.name, matches if file.name == path.name else "changed since it was stored")


def _study_check(root: Path, intact: Mapping[tuple[str, str], StoredResult]) -> Check:
    """Check that all results of the current study are stored, by this or by another version of svhnlab."""
    try:
        record = read_record(_EnclosedStore(root))
        needed = required_results(_EnclosedStore(root), record)
        absent = [need for need in needed if need.stored is None]
        key = str(record["key"])
    except SvhnlabError as error:
        return Check("study", False, str(error))
    except OSError as error:
        return unreadable("study", error)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return Check("study", False, f"the record of the current study can't be used ({error!r})")
    outdated, untrained, lost = [], [], []
    for need in absent:
        if any(_differ_in_schema(need.address, stored) for stored in intact.values()):
            outdated.append(need.address.kind)
        elif need.address.kind == "run" and not need.damaged:
            untrained.append(need.address.label)
        else:
            lost.append(f"{need.address.kind}/{need.address.name}")
    stored = len(needed) - len(absent)
    notes = [f"{f'{stored} of' if absent else 'all'} {len(needed)} results are stored"]
    if outdated:
        kinds = shortened(sorted(set(outdated)))
        notes.append(
            f"{len(outdated)} by another version of svhnlab ({kinds}), and `svhnlab train` computes them again"
        )
    if untrained:
        notes.append(f"not trained: {shortened(untrained)}")
    return none_listed(f"study {key}", lost, "; ".join(notes), "missing or damaged")


def _differ_in_schema(address: ResultKey, stored: StoredResult) -> bool:
    """Return whether a stored result has the wanted inputs, but the schema of another version."""
    inputs = stored.manifest["inputs"]
    return bool(
        stored.manifest["kind"] == address.kind and {**inputs, "schema": None} == {**address.inputs, "schema": None}
    )


def _statistics_checks(stored: StoredResult, intact: Mapping[tuple[str, str], StoredResult]) -> Iterator[Check]:
    """Compare the metrics in stored statistics with those recomputed from the stored predictions."""
    title = f"{stored.manifest['label']}-{stored.key}"
    if stored.manifest["inputs"].get("schema") != SCHEMAS["statistics"]:
        yield Check(title, True, "stored by another version of svhnlab; the metrics are not compared")
        return
    try:
        statistics = load(Statistics, stored)
        runs = {name: intact["run", key] for name, key in _run_keys(stored).items() if ("run", key) in intact}
        tests = {name: load(RunPredictions, run).test for name, run in runs.items()}
        stated = {name: run.metrics for name, run in statistics.runs.items()}
        bootstrap = TypeAdapter(Bootstrap).validate_python({"resamples": statistics.resamples, "seed": statistics.seed})
        problem = _problem(statistics, tests)
        photographs = load_division(intact["data", stored.manifest["inputs"]["data"]]).photographs
    except (SvhnlabError, OSError, ValueError, KeyError, TypeError, AttributeError, MemoryError) as error:
        yield unreadable(title, error)
        return
    if problem:
        yield Check(title, False, problem)
        return
    labels = next(iter(tests.values())).labels
    probabilities = {name: test.probabilities for name, test in tests.items()}
    yield from compare_metrics(
        stated, labels, probabilities, bootstrap, f"{title}: ", None if photographs is None else photographs["test"]
    )


def _run_keys(stored: StoredResult) -> dict[str, str]:
    among: Any = stored.manifest["inputs"]["among"]
    return {str(name): str(key) for name, key in among.items()}


def _problem(statistics: Statistics, tests: Mapping[str, Predictions]) -> str | None:
    """Return why the metrics can't be compared; None if they can."""
    absent = sorted(set(statistics.runs) - set(tests))
    if absent:
        return f"the runs that they were computed from are missing or damaged: {', '.join(absent)}"
    labels = [test.labels for test in tests.values()]
    if not labels or any(not np.array_equal(labels[0], other) for other in labels[1:]):
        return "the runs that they were computed from have different test images"
    return None
