"""What the tests of the page scripts share."""

from __future__ import annotations

from pathlib import Path

import pytest

from svhnlab.store.schema import Study
from tests.fixtures.build_once import BuildOnce
from tests.fixtures.evidence_site import build_evidence_site
from tests.fixtures.fakes import fake_study


@pytest.fixture(scope="session")
def evidence_site(build_once: BuildOnce) -> Path:
    """See `tests.fixtures.evidence_site`; tests read it and change nothing."""
    return build_once("evidence", build_evidence_site) / "site"


@pytest.fixture(scope="session")
def study() -> Study:
    """Return a study with all results: that of `evidence_site`."""
    return fake_study()


@pytest.fixture
def site(evidence_site: Path) -> Path:
    """Return the folder of `evidence_site`."""
    return evidence_site
