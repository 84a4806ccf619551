"""What the chapters show: figures, tables and sentences that hold their own numbers."""

from svhnlab.report.calibration.reliability import CalibrationTable, ReliabilityDiagram, calibration_comment
from svhnlab.report.calibration.risk_coverage import RiskCoverage, handover_comment
from svhnlab.report.causes.label_errors import LabelQualityFigure, SuspectedLabels, label_comment
from svhnlab.report.causes.properties import PropertyExamples
from svhnlab.report.causes.slices import ErrorRateBySegment, WeakSegments, segments_comment
from svhnlab.report.chapter import Chapter
from svhnlab.report.comparison.accuracy import AccuracyChart, ModelComparison, evaluate_run, result_comment
from svhnlab.report.comparison.agreement import AgreementFigure, agreement_comment
from svhnlab.report.comparison.augmentation_effect import augmentation_comment
from svhnlab.report.comparison.class_differences import ClassDifferences, class_difference_comment
from svhnlab.report.comparison.cost import AccuracyCost, CostTable, cost_comment
from svhnlab.report.comparison.interaction import InteractionChart, interaction_comment
from svhnlab.report.comparison.pairwise_tests import PairedTable, comparison_comment, model_pairs
from svhnlab.report.comparison.seeds import SeedTable, seeds_comment
from svhnlab.report.core.display import Display
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.table import Table
from svhnlab.report.core.tabs import Captioned, captioned
from svhnlab.report.core.text import count, duration, interval, listing, number, percent, points, quantity
from svhnlab.report.data.class_distribution import ClassDistribution
from svhnlab.report.data.colour import BrightnessContrast, ChannelStatistics
from svhnlab.report.data.duplicates import NearDuplicates, duplicates_comment
from svhnlab.report.data.origin import origin_comment, picture_comment
from svhnlab.report.data.samples import SampleGrid
from svhnlab.report.errors.confused_pairs import MostConfusedPairs
from svhnlab.report.errors.confusion_matrix import ConfusionMatrix, confusion_comment
from svhnlab.report.errors.gallery import ErrorGallery
from svhnlab.report.errors.misclassified import MisclassifiedGallery
from svhnlab.report.errors.per_class import PerClassTable
from svhnlab.report.errors.print_gallery import ErrorChoices
from svhnlab.report.features.centroid_confusion import CentroidConfusion, centroid_confusion_comment
from svhnlab.report.features.centroid_distances import CentroidDistances, CentroidTable, centroid_comment
from svhnlab.report.features.maps import (
    EmbeddingMaps2D,
    EmbeddingMaps3D,
    MapScoresTable,
    neighbourhood_comment,
    sampling_comment,
    separation_comment,
    start_comment,
)
from svhnlab.report.features.margins import MarginDistributions, margin_comment
from svhnlab.report.features.nearest_centroid import NearestCentroidTable, nearest_centroid_comment
from svhnlab.report.features.paired_margins import PairedMargins, paired_margin_comment
from svhnlab.report.study.citation import HowToCite
from svhnlab.report.study.leads import (
    augmentation_lead,
    comparison_lead,
    data_lead,
    errors_lead,
    model_lead,
    overview_lead,
)
from svhnlab.report.study.notice import notice
from svhnlab.report.study.overview import study_facts, version_facts
from svhnlab.report.study.reproducibility import reproducibility_lead
from svhnlab.report.study.settings import StudySettings, TrainingSettings
from svhnlab.report.study.stored_results import Environments, ResultSettings, StoredResults
from svhnlab.report.training.ablations import AblationChart, show_ablation
from svhnlab.report.training.augmentation import AugmentationGrid, mirror_comment, transforms_comment
from svhnlab.report.training.curves import TrainingCurves, overfitting_comment
from svhnlab.report.training.recipes import network_comment, training_comment

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
