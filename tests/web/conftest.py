"""What the tests of the page scripts share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.build_once import BuildOnce
from tests.fixtures.evidence_site import build_evidence_site


@pytest.fixture(scope="session")
def evidence_site(build_once: BuildOnce) -> Path:
    """See `tests.fixtures.evidence_site`; tests read it and change nothing."""
    return build_once("evidence", build_evidence_site) / "site"
