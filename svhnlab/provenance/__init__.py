"""Provenance of a site: a machine-readable record of the data, code, settings and results behind its numbers."""
