"""What a stored study looks like to those who read it: plain arrays with names.

Nothing here imports torch: the report is drawn from these objects alone.
"""

from svhnlab.store.schema.data import AugmentationPreview, DataKind, DataResult, ImageStatistics
from svhnlab.store.schema.runs import (
    DIGITS,
    Centroids,
    ClassScores,
    Embedding,
    Epoch,
    Evidence,
    MapScores,
    NeighbourImages,
    Predictions,
    Repeat,
    RunResult,
)
from svhnlab.store.schema.statistics import (
    Calibration,
    ClassDifference,
    Duplicates,
    Estimate,
    Interaction,
    LabelReview,
    PairedComparison,
    ReliabilityBin,
    RunStatistics,
    Slice,
    Statistics,
)
from svhnlab.store.schema.study import Study

__all__ = [
    "DIGITS",
    "AugmentationPreview",
    "Calibration",
    "Centroids",
    "ClassDifference",
    "ClassScores",
    "DataKind",
    "DataResult",
    "Duplicates",
    "Embedding",
    "Epoch",
    "Estimate",
    "Evidence",
    "ImageStatistics",
    "Interaction",
    "LabelReview",
    "MapScores",
    "NeighbourImages",
    "PairedComparison",
    "Predictions",
    "ReliabilityBin",
    "Repeat",
    "RunResult",
    "RunStatistics",
    "Slice",
    "Statistics",
    "Study",
]
