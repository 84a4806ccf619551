"""What the pages show about why images go wrong: distances, calibration, segments, labels and duplicates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from svhnlab.report.calibration.reliability import CalibrationTable, ReliabilityDiagram, describe_calibration
from svhnlab.report.calibration.risk_coverage import RiskCoverage, describe_deferral
from svhnlab.report.causes.label_errors import LabelQualityFigure, SuspectedLabels, describe_label
from svhnlab.report.causes.properties import PropertyExamples
from svhnlab.report.causes.slices import ErrorRateBySlice, UnderperformingSlices, describe_slices
from svhnlab.report.data.duplicates import NearDuplicates, describe_duplicates
from svhnlab.report.features.centroid_confusion import CentroidConfusion, describe_centroid_confusion
from svhnlab.report.features.centroid_distances import CentroidDistances, CentroidTable, describe_centroid
from svhnlab.report.features.margins import MarginDistributions, describe_margin
from svhnlab.report.features.nearest_centroid import NearestCentroidTable, describe_nearest_centroid
from svhnlab.report.features.paired_margins import PairedMargins, describe_paired_margin
from svhnlab.store.schema import Study
from tests.fixtures.fakes import TITLES, fake_study
from tests.report.helpers import LONG, UNDEFINED, with_centroids, with_runs, with_statistics


def every_display(study: Study) -> list:
    """One of each display."""
    return [
        CentroidDistances.from_results(study),
        CentroidDistances.from_results(study, scale_free=False),
        CentroidTable.from_results(study),
        NearestCentroidTable.from_results(study),
        MarginDistributions.from_results(study),
        PairedMargins.from_results(study),
        CentroidConfusion.from_results(study, "cnn"),
        ReliabilityDiagram.from_results(study),
        RiskCoverage.from_results(study),
        CalibrationTable.from_results(study),
        ErrorRateBySlice.from_results(study),
        UnderperformingSlices.from_results(study),
        PropertyExamples.from_results(study),
        SuspectedLabels.from_results(study),
        LabelQualityFigure.from_results(study),
        NearDuplicates.from_results(study),
    ]


COMMENTS = [
    describe_centroid,
    describe_margin,
    describe_paired_margin,
    describe_centroid_confusion,
    describe_nearest_centroid,
    describe_calibration,
    describe_deferral,
    describe_slices,
    describe_label,
    describe_duplicates,
]


def study_of(case: str) -> Study:
    """A study that is hard to show."""
    if case == "one run":
        return fake_study(n_test=40, runs=["cnn"])
    if case == "three runs, long names":
        return fake_study(n_test=40, runs=["cnn", "cnn-aug", "resnet18"], class_names=LONG)
    if case == "no errors":
        perfect = fake_study(n_test=40, runs=["cnn", "cnn-aug"], noise=0.0)
        nothing = {"nearest_is_predicted": UNDEFINED, "centroid_confusion": np.nan, "centroid_confusion_p": np.nan}
        return with_runs(perfect, **nothing, segments=())
    found = fake_study(n_test=40, runs=["cnn", "resnet18"], kind="official")
    found = replace(found, runs={name: with_centroids(run, []) for name, run in found.runs.items()})
    labels = replace(found.statistics.labels, suspected=np.array([], dtype=np.int64))
    none = np.array([], dtype=np.int64)
    duplicates = replace(
        found.statistics.duplicates, test_rows=none, train_rows=none, distances=none.astype(np.float32)
    )
    return with_statistics(found, labels=labels, duplicates=duplicates)


class TestEveryDisplay:
    @pytest.mark.parametrize("case", ["one run", "three runs, long names", "no errors", "nothing found"])
    def test_hard_cases(self, case):
        """Whatever is missing, each display draws, says so in words, and shows no undefined number."""
        hard = study_of(case)
        for display in every_display(hard):
            assert isinstance(display.frame(), pd.DataFrame)
            assert len(display.alt) > 20
            assert "nan" not in display.alt.lower().split()
            if hasattr(display, "plot"):
                display.plot()
            else:
                assert len(display.cells())
        for comment in COMMENTS:
            text = str(comment(hard))
            assert text.endswith(".")
            assert not {"nan", "nan%", "inf"} & set(text.lower().replace("(", "").replace(")", "").split())

    def test_nothing_stored(self):
        """Without evidence or statistics each display and sentence says that they are missing."""
        bare = fake_study(n_test=20, runs=["cnn"], with_embedding=False)
        makers = [type(display).from_results for display in every_display(fake_study(n_test=20, runs=["cnn"]))]
        for make in [*makers, *COMMENTS]:
            arguments = ("cnn",) if make == CentroidConfusion.from_results else ()
            with pytest.raises(ValueError, match=r"stored|has"):
                make(bare, *arguments)

    def test_runs_without_evidence_are_passed_over(self, study):
        """A run without centroids is left out where others have them."""
        runs = {**study.runs, "cnn": replace(study.runs["cnn"], evidence=None)}
        titles = [summary.title for summary in CentroidDistances.from_results(runs).summaries]
        assert titles == [run.title for name, run in study.runs.items() if name != "cnn"]

    def test_named_runs(self, study):
        """A display of a study can be had for some of its runs."""
        assert [run.title for run in ReliabilityDiagram.from_results(study, "cnn-aug").runs] == [TITLES["cnn-aug"]]
        assert TITLES["resnet18"] not in str(describe_centroid(study, "cnn"))
