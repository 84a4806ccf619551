"""Fixtures for the tests of figures, tables and sentences."""

from __future__ import annotations

import pytest

from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study


@pytest.fixture(scope="session")
def study() -> Study:
    """A made-up study; tests read it and change nothing."""
    return fake_study(n_test=200)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path
