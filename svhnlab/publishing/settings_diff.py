"""Data, code, settings and results of two versions, side by side."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from svhnlab.provenance.schema import Provenance

Kind = Literal["added", "removed", "changed"]

_ABSENT = object()


@dataclass(frozen=True)
class Difference:
    """One setting that differs.

    Attributes
    ----------
    path
        Its nested keys: ("runs", "cnn", "epochs").
    before, after
        Its values as text; empty if it is missing.
    kind
        "added" where only the newer version has it, "removed" where only the older one has.
    """

    path: tuple[str, ...]
    before: str
    after: str
    kind: Kind


@dataclass(frozen=True)
class Fact:
    """One property of two versions.

    Attributes
    ----------
    name
        Name of the property.
    before, after
        Its value in the older and in the newer version.
    """

    name: str
    before: str
    after: str

    @property
    def same(self) -> bool:
        """Whether nothing changed."""
        return self.before == self.after


def settings_of(provenance: Provenance, runs: Collection[str]) -> dict[str, Any]:
    """Return the settings of a version: those of the study, and those of the trainings of the named configurations.

    Settings that `facts` shows (data, split, profile) and those that follow from others (keys) are left out.
    """
    in_facts = ("data", "split", "profile")
    settings = {name: value for name, value in provenance.study.settings.items() if name not in in_facts}
    trained: dict[str, Any] = {}
    for result in provenance.results:
        if result.kind == "run" and result.label in runs:
            inputs = {name: value for name, value in result.inputs.items() if name not in ("data", "seed", "recipe")}
            # the trainings of one configuration differ only in the seed
            trained.setdefault(result.label, {**result.inputs.get("recipe", {}), **inputs})
    return {**settings, "runs": trained}


def compare_settings(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Compare two nested structures of JSON values and yield the differences, in the order of the keys.

    Lists are compared as a whole. A nested structure that only one side has gives one difference for each value in it;
    null on the other side counts as missing.
    """
    if before is None and isinstance(after, Mapping) and after:
        before = _ABSENT
    if after is None and isinstance(before, Mapping) and before:
        after = _ABSENT
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old, new = (side if isinstance(side, Mapping) else {} for side in (before, after))
        # a value on one side and a structure on the other: the value is added or removed
        if before is not _ABSENT and not isinstance(before, Mapping):
            yield Difference(path, _text(before), "", "removed")
        if after is not _ABSENT and not isinstance(after, Mapping):
            yield Difference(path, "", _text(after), "added")
        for key in [*old, *(key for key in new if key not in old)]:
            yield from compare_settings(old.get(key, _ABSENT), new.get(key, _ABSENT), (*path, str(key)))
    elif before is _ABSENT:
        yield Difference(path, "", _text(after), "added")
    elif after is _ABSENT:
        yield Difference(path, _text(before), "", "removed")
    elif _text(before) != _text(after):
        yield Difference(path, _text(before), _text(after), "changed")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def facts(before: Provenance, after: Provenance) -> tuple[Fact, ...]:
    """Return data, split, class names, code, engine, study and stored results of two versions side by side."""

    def pair(name: str, of: Any) -> Fact:
        return Fact(name, of(before), of(after))

    return (
        pair("Title", lambda one: one.title),
        pair("Data", lambda one: one.study.data.name),
        pair("Digest of the data", lambda one: one.study.data.digest),
        pair("Split", lambda one: ", ".join(f"{name} {_text(value)}" for name, value in one.study.split.items())),
        pair("Classes", lambda one: ", ".join(one.study.class_names)),
        pair("Configurations", lambda one: ", ".join(runs_of(one)) or "none"),
        pair("Profile", lambda one: one.study.profile),
        pair("Study", lambda one: one.study.key),
        Fact("Stored results", f"{len(before.results)}", _carried(before, after)),
        pair("Software", lambda one: f"{one.code.package} {one.code.version}"),
        pair("Commit", _commit),
        pair("Report engine", lambda one: one.engine),
    )


def runs_of(provenance: Provenance) -> list[str]:
    """Return the configurations of a version, in the order of its results."""
    return list(dict.fromkeys(result.label for result in provenance.results if result.kind == "run"))


def _commit(provenance: Provenance) -> str:
    source = provenance.report_source
    return f"{source.commit or 'unknown'}{' with uncommitted changes' if source.dirty else ''}"


def _carried(before: Provenance, after: Provenance) -> str:
    """Count the results of the newer version; the text equals that of the older version if all are the same."""
    old = {(result.kind, result.key, result.checksum) for result in before.results}
    kept = sum((result.kind, result.key, result.checksum) in old for result in after.results)
    total = len(after.results)
    return f"{total}" if kept == total == len(before.results) else f"{total}, {kept} of them unchanged"
