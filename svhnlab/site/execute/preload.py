"""Imports and other work that would take seconds in every process that executes a chapter."""

import gc

import sklearn.metrics  # noqa: F401 (imported by `svhnlab.analysis.metrics.evaluate`)

from svhnlab.report import *  # noqa: F403
from svhnlab.store.load import adapter
from svhnlab.store.schema.files import Stored

for kind in Stored.__subclasses__():
    adapter(kind)
# A garbage collection while figures are drawn need not look at everything that was imported.
gc.freeze()
