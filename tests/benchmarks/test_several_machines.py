"""What is reckoned for a thousand trainings follows from what is stored of one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.report.several_machines import (
    PIXELS,
    ScaleTable,
    describe_images_scale,
    describe_seeds_scale,
    long,
    size,
)
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study


@pytest.fixture(scope="module")
def study() -> Study:
    return fake_study()


class TestScaleTable:
    def test_many_are_multiples_of_one(self, study: Study) -> None:
        """Time and disk of many trainings are those of one, times their number, with a row for all runs together."""
        table = ScaleTable.from_results(list(study.runs.values()))
        numbers = table.frame()
        assert numbers["bytes"].tolist() == [run.stored_bytes for run in study.runs.values()]
        assert (numbers["many_bytes"] == 1_000 * numbers["bytes"]).all()
        assert (numbers["many_seconds"] == 1_000 * numbers["seconds"]).all()
        cells = table.cells()
        assert cells["Run"].iloc[-1] == "Together"
        assert cells["Stored"].iloc[-1] == size(numbers["bytes"].sum())
        assert size(1_000 * numbers["bytes"].sum()) in table.alt

    def test_one_run_has_no_sum(self, study: Study) -> None:
        """The sum of a single row is no row."""
        assert len(ScaleTable.from_results([study.runs["cnn"]]).cells()) == 1


class TestUnits:
    def test_words(self) -> None:
        """Sizes and times come in the unit that people would use."""
        assert [size(12e6), size(9.9e9), size(371e9)] == ["12\u00a0MB", "9,900\u00a0MB", "371\u00a0GB"]
        assert [long(50), long(3600), long(86_400 * 12)] == ["50\u00a0s", "60\u00a0min", "12 days"]


class TestComments:
    def test_disk_is_named_first(self, study: Study) -> None:
        """The sentence has the disk that a thousand trainings of the stored runs need, and the weights' copy."""
        runs = list(study.runs.values())
        text = str(describe_seeds_scale(runs))
        assert f"need {size(1_000 * sum(run.stored_bytes for run in runs))}" in text
        larger = [replace(run, stored_bytes=2 * run.stored_bytes) for run in runs]
        assert size(2_000 * sum(run.stored_bytes for run in runs)) in str(describe_seeds_scale(larger))

    def test_images(self) -> None:
        """The number of images is that of the official files, and the file's limit follows from an image's bytes."""
        text = str(describe_images_scale())
        assert "604,388 images" in text
        assert f"{2**31 // PIXELS:,} images" in text
