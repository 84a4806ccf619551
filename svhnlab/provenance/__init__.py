"""Where a site's numbers come from, in a form that a program can check."""

from svhnlab.provenance.predictions import PREDICTIONS, SitePredictions, read_predictions
from svhnlab.provenance.record import PROVENANCE, Provenance, read_provenance, write_provenance
from svhnlab.provenance.verify import Check, Verification, verify

__all__ = [
    "PREDICTIONS",
    "PROVENANCE",
    "Check",
    "Provenance",
    "SitePredictions",
    "Verification",
    "read_predictions",
    "read_provenance",
    "verify",
    "write_provenance",
]
