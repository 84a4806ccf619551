"""Figures, tables and sentences of the chapters, each with the numbers behind it."""

from svhnlab.report.calibration.brier import BrierTable, describe_brier
from svhnlab.report.calibration.prediction_sets import ClassCoverageTable, PredictionSetTable, describe_prediction_sets
from svhnlab.report.calibration.reliability import CalibrationTable, ReliabilityDiagram, describe_calibration
from svhnlab.report.calibration.risk_coverage import RiskCoverage, describe_deferral
from svhnlab.report.calibration.temperature import TemperatureTable, describe_temperature
from svhnlab.report.causes.label_errors import LabelQualityFigure, SuspectedLabels, describe_label
from svhnlab.report.causes.label_review import (
    CorrectedAccuracyTable,
    describe_review_list,
    describe_verdicts,
    show_corrected_accuracy,
)
from svhnlab.report.causes.properties import PropertyExamples
from svhnlab.report.causes.slices import (
    ErrorRateBySlice,
    UnderperformingSlices,
    describe_slices,
    show_underperforming_slices,
)
from svhnlab.report.chapter import Chapter
from svhnlab.report.comparison.accuracy import AccuracyChart, ModelComparison, describe_result, evaluate_run
from svhnlab.report.comparison.agreement import AgreementFigure, describe_agreement
from svhnlab.report.comparison.augmentation_effect import describe_augmentation
from svhnlab.report.comparison.class_differences import ClassDifferences, describe_class_difference
from svhnlab.report.comparison.cost import AccuracyCost, CostTable, describe_cost
from svhnlab.report.comparison.error_consistency import ErrorConsistencyTable
from svhnlab.report.comparison.interaction import InteractionChart, describe_interaction
from svhnlab.report.comparison.pairwise_tests import PairedTable, describe_comparison, model_pairs
from svhnlab.report.comparison.seeds import SeedTable, describe_seeds, show_seeds
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import augmented_runs
from svhnlab.report.core.table import Table
from svhnlab.report.core.tabs import Captioned, captioned
from svhnlab.report.core.text import count, duration, interval, listing, number, percent, points, quantity
from svhnlab.report.data.class_distribution import ClassDistribution
from svhnlab.report.data.colour import BrightnessContrast, ChannelStatistics
from svhnlab.report.data.duplicates import (
    NearDuplicates,
    RepeatedPairs,
    describe_duplicates,
    describe_repeated,
    show_duplicates,
    show_repeated,
)
from svhnlab.report.data.origin import describe_origin, describe_picture
from svhnlab.report.data.photographs import PhotographCrops, describe_design_effect, describe_photographs
from svhnlab.report.data.random_split import RandomSplitTable, show_random_split
from svhnlab.report.data.samples import SampleGrid
from svhnlab.report.data.shift import ShiftTable, describe_shift
from svhnlab.report.errors.confused_pairs import MostConfusedPairs
from svhnlab.report.errors.confusion_matrix import ConfusionMatrix, describe_confusion
from svhnlab.report.errors.gallery import ErrorGallery, PrintGallery
from svhnlab.report.errors.misclassified import MisclassifiedGallery
from svhnlab.report.errors.per_class import PerClassTable
from svhnlab.report.features.centroid_confusion import CentroidConfusion, describe_centroid_confusion
from svhnlab.report.features.centroid_distances import CentroidDistances, CentroidTable, describe_centroid
from svhnlab.report.features.error_detection import ErrorDetectionTable, describe_error_detection
from svhnlab.report.features.maps import (
    EmbeddingMaps2D,
    EmbeddingMaps3D,
    MapScoresTable,
    describe_neighbourhood,
    describe_sampling,
    describe_separation,
    describe_start,
)
from svhnlab.report.features.margins import MarginDistributions, describe_margin
from svhnlab.report.features.nearest_centroid import NearestCentroidTable, describe_nearest_centroid
from svhnlab.report.features.neural_collapse import (
    FeatureSimilarityTable,
    NeuralCollapseTable,
    describe_neural_collapse,
    describe_similarity,
)
from svhnlab.report.features.paired_margins import PairedMargins, describe_paired_margin
from svhnlab.report.study.citation import HowToCite, pdf_link
from svhnlab.report.study.contents import list_chapters
from svhnlab.report.study.notice import notice
from svhnlab.report.study.overview import study_facts, version_facts
from svhnlab.report.study.settings import Environments, StudySettings, TrainingSettings, show_commands
from svhnlab.report.study.software import describe_software
from svhnlab.report.study.stored_results import ResultSettings, StoredResults, summarise_reproducibility
from svhnlab.report.study.summaries import (
    summarise_augmentation,
    summarise_comparison,
    summarise_data,
    summarise_errors,
    summarise_model,
    summarise_overview,
)
from svhnlab.report.training.ablations import AblationChart, show_ablation
from svhnlab.report.training.augmentation import AugmentationGrid, describe_mirror, describe_transforms
from svhnlab.report.training.curves import TrainingCurves, describe_overfitting
from svhnlab.report.training.recipes import describe_network, describe_training

