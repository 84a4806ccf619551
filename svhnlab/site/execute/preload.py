"""Imports that would take seconds in every process that executes a chapter."""

from svhnlab.report import *  # noqa: F403
