"""Whether a site or a results folder is what it says: digests of its files, and its headline numbers once more.

Nothing that is read here is trusted: names of files can't lead out of the folder, arrays are read without executing
anything, and what is too large is not unpacked. That all holds does not prove who made a folder, only that its parts
belong together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from svhnlab.errors import InputError, SvhnlabError
from svhnlab.files import file_sha256
from svhnlab.provenance.headline import TOLERANCE, Figures, differences, headline_figures
from svhnlab.provenance.predictions import PREDICTIONS, SitePredictions, read_predictions
from svhnlab.provenance.schema import (
    CRATE,
    NOT_LISTED,
    PROVENANCE,
    Bootstrap,
    HeadlineRecord,
    Provenance,
    read_provenance,
)
from svhnlab.store.load import load
from svhnlab.store.schema import Estimate, Predictions, RunPredictions, Statistics
from svhnlab.store.store import MANIFEST, DamagedResult, ResultKey, Store, StoredResult
from svhnlab.store.study import read_record, required_results

VERSIONS = "v"
"""Folder of a published root that holds one site for each version."""

LIST = "versions.json"
"""List of the versions of a published root."""

ROOT_FILES = (LIST, "versions.js", "changes.html", ".nojekyll")
"""What a published root holds beside the latest version and the folder of all versions."""

_SHOWN = 5  # names in a detail
_NO_RESULTS = ("studies", "checkpoints", "damaged", "wandb")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes
    ----------
    name
        What was looked at, e.g. "files" or "v/1.0: headline numbers of cnn".
    holds
        Whether it is as it has to be.
    detail
        What was found, in one line.
    """

    name: str
    holds: bool
    detail: str


@dataclass(frozen=True)
class Verification:
    """Everything that was looked at in a folder.

    Attributes
    ----------
    path
        The folder.
    kind
        "site", "published site" (all versions) or "results".
    checks
        In the order in which they were made.
    """

    path: Path
    kind: str
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if not check.holds)


def verify(path: Path) -> Verification:
    """Check a site, a published root with all of its versions, or a results folder.

    Parameters
    ----------
    path
        The folder. Shares that are computed again may differ from the stated ones by `TOLERANCE`.

    Raises
    ------
    InputError
        The folder is none of these.
    """
    if (path / PROVENANCE).is_file():
        published = (path / VERSIONS).is_dir() and not (path / VERSIONS).is_symlink()
        checks = list(_site_checks(path, root=published))
        if published:
            checks.append(_list_check(path))
            for version in sorted((path / VERSIONS).iterdir()):
                checks += _version_checks(version)
        return Verification(path, "published site" if published else "site", tuple(map(_printable, checks)))
    if (path / "studies").is_dir() or (path / "current.json").is_file():
        return Verification(path, "results", tuple(map(_printable, _results_checks(path))))
    raise InputError(f"{path} is neither a report with a {PROVENANCE} nor a results folder.")


def _printable(check: Check) -> Check:
    """Write names from outside so that they can't give orders to a terminal."""

    def plain(text: str) -> str:
        return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)

    return replace(check, name=plain(check.name), detail=plain(check.detail))


# --- sites


def _list_check(root: Path) -> Check:
    """Whether the list of versions names the versions that are there, with the digests of their records."""
    try:
        listed = json.loads((root / LIST).read_text(encoding="utf-8"))["versions"]
        stated = {str(entry["version"]): str(entry["provenance"]) for entry in listed}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        return Check(LIST, False, f"can't be read ({' '.join(str(error).split())})")
    records = {folder.name: folder / PROVENANCE for folder in (root / VERSIONS).iterdir()}
    found = {name: file_sha256(file) for name, file in records.items() if file.is_file()}
    wrong = (name for name in stated.keys() | records.keys() if name not in found or stated.get(name) != found[name])
    return _listed(LIST, wrong, f"names the {len(found)} versions with their digests", "does not fit to what is there")


def _version_checks(folder: Path) -> Iterator[Check]:
    name = f"{VERSIONS}/{folder.name}"
    if folder.is_symlink() or not folder.is_dir():
        yield Check(name, False, "is no folder with a version")
        return
    for check in _site_checks(folder):
        yield replace(check, name=f"{name}: {check.name}")
    try:
        version = read_provenance(folder / PROVENANCE).version
    except InputError:
        return  # named already
    yield Check(f"{name}: version", version == folder.name, f"the record is of version {version}")


def _site_checks(site: Path, *, root: bool = False) -> Iterator[Check]:
    try:
        record = read_provenance(site / PROVENANCE)
    except InputError as error:
        yield Check("record", False, str(error))
        return
    yield Check("record", True, f"{record.title}, version {record.version}, study {record.study.key}")
    yield from _file_checks(site, record, root)
    yield _crate_check(site, record)
    yield from _headline_checks(site, record)