__all__ = [
    "AblationChart",
    "AccuracyChart",
    "AccuracyCost",
    "AgreementFigure",
    "AugmentationGrid",
    "BrierTable",
    "BrightnessContrast",
    "CalibrationTable",
    "Captioned",
    "CentroidConfusion",
    "CentroidDistances",
    "CentroidTable",
    "ChannelStatistics",
    "Chapter",
    "ClassCoverageTable",
    "ClassDifferences",
    "ClassDistribution",
    "ConfusionMatrix",
    "CorrectedAccuracyTable",
    "CostTable",
    "Display",
    "EmbeddingMaps2D",
    "EmbeddingMaps3D",
    "Environments",
    "ErrorConsistencyTable",
    "ErrorDetectionTable",
    "ErrorGallery",
    "ErrorRateBySlice",
    "FeatureSimilarityTable",
    "HowToCite",
    "InteractionChart",
    "LabelQualityFigure",
    "MapScoresTable",
    "MarginDistributions",
    "Markdown",
    "MisclassifiedGallery",
    "ModelComparison",
    "MostConfusedPairs",
    "NearDuplicates",
    "NearestCentroidTable",
    "NeuralCollapseTable",
    "PairedMargins",
    "PairedTable",
    "PerClassTable",
    "PhotographCrops",
    "PredictionSetTable",
    "PrintGallery",
    "PropertyExamples",
    "RandomSplitTable",
    "ReliabilityDiagram",
    "RepeatedPairs",
    "ResultSettings",
    "RiskCoverage",
    "SampleGrid",
    "SeedTable",
    "ShiftTable",
    "StoredResults",
    "StudySettings",
    "SuspectedLabels",
    "Table",
    "TemperatureTable",
    "TrainingCurves",
    "TrainingSettings",
    "UnderperformingSlices",
    "augmented_runs",
    "captioned",
    "count",
    "describe_agreement",
    "describe_augmentation",
    "describe_brier",
    "describe_calibration",
    "describe_centroid",
    "describe_centroid_confusion",
    "describe_class_difference",
    "describe_comparison",
    "describe_confusion",
    "describe_cost",
    "describe_deferral",
    "describe_design_effect",
    "describe_duplicates",
    "describe_error_detection",
    "describe_interaction",
    "describe_label",
    "describe_margin",
    "describe_mirror",
    "describe_nearest_centroid",
    "describe_neighbourhood",
    "describe_network",
    "describe_neural_collapse",
    "describe_origin",
    "describe_overfitting",
    "describe_paired_margin",
    "describe_photographs",
    "describe_picture",
    "describe_prediction_sets",
    "describe_repeated",
    "describe_result",
    "describe_review_list",
    "describe_sampling",
    "describe_seeds",
    "describe_separation",
    "describe_shift",
    "describe_similarity",
    "describe_slices",
    "describe_software",
    "describe_start",
    "describe_temperature",
    "describe_training",
    "describe_transforms",
    "describe_verdicts",
    "duration",
    "evaluate_run",
    "interval",
    "list_chapters",
    "listing",
    "model_pairs",
    "notice",
    "number",
    "pdf_link",
    "percent",
    "points",
    "quantity",
    "show_ablation",
    "show_commands",
    "show_corrected_accuracy",
    "show_duplicates",
    "show_random_split",
    "show_repeated",
    "show_seeds",
    "show_underperforming_slices",
    "study_facts",
    "summarise_augmentation",
    "summarise_comparison",
    "summarise_data",
    "summarise_errors",
    "summarise_model",
    "summarise_overview",
    "summarise_reproducibility",
    "version_facts",
]
