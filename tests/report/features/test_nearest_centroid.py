"""What the pages show about why images go wrong: distances, calibration, segments, labels and duplicates."""

from __future__ import annotations

from svhnlab.report.core.text import percent
from svhnlab.report.features.nearest_centroid import NearestCentroidTable, describe_nearest_centroid


class TestNearestCentroid:
    def test_cells(self, study):
        """Both accuracies and the share of the errors stand with their intervals."""
        cells = NearestCentroidTable.from_results(study).cells()
        found = study.statistics.runs["cnn"]
        assert cells["Nearest centroid"].iloc[0].startswith(percent(found.nearest_centroid.value))
        assert cells["Errors nearest to predicted"].iloc[0].startswith("70.0% (65.0")
        text = str(describe_nearest_centroid(study, "cnn"))
        assert f"{percent(found.nearest_centroid.value)} (95% interval" in text
        assert f"where the last layer gets {percent(found.accuracy.value)}" in text
        assert "by model" in str(describe_nearest_centroid(study))
        assert "by Euclidean distance" in text
