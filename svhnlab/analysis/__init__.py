"""Metrics, intervals, tests and error analysis: arrays in, arrays or dataclasses out."""