def _file_checks(site: Path, record: Provenance, root: bool) -> Iterator[Check]:
    """Look for missing, changed, unexpected and linked files; a published root may hold its owner's files too."""
    missing, changed, linked = [], [], set[str]()
    for path, digest in record.files.items():
        file = site / path
        if _through_link(site, path):
            linked.add(path)
        elif not file.is_file():
            missing.append(path)
        elif file_sha256(file) != digest:
            changed.append(path)
    unexpected = []
    for file in site.rglob("*"):
        path = file.relative_to(site).as_posix()
        if root and (path == VERSIONS or path.startswith(f"{VERSIONS}/")):
            continue
        if file.is_symlink():
            linked.add(path)
        elif not file.is_dir() and path not in record.files and path not in NOT_LISTED:
            unexpected.append(path)
    total = len(record.files)
    yield _listed("missing files", missing, f"all {total} files are there", "missing")
    yield _listed(
        "changed files", changed, f"the digests of {total - len(missing) - len(linked)} files hold", "changed"
    )
    own = sorted(path for path in unexpected if path not in ROOT_FILES) if root else []
    if own:
        yield Check("other files", True, f"not part of the report: {_some(own)}")
    elif not root:
        yield _listed("other files", unexpected, "there are none", "not in the record")
    if linked:
        yield _listed("links", linked, "", "a link, which was not followed")


def _through_link(site: Path, path: str) -> bool:
    """Whether a file is a symbolic link, or lies in a folder that is one."""
    place = site
    for part in path.split("/"):
        place = place / part
        if place.is_symlink():
            return True
    return False


def _listed(name: str, found: Iterable[str], fine: str, wrong: str) -> Check:
    names = sorted(found)
    if not names:
        return Check(name, True, fine)
    return Check(name, False, f"{wrong}: {_some(names)}")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _crate_check(site: Path, record: Provenance) -> Check:
    """Whether the RO-Crate says of the files what the record says, and of the record what it is."""
    name = f"digests in {CRATE}"
    try:
        graph = json.loads((site / CRATE).read_text(encoding="utf-8"))["@graph"]
        stated = {entity["@id"]: entity["sha256"] for entity in graph if "sha256" in entity}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        return Check(name, False, f"can't be read ({' '.join(str(error).split())})")
    expected = {**record.files, PROVENANCE: file_sha256(site / PROVENANCE)}
    return _listed(
        name,
        (path for path in stated.keys() | expected.keys() if stated.get(path) != expected.get(path)),
        f"{len(stated)} agree, that of {PROVENANCE} among them",
        "other digest",
    )


def _headline_checks(site: Path, record: Provenance) -> Iterator[Check]:
    if record.bootstrap is None:
        yield Check("headline numbers", True, "the report states none")
        return
    if _through_link(site, PREDICTIONS):
        yield Check("predictions", False, f"{PREDICTIONS} is a link, which was not followed")
        return
    try:
        predictions = read_predictions(site / PREDICTIONS)
    except InputError as error:
        yield Check("predictions", False, str(error))
        return
    yield _predictions_check(predictions, record)
    stated = {name: _figures(found) for name, found in record.headline.items()}
    yield from _compared(stated, predictions.labels, predictions.probabilities, record.bootstrap)


def _predictions_check(predictions: SitePredictions, record: Provenance) -> Check:
    images, classes = len(predictions.labels), len(record.study.class_names)
    shapes = {array.shape[1] for array in predictions.probabilities.values()}
    wrong = [name for name, found in record.headline.items() if found.images != images]
    if shapes - {classes}:
        return Check("predictions", False, f"are of other than the {classes} classes of the report")
    return _listed("predictions", wrong, f"of {images} images and {classes} classes", f"not {images} images, as here")


def _figures(found: HeadlineRecord) -> Figures:
    return Figures(Estimate(*found.accuracy), Estimate(*found.macro_f1), Estimate(*found.ece))


def _compared(
    stated: Mapping[str, Figures],
    labels: NDArray[np.int64],
    probabilities: Mapping[str, NDArray[np.floating]],
    bootstrap: Bootstrap,
    prefix: str = "",
) -> Iterator[Check]:
    """Compare stated figures of each run with those computed from the predictions."""
    computed = headline_figures(labels, probabilities, resamples=bootstrap.resamples, seed=bootstrap.seed)
    for name in [*stated, *(name for name in computed if name not in stated)]:
        title = f"{prefix}headline numbers of {name}"
        if name not in computed:
            yield Check(title, False, "there are no predictions of this run")
        elif name not in stated:
            yield Check(title, False, "there are predictions of this run, and no numbers are stated")
        else:
            found = differences(stated[name], computed[name])
            fine = f"accuracy, macro-F1, ECE and their intervals agree within {TOLERANCE:g}"
            yield Check(title, not found, "; ".join(found) or fine)


