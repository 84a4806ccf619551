"""Robustness: predictions on changed test images, and what a change does to errors."""
