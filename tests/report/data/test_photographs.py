"""Images from the same photograph in the data chapter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report.core.select import NotComputed
from svhnlab.report.data.photographs import PhotographCrops, describe_design_effect, describe_photographs
from svhnlab.store.schema import Study
from tests.report.helpers import plain, with_statistics, words


def with_photographs(study: Study, photographs: np.ndarray | None) -> Study:
    known = None if photographs is None else {"test": photographs}
    return replace(study, data=replace(study.data, photographs=known))


def with_sizes(study: Study, *sizes: int) -> Study:
    """Return the study with photographs of these numbers of images, then of single ones."""
    photographs = np.repeat(np.arange(len(sizes)), sizes)
    rest = len(study.data.test_labels) - len(photographs)
    return with_photographs(study, np.concatenate([photographs, len(sizes) + np.arange(rest)]))


class TestPhotographCrops:
    def test_largest_photographs(self, study: Study) -> None:
        """The photographs with most images are shown in the order of the file, with the labels of their images."""
        display = PhotographCrops.from_study(with_sizes(study, 1, 2, 4, 2, 3), n_photographs=3)
        assert [len(images) for images in display.photographs] == [2, 4, 3]
        assert display.frame()["image"].tolist() == [1, 2, 3, 4, 5, 6, 9, 10, 11]
        labels = [str(label) for label in study.data.test_labels[[1, 2, 3, 4, 5, 6, 9, 10, 11]]]
        assert words(display.plot()) == labels
        assert "3 photographs" in display.alt

    def test_images_lie_side_by_side(self, study: Study) -> None:
        """A photograph starts a new row where it does not fit."""
        display = PhotographCrops.from_study(with_sizes(study, 4, 4, 4), n_photographs=3)
        canvas = np.asarray(display.plot().images[0].get_array())
        np.testing.assert_array_equal(canvas[1:33, 1:33, :3], np.moveaxis(study.data.test_images[0], 0, -1))
        np.testing.assert_array_equal(canvas[1:33, 35:67, :3], np.moveaxis(study.data.test_images[1], 0, -1))
        assert [places[0][1] for places in display._places] == [0, 0, display.step]

    def test_single_images(self, study: Study) -> None:
        """Where each image is its own photograph, the figure and the sentence state it."""
        single = with_sizes(study)
        display = PhotographCrops.from_study(single)
        assert words(display.plot()) == ["No photograph has several test images"]
        assert display.frame().empty
        assert "its own photograph" in plain(describe_photographs(single))
        assert describe_design_effect(single) == ""

    def test_earlier_results(self, study: Study) -> None:
        """The results of earlier versions have no photographs."""
        with pytest.raises(NotComputed, match="photographs"):
            PhotographCrops.from_study(with_photographs(study, None))


class TestDescribe:
    def test_numbers(self, study: Study) -> None:
        """The number of photographs, images per photograph, and the share of images with others."""
        n = len(study.data.test_labels)
        text = plain(describe_photographs(with_sizes(study, 4, 2)))
        assert f"{n} test images were cut from {n - 4} photographs" in text
        assert f"{100 * 6 / n:.1f}% of the images" in text

    def test_design_effect(self, study: Study) -> None:
        """The effect is translated into the width of the interval and the correlation within a photograph."""
        assert study.statistics is not None
        runs = {
            name: replace(run, design_effect=effect)
            for (name, run), effect in zip(study.statistics.runs.items(), (1.0, 1.21, 1.1, 1.1), strict=False)
        }
        pairs = with_photographs(with_statistics(study, runs=runs), np.arange(len(study.data.test_labels)) // 2)
        text = plain(describe_design_effect(pairs))
        assert "1.00 to 1.21" in text
        assert "by 0.0% to 10.0%" in text
        assert "0.00 to 0.21" in text
