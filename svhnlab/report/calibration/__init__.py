"""Confidence: calibration and risk-coverage."""
