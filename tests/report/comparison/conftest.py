"""The made-up study with repeated trainings."""

from __future__ import annotations

import pytest

from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study


@pytest.fixture(scope="session")
def study() -> Study:
    """A made-up study of three trainings a configuration; tests read it and change nothing."""
    return fake_study(n_test=200, seeds=3)
