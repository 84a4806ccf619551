"""Figures, tables and sentences of the chapters, each with the numbers behind it."""

from .calibration.brier import BrierTable, describe_brier
from .calibration.deferral_table import CalibrationTable
from .calibration.prediction_sets import ClassCoverageTable, PredictionSetTable, describe_prediction_sets
from .calibration.reliability import ReliabilityDiagram
from .calibration.risk_coverage import RiskCoverage, describe_deferral
from .calibration.summary import summarise_confidence
from .calibration.temperature import TemperatureTable, describe_temperature
from .calibration.underconfidence import describe_calibration
from .causes.agreement import CauseConfusion, show_cause_confusion
from .causes.label_errors import SuspectedLabels, describe_label
from .causes.label_review import (
    CorrectedAccuracyTable,
    describe_review_list,
    describe_verdicts,
    show_corrected_accuracy,
)
from .causes.parameters import ParameterOddsRatios, describe_parameters, show_parameters
from .causes.properties import PropertyExamples
from .causes.rules import describe_causes, show_cause_rules
from .causes.shares import CauseExamples, CauseShares, CauseTable, describe_cause_shares
from .causes.slices import (
    ErrorRateBySlice,
    UnderperformingSlices,
    describe_slices,
    show_underperforming_slices,
)
from .chapter import Chapter
from .comparison.accuracy import AccuracyChart, ModelComparison, evaluate_run
from .comparison.accuracy_cost import AccuracyCost
from .comparison.agreement import AgreementFigure, describe_agreement
from .comparison.augmentation_effect import describe_augmentation
from .comparison.averages import AveragedComparison, describe_averages
from .comparison.class_differences import ClassDifferences, describe_class_difference
from .comparison.cost import describe_cost, show_cost
from .comparison.cost_table import CostTable
from .comparison.error_changes import (
    ErrorChanges,
    describe_augmentation_changes,
    describe_error_changes,
    show_error_changes,
)
from .comparison.error_consistency import ErrorConsistencyTable, describe_error_consistency
from .comparison.interaction import describe_interaction
from .comparison.pairwise_tests import PairedTable, describe_comparison, model_pairs
from .comparison.seeds import SeedTable, describe_seeds, show_seeds
from .core.display import Display
from .core.many_classes import explain_ends
from .core.markdown import Markdown
from .core.marks import explain_markers
from .core.select import augmented_runs
from .core.table import Table
from .core.tabs import Captioned, captioned
from .core.text import count, duration, interval, listing, number, percent, points, quantity
from .data.class_distribution import ClassDistribution, summarise_data
from .data.colour import BrightnessContrast, ChannelStatistics
from .data.duplicates import (
    NearDuplicates,
    RepeatedPairs,
    describe_duplicates,
    describe_repeated,
    show_duplicates,
    show_repeated,
)
from .data.origin import describe_origin, describe_picture
from .data.photographs import (
    PhotographCrops,
    describe_design_effect,
    describe_photograph_source,
    describe_photographs,
    describe_unit,
    show_photographs,
)
from .data.random_split import RandomSplitTable, show_random_split
from .data.reading import list_skipped
from .data.samples import SampleGrid, explain_samples
from .data.shift import ShiftTable, describe_shift
from .dynamics.data_map import DataMap, describe_data_map
from .dynamics.scores import LabelScoreTable, show_label_scores
from .dynamics.select import explain_unrecorded
from .dynamics.suspected import (
    SuspectedTrainingLabels,
    describe_training_labels,
    summarise_dynamics,
)
from .dynamics.without_suspects import describe_without_suspects
from .errors.attribution_check import AttributionCheckTable, describe_attribution_check
from .errors.class_pairs import ConfusedClasses, runs_with_maps
from .errors.confusion_matrix import ConfusionMatrix, describe_confusion
from .errors.gallery import ErrorGallery, PrintGallery
from .errors.misclassified import MisclassifiedGallery
from .errors.per_class import PerClassTable
from .errors.strip import ErrorStrip
from .errors.worked_example import WorkedExample
from .errors.worked_example_text import describe_example, show_example
from .features.centroid_confusion import describe_centroid_confusion
from .features.centroid_distances import CentroidTable, describe_centroid
from .features.error_detection import ErrorDetectionTable, describe_error_detection
from .features.maps import (
    CauseMaps,
    EmbeddingMaps2D,
    EmbeddingMaps3D,
    MapScoresTable,
    describe_neighbourhood,
    describe_sampling,
    describe_separation,
    describe_start,
)
from .features.margins import describe_margin
from .features.nearest_centroid import NearestCentroidTable, describe_nearest_centroid
from .features.neural_collapse import (
    FeatureSimilarityTable,
    NeuralCollapseTable,
    describe_neural_collapse,
    describe_similarity,
)
from .features.paired_margins import PairedMarginTable, show_paired_margins
from .ood.confidence import OodConfidence, describe_ood
from .ood.gallery import OodGallery, show_ood
from .ood.kinds import runs_of_ood
from .ood.scores import OodTable
from .robustness.accuracy import RobustnessCurves, describe_robustness, summarise_robustness
from .robustness.augmentation import AugmentationGains, describe_augmentation_gains
from .robustness.corruption_error import CorruptionErrorTable
from .robustness.examples import CorruptionExamples
from .robustness.least_change import LeastChanges
from .robustness.repairs import RepairChart, describe_repairs
from .study.accuracy_summaries import summarise_augmentation, summarise_comparison, summarise_model, summarise_overview
from .study.citation import HowToCite, pdf_link
from .study.conclusion import conclude, list_limitations
from .study.contents import chapters_without_content, list_chapters, list_tasks
from .study.discussion import discuss
from .study.error_summaries import summarise_causes, summarise_errors, summarise_finding
from .study.notice import notice, scope
from .study.overview import study_facts, version_facts
from .study.settings import Environments, StudySettings, TrainingSettings, show_commands
from .study.software import describe_software
from .study.stored_results import ResultSettings, StoredResults, summarise_reproducibility
from .training.ablations import AblationChart, show_ablation
from .training.augmentation import AugmentationGrid, describe_mirror, describe_transforms
from .training.curves import TrainingCurves, describe_overfitting, show_augmented_curves
from .training.recipes import describe_network, describe_training

