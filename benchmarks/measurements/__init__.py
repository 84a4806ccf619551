"""Measurements: one module for each part of a stored benchmark, with a function ``measure(settings)``."""
