"""Studies with few runs, errors or findings: every figure, table and sentence handles them."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from svhnlab.report.calibration.brier import BrierTable, describe_brier
from svhnlab.report.calibration.deferral_table import CalibrationTable
from svhnlab.report.calibration.prediction_sets import ClassCoverageTable, PredictionSetTable, describe_prediction_sets
from svhnlab.report.calibration.reliability import ReliabilityDiagram
from svhnlab.report.calibration.risk_coverage import RiskCoverage, describe_deferral
from svhnlab.report.calibration.temperature import TemperatureTable, describe_temperature
from svhnlab.report.calibration.underconfidence import describe_calibration
from svhnlab.report.causes.label_errors import SuspectedLabels, describe_label
from svhnlab.report.causes.properties import PropertyExamples
from svhnlab.report.causes.slices import ErrorRateBySlice, UnderperformingSlices, describe_slices
from svhnlab.report.core.select import NotComputed
from svhnlab.report.data.duplicates import NearDuplicates, describe_duplicates
from svhnlab.report.features.centroid_confusion import describe_centroid_confusion
from svhnlab.report.features.centroid_distances import CentroidTable, describe_centroid
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
from svhnlab.report.features.margins import describe_margin
from svhnlab.report.features.nearest_centroid import NearestCentroidTable, describe_nearest_centroid
from svhnlab.report.features.neural_collapse import (
    NeuralCollapseTable,
    describe_neural_collapse,
)
from svhnlab.report.study.accuracy_summaries import summarise_augmentation, summarise_comparison, summarise_overview
from svhnlab.report.study.error_summaries import summarise_causes, summarise_errors
from svhnlab.store.schema import UNDEFINED, Study
from tests.fixtures.fake_runs import TITLES
from tests.fixtures.fakes import fake_study
from tests.report.helpers import LONG, with_centroids, with_run, with_runs, with_statistics


def every_display(study: Study) -> list:
    """One of each display."""
    return [
        CentroidTable.from_study(study),
        NearestCentroidTable.from_study(study),
        ErrorDetectionTable.from_study(study),
        NeuralCollapseTable.from_study(study),
        ReliabilityDiagram.from_study(study),
        RiskCoverage.from_study(study),
        CalibrationTable.from_study(study),
        TemperatureTable.from_study(study),
        BrierTable.from_study(study),
        PredictionSetTable.from_study(study),
        ClassCoverageTable.from_study(study),
        ErrorRateBySlice.from_study(study),
        UnderperformingSlices.from_study(study),
        PropertyExamples.from_study(study),
        SuspectedLabels.from_study(study),
        NearDuplicates.from_study(study),
        EmbeddingMaps2D.from_study(study),
        EmbeddingMaps3D.from_study(study),
        MapScoresTable.from_study(study),
    ]


SENTENCES = [
    describe_centroid,
    describe_error_detection,
    describe_neural_collapse,
    describe_margin,
    describe_centroid_confusion,
    describe_nearest_centroid,
    describe_calibration,
    describe_temperature,
    describe_brier,
    describe_prediction_sets,
    describe_deferral,
    describe_slices,
    describe_label,
    describe_duplicates,
    describe_neighbourhood,
    describe_sampling,
    describe_separation,
    describe_start,
]
SUMMARIES = [
    summarise_overview,
    summarise_augmentation,
    summarise_errors,
    summarise_causes,
    summarise_comparison,
]


def study_of(case: str) -> Study:
    """A study with few results."""
    if case == "one run":
        return fake_study(n_test=40, runs=["cnn"])
    if case == "three runs, long names":
        return fake_study(n_test=40, runs=["cnn", "cnn-aug", "resnet18"], class_names=LONG)
    if case == "no errors":
        perfect = fake_study(n_test=40, runs=["cnn", "cnn-aug"], noise=0.0)
        nothing = {"nearest_is_predicted": UNDEFINED, "centroid_confusion": np.nan, "centroid_confusion_p": np.nan}
        return with_runs(perfect, **nothing, slices=())
    study = fake_study(n_test=40, runs=["cnn", "resnet18"], kind="official")
    study = replace(study, runs={name: with_centroids(run, []) for name, run in study.runs.items()})
    labels = replace(study.statistics.labels, suspected=np.array([], dtype=np.int64))
    none = np.array([], dtype=np.int64)
    duplicates = replace(
        study.statistics.duplicates, test_rows=none, train_rows=none, distances=none.astype(np.float32)
    )
    return with_statistics(study, labels=labels, duplicates=duplicates)


class TestEveryDisplay:
    @pytest.mark.parametrize("case", ["one run", "three runs, long names", "no errors", "nothing found"])
    def test_hard_cases(self, case):
        """Whatever is missing, each display can be drawn, its text states it, and no undefined number is shown."""
        hard = study_of(case)
        for display in every_display(hard):
            assert isinstance(display.frame(), pd.DataFrame)
            assert len(display.alt) > 20
            assert "nan" not in display.alt.lower().split()
            if hasattr(display, "plot"):
                display.plot()
            else:
                assert len(display.cells())
        for describe in [*SENTENCES, *SUMMARIES]:
            text = str(describe(hard))
            assert text.endswith(".")
            assert not {"nan", "nan%", "inf"} & set(text.lower().replace("(", "").replace(")", "").split())
            assert not re.search(r"(^|[.!?] )[\d−]", text), text

    def test_nothing_stored(self):
        """Without evidence or statistics nothing is displayed or described."""
        bare = fake_study(n_test=20, runs=["cnn"], with_embedding=False)
        makers = [type(display).from_study for display in every_display(fake_study(n_test=20, runs=["cnn"]))]
        for make in [*makers, *SENTENCES, *SUMMARIES]:
            with pytest.raises(NotComputed):
                make(bare)

    def test_runs_without_evidence_are_left_out(self, study):
        """A run without centroids is omitted if others have them."""
        part = with_run(study, replace(study.runs["cnn"], evidence=None))
        titles = [summary.title for summary in CentroidTable.from_study(part).summaries]
        assert titles == [run.title for name, run in study.runs.items() if name != "cnn"]

    def test_named_runs(self, study):
        """A display can be created for some runs of a study."""
        assert [run.title for run in ReliabilityDiagram.from_study(study, "cnn-aug").runs] == [TITLES["cnn-aug"]]
        assert TITLES["resnet18"] not in str(describe_centroid(study, "cnn"))
