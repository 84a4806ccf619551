"""Shared by all figures and tables: base classes, style, text, selection of runs."""
