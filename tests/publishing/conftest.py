"""Fixtures of published sites."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from svhnlab.publishing.publish import Publication, publish
from tests.fixtures.published import write_site
from tests.fixtures.stored_report import made, published, results, site  # noqa: F401


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "public"


@pytest.fixture
def put(project: Path, root: Path) -> Callable[..., Publication]:
    """Publish a synthetic site of a version; other keywords go to `write_site`."""

    def publish_made_up(version: str, say: Callable[[str], None] = lambda line: None, **changes: Any) -> Publication:
        return publish(project, root, version, render=functools.partial(write_site, **changes), say=say)

    return publish_made_up