# --- results


class _Enclosed(Store):
    """A store whose results can't lie outside of it, whatever a record says."""

    def path(self, address: ResultKey) -> Path:
        path = super().path(address)
        if path.parent.parent != self.root or ".." in (address.kind, address.name) or path.is_symlink():
            raise DamagedResult(f"The record names a result outside of the store: {address.kind}/{address.name}.")
        return path


def _results_checks(root: Path) -> Iterator[Check]:
    sound: dict[tuple[str, str], StoredResult] = {}
    for folder in _result_folders(root):
        check, stored = _result_check(root, folder)
        yield check
        if stored is not None:
            sound[stored.manifest["kind"], stored.key] = stored
    yield _study_check(root)
    for (kind, _), stored in sound.items():
        if kind == "statistics":
            yield from _statistics_checks(stored, sound)


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
        stored = _Enclosed(root).find(address)
        if stored is None or stored.path != folder:
            return Check(name, False, f"{MANIFEST} belongs to another result, {address.kind}/{address.name}"), None
        outside = [file for file in stored.manifest["files"] if Path(file).name != file]
        if outside:
            return _listed(name, outside, "", "names a file that leads out of the folder"), None
        links = [file.name for file in folder.iterdir() if file.is_symlink()]
        if links:
            return _listed(name, links, "", "a link, which was not followed"), None
        stored.verify()
        others = {file.name for file in folder.iterdir()} - {MANIFEST, *stored.manifest["files"]}
    except DamagedResult as error:
        return Check(name, False, str(error).partition(";")[0]), None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return Check(name, False, f"{MANIFEST} can't be read ({' '.join(str(error).split())})"), None
    check = _listed(name, others, f"seal and {len(stored.manifest['files'])} files hold", "not in the manifest")
    return check, stored if check.holds else None


def _study_check(root: Path) -> Check:
    """Whether the results of the current study are all there."""
    try:
        record = read_record(_Enclosed(root))
        needed = required_results(_Enclosed(root), record)
        absent = [f"{need.address.kind}/{need.address.name}" for need in needed if need.stored is None]
        key = str(record["key"])
    except SvhnlabError as error:
        return Check("study", False, str(error))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return Check("study", False, f"the record of the current study can't be used ({error!r})")
    return _listed(f"study {key}", absent, f"its {len(needed)} results are there", "missing or damaged")


def _statistics_checks(stored: StoredResult, sound: Mapping[tuple[str, str], StoredResult]) -> Iterator[Check]:
    """Compare stored statistics with those of the stored predictions that they were made from."""
    title = f"{stored.manifest['label']}-{stored.key}"
    try:
        statistics = load(Statistics, stored)
        runs = {name: sound["run", key] for name, key in _runs_of(stored).items() if ("run", key) in sound}
        tests = {name: load(RunPredictions, run).test for name, run in runs.items()}
        stated = {
            name: Figures(found.accuracy, found.macro_f1, found.calibration.ece)
            for name, found in statistics.runs.items()
        }
        bootstrap = TypeAdapter(Bootstrap).validate_python({"resamples": statistics.resamples, "seed": statistics.seed})
        problem = _problem_with(statistics, tests)
    except (SvhnlabError, OSError, ValueError, KeyError, TypeError, AttributeError, MemoryError) as error:
        yield Check(title, False, f"can't be read as statistics ({' '.join(str(error).split())})")
        return
    if problem:
        yield Check(title, False, problem)
        return
    labels = next(iter(tests.values())).labels
    probabilities = {name: test.probabilities for name, test in tests.items()}
    yield from _compared(stated, labels, probabilities, bootstrap, f"{title}: ")


def _runs_of(stored: StoredResult) -> dict[str, str]:
    among: Any = stored.manifest["inputs"]["among"]
    return {str(name): str(key) for name, key in among.items()}


def _problem_with(statistics: Statistics, tests: Mapping[str, Predictions]) -> str | None:
    absent = sorted(set(statistics.runs) - set(tests))
    if absent:
        return f"the runs that they were made from are missing or damaged: {', '.join(absent)}"
    labels = [test.labels for test in tests.values()]
    if not labels or any(not np.array_equal(labels[0], other) for other in labels[1:]):
        return "the runs that they were made from have other test images"
    return None
