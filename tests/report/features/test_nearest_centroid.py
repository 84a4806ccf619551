"""Accuracy of the nearest centroid."""

from __future__ import annotations

from svhnlab.report.core.text import percent
from svhnlab.report.features.nearest_centroid import NearestCentroidTable, describe_nearest_centroid


class TestNearestCentroid:
    def test_cells(self, study):
        """Both accuracies and the share of the errors have their intervals."""
        cells = NearestCentroidTable.from_study(study).cells()
        statistics = study.statistics.runs["cnn"]
        assert cells["Nearest centroid"].iloc[0].startswith(percent(statistics.nearest_centroid.value))
        assert cells["Neighbours"].iloc[0].startswith(percent(statistics.nearest_neighbours.value))
        assert cells["Errors nearest to predicted"].iloc[0].startswith("70.0% (65.0")
        text = str(describe_nearest_centroid(study, "cnn"))
        assert f"{percent(statistics.nearest_centroid.value)} (95% interval" in text
        assert f"one of {percent(statistics.nearest_neighbours.value)} (95% interval" in text
        assert f"compared with {percent(statistics.accuracy.value)} for the last layer." in text
        assert "(Euclidean distance)" in text
