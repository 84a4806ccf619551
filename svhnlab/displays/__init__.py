"""What the chapters show: figures, tables and sentences that hold their own numbers."""

from svhnlab.displays.ablations import AblationChart, show_ablation
from svhnlab.displays.agreement import AgreementFigure
from svhnlab.displays.augmentation import AugmentationGrid
from svhnlab.displays.base import Display, Remark, Table
from svhnlab.displays.calibration import CalibrationTable, ReliabilityDiagram, calibration_comment
from svhnlab.displays.centroid_comments import (
    centroid_comment,
    centroid_confusion_comment,
    margin_comment,
    paired_margin_comment,
)
from svhnlab.displays.centroid_confusion import CentroidConfusion
from svhnlab.displays.centroids import CentroidDistances, CentroidTable
from svhnlab.displays.chapter import Chapter
from svhnlab.displays.choices import ErrorChoices
from svhnlab.displays.citation import HowToCite
from svhnlab.displays.comments import (
    agreement_comment,
    augmentation_comment,
    augmentation_lead,
    class_difference_comment,
    comparison_comment,
    comparison_lead,
    confusion_comment,
    cost_comment,
    data_lead,
    errors_lead,
    interaction_comment,
    mirror_comment,
    model_lead,
    network_comment,
    notice,
    origin_comment,
    overfitting_comment,
    overview_lead,
    picture_comment,
    result_comment,
    seeds_comment,
    training_comment,
    transforms_comment,
)
from svhnlab.displays.comparison import AccuracyChart, ModelComparison, evaluate_run
from svhnlab.displays.cost import AccuracyCost, CostTable
from svhnlab.displays.data import BrightnessContrast, ChannelStatistics, ClassDistribution, SampleGrid
from svhnlab.displays.duplicates import NearDuplicates, duplicates_comment
from svhnlab.displays.evaluation import ConfusionMatrix, PerClassTable
from svhnlab.displays.gallery import ErrorGallery
from svhnlab.displays.interaction import InteractionChart
from svhnlab.displays.labels import LabelQualityFigure, SuspectedLabels, label_comment
from svhnlab.displays.landing import study_facts, version_facts
from svhnlab.displays.maps import (
    EmbeddingMaps2D,
    EmbeddingMaps3D,
    MapScoresTable,
    neighbourhood_comment,
    sampling_comment,
    separation_comment,
    start_comment,
)
from svhnlab.displays.margins import MarginDistributions, PairedMargins
from svhnlab.displays.mistakes import MisclassifiedGallery, MostConfusedPairs
from svhnlab.displays.nearest_centroid import NearestCentroidTable, nearest_centroid_comment
from svhnlab.displays.pairs import ClassDifferences, PairedTable, model_pairs
from svhnlab.displays.properties import PropertyExamples
from svhnlab.displays.provenance import (
    Environments,
    ResultSettings,
    StoredResults,
    StudySettings,
    TrainingSettings,
    reproducibility_lead,
)
from svhnlab.displays.risk_coverage import RiskCoverage, handover_comment
from svhnlab.displays.seeds import SeedTable
from svhnlab.displays.segments import ErrorRateBySegment, WeakSegments, segments_comment
from svhnlab.displays.tabs import Captioned, captioned
from svhnlab.displays.text import count, duration, interval, listing, number, percent, points, quantity
from svhnlab.displays.training import TrainingCurves

__all__ = [
    "AblationChart",
    "AccuracyChart",
    "AccuracyCost",
    "AgreementFigure",
    "AugmentationGrid",
    "BrightnessContrast",
    "CalibrationTable",
    "Captioned",
    "CentroidConfusion",
    "CentroidDistances",
    "CentroidTable",
    "ChannelStatistics",
    "Chapter",
    "ClassDifferences",
    "ClassDistribution",
    "ConfusionMatrix",
    "CostTable",
    "Display",
    "EmbeddingMaps2D",
    "EmbeddingMaps3D",
    "Environments",
    "ErrorChoices",
    "ErrorGallery",
    "ErrorRateBySegment",
    "HowToCite",
    "InteractionChart",
    "LabelQualityFigure",
    "MapScoresTable",
    "MarginDistributions",
    "MisclassifiedGallery",
    "ModelComparison",
    "MostConfusedPairs",
    "NearDuplicates",
    "NearestCentroidTable",
    "PairedMargins",
    "PairedTable",
    "PerClassTable",
    "PropertyExamples",
    "ReliabilityDiagram",
    "Remark",
    "ResultSettings",
    "RiskCoverage",
    "SampleGrid",
    "SeedTable",
    "StoredResults",
    "StudySettings",
    "SuspectedLabels",
    "Table",
    "TrainingCurves",
    "TrainingSettings",
    "WeakSegments",
    "agreement_comment",
    "augmentation_comment",
    "augmentation_lead",
    "calibration_comment",
    "captioned",
    "centroid_comment",
    "centroid_confusion_comment",
    "class_difference_comment",
    "comparison_comment",
    "comparison_lead",
    "confusion_comment",
    "cost_comment",
    "count",
    "data_lead",
    "duplicates_comment",
    "duration",
    "errors_lead",
    "evaluate_run",
    "handover_comment",
    "interaction_comment",
    "interval",
    "label_comment",
    "listing",
    "margin_comment",
    "mirror_comment",
    "model_lead",
    "model_pairs",
    "nearest_centroid_comment",
    "neighbourhood_comment",
    "network_comment",
    "notice",
    "number",
    "origin_comment",
    "overfitting_comment",
    "overview_lead",
    "paired_margin_comment",
    "percent",
    "picture_comment",
    "points",
    "quantity",
    "reproducibility_lead",
    "result_comment",
    "sampling_comment",
    "seeds_comment",
    "segments_comment",
    "separation_comment",
    "show_ablation",
    "start_comment",
    "study_facts",
    "training_comment",
    "transforms_comment",
    "version_facts",
]
