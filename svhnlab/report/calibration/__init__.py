"""Confidence: calibration and selective prediction."""