__all__ = [
    "AblationChart",
    "AccuracyChart",
    "AccuracyCost",
    "AgreementFigure",
    "AttributionCheckTable",
    "AugmentationGains",
    "AugmentationGrid",
    "AveragedComparison",
    "BrierTable",
    "BrightnessContrast",
    "CalibrationTable",
    "Captioned",
    "CauseConfusion",
    "CauseExamples",
    "CauseMaps",
    "CauseShares",
    "CauseTable",
    "CentroidTable",
    "ChannelStatistics",
    "Chapter",
    "ClassCoverageTable",
    "ClassDifferences",
    "ClassDistribution",
    "ConfusedClasses",
    "ConfusionMatrix",
    "CorrectedAccuracyTable",
    "CorruptionErrorTable",
    "CorruptionExamples",
    "CostTable",
    "DataMap",
    "Display",
    "EmbeddingMaps2D",
    "EmbeddingMaps3D",
    "Environments",
    "ErrorChanges",
    "ErrorConsistencyTable",
    "ErrorDetectionTable",
    "ErrorGallery",
    "ErrorRateBySlice",
    "ErrorStrip",
    "FeatureSimilarityTable",
    "HowToCite",
    "LabelScoreTable",
    "LeastChanges",
    "MapScoresTable",
    "Markdown",
    "MisclassifiedGallery",
    "ModelComparison",
    "NearDuplicates",
    "NearestCentroidTable",
    "NeuralCollapseTable",
    "OodConfidence",
    "OodGallery",
    "OodTable",
    "PairedMarginTable",
    "PairedTable",
    "ParameterOddsRatios",
    "PerClassTable",
    "PhotographCrops",
    "PredictionSetTable",
    "PrintGallery",
    "PropertyExamples",
    "RandomSplitTable",
    "ReliabilityDiagram",
    "RepairChart",
    "RepeatedPairs",
    "ResultSettings",
    "RiskCoverage",
    "RobustnessCurves",
    "SampleGrid",
    "SeedTable",
    "ShiftTable",
    "StoredResults",
    "StudySettings",
    "SuspectedLabels",
    "SuspectedTrainingLabels",
    "Table",
    "TemperatureTable",
    "TrainingCurves",
    "TrainingSettings",
    "UnderperformingSlices",
    "WorkedExample",
    "augmented_runs",
    "captioned",
    "chapters_without_content",
    "conclude",
    "count",
    "describe_agreement",
    "describe_attribution_check",
    "describe_augmentation",
    "describe_augmentation_changes",
    "describe_augmentation_gains",
    "describe_averages",
    "describe_brier",
    "describe_calibration",
    "describe_cause_shares",
    "describe_causes",
    "describe_centroid",
    "describe_centroid_confusion",
    "describe_class_difference",
    "describe_comparison",
    "describe_confusion",
    "describe_cost",
    "describe_data_map",
    "describe_deferral",
    "describe_design_effect",
    "describe_duplicates",
    "describe_error_changes",
    "describe_error_consistency",
    "describe_error_detection",
    "describe_example",
    "describe_interaction",
    "describe_label",
    "describe_margin",
    "describe_mirror",
    "describe_nearest_centroid",
    "describe_neighbourhood",
    "describe_network",
    "describe_neural_collapse",
    "describe_ood",
    "describe_origin",
    "describe_overfitting",
    "describe_parameters",
    "describe_photograph_source",
    "describe_photographs",
    "describe_picture",
    "describe_prediction_sets",
    "describe_repairs",
    "describe_repeated",
    "describe_review_list",
    "describe_robustness",
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
    "describe_training_labels",
    "describe_transforms",
    "describe_unit",
    "describe_verdicts",
    "describe_without_suspects",
    "discuss",
    "duration",
    "evaluate_run",
    "explain_ends",
    "explain_markers",
    "explain_samples",
    "explain_unrecorded",
    "interval",
    "list_chapters",
    "list_limitations",
    "list_skipped",
    "list_tasks",
    "listing",
    "model_pairs",
    "notice",
    "number",
    "pdf_link",
    "percent",
    "points",
    "quantity",
    "runs_of_ood",
    "runs_with_maps",
    "scope",
    "show_ablation",
    "show_augmented_curves",
    "show_cause_confusion",
    "show_cause_rules",
    "show_commands",
    "show_corrected_accuracy",
    "show_cost",
    "show_duplicates",
    "show_error_changes",
    "show_example",
    "show_label_scores",
    "show_ood",
    "show_paired_margins",
    "show_parameters",
    "show_photographs",
    "show_random_split",
    "show_repeated",
    "show_seeds",
    "show_underperforming_slices",
    "study_facts",
    "summarise_augmentation",
    "summarise_causes",
    "summarise_comparison",
    "summarise_confidence",
    "summarise_data",
    "summarise_dynamics",
    "summarise_errors",
    "summarise_finding",
    "summarise_model",
    "summarise_overview",
    "summarise_reproducibility",
    "summarise_robustness",
    "version_facts",
]
