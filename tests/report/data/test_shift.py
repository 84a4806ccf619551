"""Differences between training and test images in the data chapter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report.core.select import NotComputed
from svhnlab.report.data.shift import ShiftTable, describe_shift
from svhnlab.store.schema import Estimate, Study
from tests.report.helpers import plain, with_statistics


def with_areas(study: Study, **areas: tuple[float, float, float]) -> Study:
    return with_statistics(study, shift={name: Estimate(*values) for name, values in areas.items()})


class TestShiftTable:
    def test_areas(self, study: Study) -> None:
        """The page shows every property with its interval, the file the numbers."""
        table = ShiftTable.from_study(with_areas(study, sharpness=(0.55, 0.52, 0.58), all=(0.6, 0.57, 0.63)))
        assert table.cells().to_numpy().tolist() == [
            ["Sharpness", "0.55 (0.52–0.58)"],
            ["All together", "0.60 (0.57–0.63)"],
        ]
        assert table.frame()["auc_lower"].tolist() == [0.52, 0.57]

    def test_features(self, study: Study) -> None:
        """The last row is that of the features of the first configuration."""
        table = ShiftTable.from_study(
            with_areas(study, light=(0.5, 0.4, 0.6), all=(0.6, 0.57, 0.63), features=(0.55, 0.52, 0.58))
        )
        assert table.cells().to_numpy().tolist()[-1] == ["Features of the two-layer CNN", "0.55 (0.52–0.58)"]
        assert "0.60 (0.57–0.63) by all properties; test from validation images, 0.55" in table.alt

    def test_features_of_another(self, study: Study) -> None:
        """Without features of the first configuration, those of the next one that has them are compared, and named."""
        first = next(iter(study.runs.values()))
        without = replace(first, validation=None, test=replace(first.test, features=None))
        mixed = replace(study, runs={**study.runs, first.name: without})
        table = ShiftTable.from_study(with_areas(mixed, all=(0.6, 0.57, 0.63), features=(0.55, 0.52, 0.58)))
        assert table.cells().to_numpy().tolist()[-1][0] == "Features of the two-layer CNN with augmentation"

    def test_earlier_results(self, study: Study) -> None:
        """Without photographs the sets are not compared."""
        with pytest.raises(NotComputed, match="not compared"):
            ShiftTable.from_study(with_areas(study))


class TestDescribeShift:
    def test_difference(self, study: Study) -> None:
        """A difference is claimed only if the interval is above one half; the direction is that of the property."""
        areas = {"brightness": (0.51, 0.49, 0.53), "sharpness": (0.42, 0.4, 0.44), "all": (0.6, 0.57, 0.63)}
        text = plain(describe_shift(with_areas(study, **areas)))
        assert "0.60 (0.57–0.63)" in text
        assert "differ in distribution" in text
        assert "test images have lower sharpness" in text

    def test_no_difference(self, study: Study) -> None:
        text = plain(describe_shift(with_areas(study, brightness=(0.51, 0.49, 0.53), all=(0.51, 0.48, 0.54))))
        assert "do not differ detectably" in text
        assert "largest" not in text

    def test_features(self, study: Study) -> None:
        """The features are named with their model; a difference in them alone is a difference of the sets."""
        areas = {"brightness": (0.51, 0.49, 0.53), "all": (0.51, 0.48, 0.54)}
        text = plain(describe_shift(with_areas(study, **areas, features=(0.56, 0.53, 0.59))))
        assert "do not differ detectably" in text
        assert (
            "of the two-layer CNN tells test images from validation images with an area of 0.56 (0.53–0.59). " in text
        )
        assert "need not hold for the test images. " in text
        none = plain(describe_shift(with_areas(study, **areas, features=(0.51, 0.48, 0.54))))
        assert "0.51 (0.48–0.54), which is no detectable difference." in none

    def test_several_properties_together(self, study: Study) -> None:
        """Without a significant single property, none is named."""
        text = plain(describe_shift(with_areas(study, brightness=(0.51, 0.49, 0.53), all=(0.56, 0.53, 0.59))))
        assert "differ in distribution" in text
        assert "largest" not in text
