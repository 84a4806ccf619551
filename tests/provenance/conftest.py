"""Fixtures of a site with its provenance record."""

from tests.fixtures.stored_report import made, results  # noqa: F401
