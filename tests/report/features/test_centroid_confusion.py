"""Distances of class centroids and confusions."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.report.features.centroid_confusion import describe_centroid_confusion
from tests.report.helpers import with_runs


class TestDescribeCentroidConfusion:
    @pytest.mark.parametrize(
        ("correlation", "p", "verdict"),
        [
            (-0.5, 0.01, "classes are confused more often the closer their centroids lie"),
            (0.5, 0.01, "the farther apart their centroids lie"),
            (-0.5, 0.2, "no significant relation"),
            (np.nan, np.nan, "It is undefined for the two\\-layer CNN, "),
        ],
    )
    def test_verdict(self, study, correlation, p, verdict):
        """The direction is named only where the permutation test supports it."""
        changed = with_runs(study, centroid_confusion=correlation, centroid_confusion_p=p)
        text = str(describe_centroid_confusion(changed))
        assert verdict in text
        assert np.isnan(p) or f"(largest p\xa0\\=\xa0{p:.3f})" in text
