"""Checks of a site, or of a published site with all of its versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from svhnlab.errors import InputError
from svhnlab.files import file_sha256
from svhnlab.provenance.predictions import PREDICTIONS, SitePredictions, read_predictions
from svhnlab.provenance.schema import CRATE, NOT_LISTED, PROVENANCE, Provenance, read_provenance
from svhnlab.provenance.site_files import compare_files, is_linked
from svhnlab.publishing.check import Check, none_listed, shortened, unreadable
from svhnlab.publishing.names import ROOT_FILES, VERSION_LIST, VERSIONS
from svhnlab.publishing.verify_metrics import compare_metrics
from svhnlab.publishing.versions import read_version_list


def published_checks(root: Path) -> Iterator[Check]:
    """Check the latest version at the root, the list of versions, and each version."""
    yield from site_checks(root, root=True)
    yield _list_check(root)
    for folder in sorted((root / VERSIONS).iterdir()):
        yield from _version_checks(folder)


def _list_check(root: Path) -> Check:
    """Check that the list names every version in the folder with the digest of its record."""
    try:
        listed = read_version_list(root).digests
    except InputError as error:
        return Check(VERSION_LIST, False, str(error))
    records = {folder.name: folder / PROVENANCE for folder in (root / VERSIONS).iterdir()}
    digests = {name: file_sha256(file) for name, file in records.items() if file.is_file()}
    wrong = (
        name for name in listed.keys() | records.keys() if name not in digests or listed.get(name) != digests[name]
    )
    return none_listed(
        VERSION_LIST, wrong, f"lists all versions with their digests ({len(digests)})", "does not match the versions"
    )


def _version_checks(folder: Path) -> Iterator[Check]:
    name = f"{VERSIONS}/{folder.name}"
    if folder.is_symlink() or not folder.is_dir():
        yield Check(name, False, "is not a folder with a version")
        return
    for check in site_checks(folder):
        yield replace(check, name=f"{name}: {check.name}")
    try:
        version = read_provenance(folder / PROVENANCE).version
    except InputError:
        return  # the check of the record has failed already
    yield Check(f"{name}: version", version == folder.name, f"the record is of version {version}")


def site_checks(site: Path, *, root: bool = False) -> Iterator[Check]:
    """Check record, files, RO-Crate and headline metrics of one site.

    Parameters
    ----------
    site
        Folder with a ``provenance.json``.
    root
        Whether it is the root of a published site, which may contain the owner's files.
    """
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
    """Check for missing, changed, unexpected and linked files."""
    listed = compare_files(site, record.files)
    linked, unexpected = set(listed.linked), []
    for file in site.rglob("*"):
        path = file.relative_to(site).as_posix()
        if root and (path == VERSIONS or path.startswith(f"{VERSIONS}/")):
            continue
        if file.is_symlink():
            linked.add(path)
        elif not file.is_dir() and path not in record.files and path not in NOT_LISTED:
            unexpected.append(path)
    total = len(record.files)
    readable = total - len(listed.missing) - len(listed.linked)
    yield none_listed("missing files", listed.missing, f"all {total} files are there", "missing")
    yield none_listed("changed files", listed.changed, f"the digests of {readable} files match", "changed")
    owners = sorted(path for path in unexpected if path not in ROOT_FILES) if root else []
    if owners:
        yield Check("other files", True, f"not part of the report: {shortened(owners)}")
    elif not root:
        yield none_listed("other files", unexpected, "there are none", "not in the record")
    if linked:
        yield none_listed("links", linked, "", "a link, which was not followed")


def _crate_check(site: Path, record: Provenance) -> Check:
    """Check that the RO-Crate has the same digests as the record, and the digest of the record itself."""
    name = f"digests in {CRATE}"
    try:
        graph = json.loads((site / CRATE).read_text(encoding="utf-8"))["@graph"]
        stated = {entity["@id"]: entity["sha256"] for entity in graph if "sha256" in entity}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        return unreadable(name, error)
    expected = {**record.files, PROVENANCE: file_sha256(site / PROVENANCE)}
    return none_listed(
        name,
        (path for path in stated.keys() | expected.keys() if stated.get(path) != expected.get(path)),
        f"all {len(stated)} match, including that of {PROVENANCE}",
        "other digest",
    )


def _headline_checks(site: Path, record: Provenance) -> Iterator[Check]:
    """Check the predictions, and recompute the headline metrics from them."""
    if record.bootstrap is None:
        yield Check("headline metrics", True, "the report states none")
        return
    if is_linked(site, PREDICTIONS):
        yield Check("predictions", False, f"{PREDICTIONS} is a link, which was not followed")
        return
    try:
        predictions = read_predictions(site / PREDICTIONS)
    except InputError as error:
        yield Check("predictions", False, str(error))
        return
    yield _predictions_check(predictions, record)
    stated = {name: headline.estimates for name, headline in record.headline.items()}
    yield from compare_metrics(
        stated,
        predictions.labels,
        predictions.probabilities,
        record.bootstrap,
        photographs=predictions.photographs,
    )


def _predictions_check(predictions: SitePredictions, record: Provenance) -> Check:
    images, classes = len(predictions.labels), len(record.study.class_names)
    if any(array.shape[1] != classes for array in predictions.probabilities.values()):
        return Check("predictions", False, f"the number of classes is not that of the report, {classes}")
    wrong = (name for name, headline in record.headline.items() if headline.images != images)
    return none_listed(
        "predictions", wrong, f"of {images} images and {classes} classes", f"the record has not {images} images for"
    )
