"""Stored results: keys, files, and the dataclasses that they are loaded into. Imports no torch."""
