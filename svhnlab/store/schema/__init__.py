"""What a stored study looks like to those who read it: plain arrays with names.

Nothing here imports torch: the report is drawn from these objects alone.
"""

from svhnlab.store.schema.data import (
    AugmentationPreview,
    DataKind,
    DataResult,
    DataSummary,
    ImageStatistics,
    SplitStatistics,
)
from svhnlab.store.schema.runs import (
    DIGITS,
    Centroids,
    ClassScores,
    Embedding,
    Epoch,
    Evidence,
    History,
    MapScores,
    NeighbourImages,
    Predictions,
    Repeat,
    RunPredictions,
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
    "DataSummary",
    "Duplicates",
    "Embedding",
    "Epoch",
    "Estimate",
    "Evidence",
    "History",
    "ImageStatistics",
    "Interaction",
    "LabelReview",
    "MapScores",
    "NeighbourImages",
    "PairedComparison",
    "Predictions",
    "ReliabilityBin",
    "Repeat",
    "RunPredictions",
    "RunResult",
    "RunStatistics",
    "Slice",
    "SplitStatistics",
    "Statistics",
    "Study",
]
