"""The representation of displays and tables, the colours and the words."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from svhnlab.report import ClassDistribution, ConfusionMatrix, MisclassifiedGallery, PerClassTable
from svhnlab.report.core.names import short_names
from svhnlab.report.errors.order import ORDERS
from svhnlab.store.schema import Estimate
from tests.fixtures.fakes import fake_run, fake_run_statistics, fake_study
from tests.report.core.test_display import NAMES_OF_OTHERS


class TestEveryDisplay:
    @pytest.mark.parametrize("names", [tuple("0123456789"), ("cat", "dog", "automobile")])
    def test_has_words_and_numbers(self, names):
        """Every display has a table, a text of one paragraph, and can be drawn, for digits and other classes."""
        for display in every_display(fake_study(n_test=60, class_names=names)):
            assert isinstance(display.frame(), pd.DataFrame)
            assert len(display.alt) > 20
            assert "\n" not in display.alt
            assert "nan" not in display.alt.lower()
            assert type(display).__name__ in repr(display)
            if hasattr(display, "plot"):
                display.plot()
            else:
                assert display.cells().shape[0] > 0

    @pytest.mark.parametrize("noise", [0.0, 0.01])
    def test_without_errors(self, noise):
        """A perfect run, even one whose features have no spread at all, breaks no display."""
        study = fake_study(n_test=40, noise=noise, runs=["cnn"])
        for display in every_display(study):
            assert len(display.frame().columns) > 0
            assert display.alt
            if hasattr(display, "plot"):
                display.plot()
        gallery = MisclassifiedGallery.from_results(study, "cnn")
        assert "no such error" in gallery.alt

    def test_class_without_images(self):
        """A class that the test set lacks is shown as undefined, not as zero per cent."""
        run = fake_run(n_test=60, n_classes=3)
        names = ["a", "b", "c", "never"]
        none = Estimate(np.nan, np.nan, np.nan)
        own = fake_run_statistics(run)
        own = replace(own, precision=(*own.precision, none), recall=(*own.recall, none), f1=(*own.f1, none))
        table = PerClassTable(names, [30, 20, 10, 0], own)
        assert table.cells().iloc[3].tolist() == ["never", "–", "–", "–", "0"]
        assert "never" not in table.alt
        ConfusionMatrix.from_predictions(run.test.labels, run.test.predicted, names).plot()

    def test_wrong_number_of_names(self):
        """Class names that do not fit the classes are refused."""
        with pytest.raises(ValueError, match="as many names"):
            ClassDistribution({"train": [1, 2, 3]}, ["a", "b"])


def every_display(study):
    """One of each display of a study."""
    from svhnlab import report as d

    run, names = study.runs["cnn"], study.class_names
    return [
        d.ClassDistribution.from_results(study.data, names),
        d.SampleGrid.from_results(study.data, names),
        d.ChannelStatistics.from_results(study.data),
        d.BrightnessContrast.from_results(study.data),
        d.AugmentationGrid.from_results(study.augmentation),
        d.TrainingCurves.from_results(run),
        d.TrainingCurves.from_results(study.runs),
        d.ConfusionMatrix.from_results(run, names),
        d.PerClassTable.from_results(study, run.name),
        d.EmbeddingMaps2D.from_results(study.runs, names),
        d.EmbeddingMaps3D.from_results(study.runs, names),
        d.MapScoresTable.from_results(study.runs, names),
        *[d.MisclassifiedGallery.from_results(study, run.name, order=order) for order in ORDERS],
        d.MostConfusedPairs.from_results(run, names),
        d.CentroidDistances.from_results(study.runs),
        d.CentroidDistances.from_results(run, scale_free=False),
        d.MarginDistributions.from_results(study.runs),
        d.CentroidTable.from_results(study.runs),
        d.ModelComparison.from_results(study),
        d.AccuracyChart.from_results(study),
        d.CostTable.from_results(study),
        d.AccuracyCost.from_results(study),
        d.PairedTable.from_results(study),
        d.ClassDifferences.from_results(study),
        d.InteractionChart.from_results(study),
        d.SeedTable.from_results(study),
        d.AgreementFigure.from_results(study.runs),
    ]


class TestClassNames:
    @pytest.mark.parametrize("n_classes", [2, 6, 12, 26])
    def test_any_number_of_any_names(self, n_classes):
        """Every display can be drawn for few and many classes, with names that are markup elsewhere."""
        names = (*NAMES_OF_OTHERS, *(f"class {k}" for k in range(20)))[:n_classes]
        for display in every_display(fake_study(n_test=30 * n_classes, class_names=names)):
            assert len(display.alt) > 20
            if hasattr(display, "size"):
                width, height = display.size
                assert width <= 7.6
                assert height <= 9.4, type(display).__name__
                display.plot()
            else:
                assert display.cells().shape[0] > 0

    def test_are_no_markup(self, folder):
        """A name from outside stands for itself on the page: no tag, table cell, formula or emphasis comes of it."""
        for display in every_display(fake_study(n_test=180, class_names=NAMES_OF_OTHERS)):
            text = display.markdown()
            assert "<b>" not in text
            outside = re.sub(r"```{=html}.*?```", "", text, flags=re.DOTALL)  # there Pandoc reads no Markdown
            assert not {"$x$", "a|b"} & set(re.findall(r"[$]x[$]|a\|b", outside))

    @pytest.mark.parametrize("width", [6, 10, 20])
    def test_short_names_differ(self, width):
        """Shortened names fit their place and are told apart, also where only their ends or nothing there differ."""
        long = "emergency vehicle of the fire brigade"
        names = [f"{long} {k}" for k in "AB"] + [f"{long[:-3]}{k} brigade of the town" for k in "CD"] + ["bus"]
        short = short_names(names, width)
        assert len(set(short)) == len(names)
        assert all(len(name) <= width for name in short)
        assert short[-1] == "bus"
