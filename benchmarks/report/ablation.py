"""The stored ablation that the documentation shows."""

from __future__ import annotations

from benchmarks.schema import FOLDER
from svhnlab.store.ablation_file import AblationFile, ablation_files, read_ablation


def stored_ablation() -> AblationFile:
    """Return the newest ablation in ``benchmarks/results/ablations``."""
    return read_ablation(ablation_files(FOLDER / "ablations")[-1])
