"""The versions in constraints.txt are within the ranges of pyproject.toml, and complete."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.fixtures.paths import ROOT

#: Beginnings of names of packages that torch's CUDA build needs. Its CPU build, from which the file was made, does not.
CUDA = ("cuda-", "nvidia-", "triton")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def versions() -> dict[str, Version]:
    """The version of each package, by its normalised name. Every line has exactly one."""
    found = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, version = line.split("==")
            assert canonicalize_name(name) not in found
            found[canonicalize_name(name)] = Version(version)
    return found


def direct_requirements() -> list[Requirement]:
    """The requirements of the package, its build, extras and dependency groups."""
    groups = [
        PROJECT["build-system"]["requires"],
        PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"].values(),
        *PROJECT["dependency-groups"].values(),
    ]
    return [Requirement(line) for group in groups for line in group]


def indirect_requirements(requirement: Requirement) -> Iterator[Requirement]:
    """The requirements of an installed package on this machine, except pip, which comes with each environment."""
    for line in distribution(requirement.name).requires or []:
        needed = Requirement(line)
        extras = ("", *requirement.extras)
        wanted = needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras)
        if wanted and needed.name != "pip":
            yield needed


def test_no_local_versions(versions: dict[str, Version]) -> None:
    """A version such as 2.13.0+cpu exists only for some machines."""
    assert [name for name, version in versions.items() if version.local] == []


@pytest.mark.parametrize("requirement", direct_requirements(), ids=str)
def test_within_ranges(requirement: Requirement, versions: dict[str, Version]) -> None:
    assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)], prereleases=True)


def test_complete(versions: dict[str, Version]) -> None:
    """What a package needs in its tested version has a version too, and within that package's range."""
    waiting = direct_requirements()
    seen = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (name, *requirement.extras) in seen:
            continue
        seen.add((name, *requirement.extras))
        try:
            tested = Version(distribution(name).version).public == str(versions[name])
        except PackageNotFoundError:  # packages of other sessions, such as the benchmarks
            continue
        if not tested:
            continue
        for needed in indirect_requirements(requirement):
            needed_name = canonicalize_name(needed.name)
            if name == "torch" and needed_name.startswith(CUDA):
                continue
            assert needed_name in versions, f"{name} needs {needed}"
            assert needed.specifier.contains(versions[needed_name], prereleases=True), f"{name} needs {needed}"
            waiting.append(needed)
