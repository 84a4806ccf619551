"""What the chapters show: figures, tables and sentences that hold their own numbers."""

from svhnlab.displays.augmentation import AugmentationGrid
from svhnlab.displays.base import Display, InteractiveDisplay, Remark, Table
from svhnlab.displays.centroids import CentroidDistances, CentroidTable, MarginDistributions
from svhnlab.displays.chapter import Chapter
from svhnlab.displays.comments import (
    agreement_comment,
    augmentation_comment,
    centroid_comment,
    comparison_comment,
    confusion_comment,
    notice,
    overfitting_comment,
)
from svhnlab.displays.comparison import AccuracyChart, ModelComparison, evaluate_run
from svhnlab.displays.data import BrightnessContrast, ChannelStatistics, ClassDistribution, SampleGrid
from svhnlab.displays.embedding import EmbeddingMap2D, EmbeddingMap3D
from svhnlab.displays.evaluation import ConfusionMatrix, PerClassTable
from svhnlab.displays.mistakes import MisclassifiedGallery, MostConfusedPairs
from svhnlab.displays.provenance import Environments, StoredRuns, StudySettings, TrainingSettings
from svhnlab.displays.text import count, duration, interval, listing, number, percent, points, quantity
from svhnlab.displays.training import TrainingCurves

__all__ = [
    "AccuracyChart",
    "AugmentationGrid",
    "BrightnessContrast",
    "CentroidDistances",
    "CentroidTable",
    "ChannelStatistics",
    "Chapter",
    "ClassDistribution",
    "ConfusionMatrix",
    "Display",
    "EmbeddingMap2D",
    "EmbeddingMap3D",
    "Environments",
    "InteractiveDisplay",
    "MarginDistributions",
    "MisclassifiedGallery",
    "ModelComparison",
    "MostConfusedPairs",
    "PerClassTable",
    "Remark",
    "SampleGrid",
    "StoredRuns",
    "StudySettings",
    "Table",
    "TrainingCurves",
    "TrainingSettings",
    "agreement_comment",
    "augmentation_comment",
    "centroid_comment",
    "comparison_comment",
    "confusion_comment",
    "count",
    "duration",
    "evaluate_run",
    "interval",
    "listing",
    "notice",
    "number",
    "overfitting_comment",
    "percent",
    "points",
    "quantity",
]
