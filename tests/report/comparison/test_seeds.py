"""Variability over trainings with several seeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from svhnlab.analysis.metric_registry import HEADLINE, METRICS
from svhnlab.analysis.seeds import metric_over_seeds
from svhnlab.analysis.seeds_and_images import accuracy_over_seeds
from svhnlab.report import (
    SeedTable,
    describe_seeds,
    show_seeds,
)
from svhnlab.report.core.text import (
    percent,
)
from tests.fixtures.fake_runs import fake_repeat
from tests.fixtures.fakes import fake_study
from tests.report.comparison.sentence_fixtures import repeated
from tests.report.helpers import as_imported, plain


class TestSeedTable:
    def test_cells(self, study):
        """Mean and deviation are over the trainings; the other interval is that of the statistics."""
        cells = SeedTable.from_study(study, "cnn").cells()
        accuracy = metric_over_seeds(study.repeats["cnn"], "accuracy")
        names = [metric.short_title for metric in HEADLINE.values()]
        assert [name.replace("\u2060", "") for name in cells["Metric"]] == names
        assert cells["Mean"][0] == percent(np.mean(accuracy), 2)
        assert cells["SD"][0] == "1.00"
        sampling = study.statistics.runs["cnn"].accuracy
        correct = np.array([~repeat.test.wrong for repeat in study.repeats["cnn"]])
        both = accuracy_over_seeds(correct, 2_000, 0, study.data.photographs["test"])
        assert cells["Both, 95%"].tolist() == [f"{100 * both.low:.1f}–{percent(both.high)}", *["–"] * (len(names) - 1)]
        assert cells["Test sampling, 95%"][0] == f"{100 * sampling.low:.1f}–{percent(sampling.high)}"

    def test_units(self, study):
        """A metric in percent has its standard deviation in points; another has all its numbers as numbers."""
        (row, *_) = SeedTable.from_study(study, "cnn").rows()
        other = SeedTable((replace(row, metric=METRICS["log_loss"]),))
        assert other.cells()["SD"].tolist() == ["0.0100"]
        assert "%" not in "".join(other.cells().drop(columns="Configuration").iloc[0])

    def test_trained_once(self):
        """One training has no standard deviation: a dash, not a zero."""
        table = SeedTable.from_study(fake_study(n_test=20, runs=["cnn"]))
        assert table.cells().iloc[0, 3:5].tolist() == ["–", "–"]
        assert "a single training" in table.alt

    def test_uneven(self, study):
        """The number of trainings may differ between configurations."""
        repeats = {**study.repeats, "cnn": (fake_repeat(0, 0.9),)}
        table = SeedTable.from_study(replace(study, repeats=repeats))
        assert table.frame().groupby("run", sort=False)["trainings"].first().tolist() == [1, 3, 3, 3]

    def test_how_often(self, study):
        """The text has "up to" only if the configurations were not trained equally often."""
        table = SeedTable.from_study(study)
        assert "over 3 trainings" in table.alt
        repeats = {**study.repeats, "cnn": (fake_repeat(0, 0.9),)}
        assert "over up to 3 trainings" in SeedTable.from_study(replace(study, repeats=repeats)).alt


class TestDescribeSeeds:
    def test_trained_once(self):
        """The sentence on a study that was trained once states that there is no interval over seeds."""
        text = str(describe_seeds(repeated((0.8,), (0.9,))))
        assert "Each configuration was trained once" in text
        mixed = plain(describe_seeds(as_imported(fake_study(n_test=20), "cnn")))
        assert "Each configuration that is not imported was trained once" in mixed
        assert "the variability between trainings is not known" in text
        assert "test sampling" not in text  # the box of the chapter states what intervals and tests cover

    def test_imported(self):
        """The option to train several times is not offered for imported predictions."""
        text = str(describe_seeds(as_imported(repeated((0.8,), (0.9,)))))
        assert "The predictions of one training of each configuration were imported" in text
        assert "--seeds" not in text

    def test_undecided(self):
        """Few trainings with a standard deviation near the standard error allow no conclusion."""
        text = plain(describe_seeds(repeated((0.80, 0.81, 0.79), (0.90, 0.91, 0.89))))
        assert "trained 3 times" in text
        assert "a standard deviation of 1.00 percentage points; test sampling gives a standard error of 1.02." in text
        assert "these trainings are too few to decide" in text
        assert (
            "With test sampling and training together, the expected accuracy is 80.0% for the two-layer CNN (" in text
        )
        assert "ResNet-18 also has the highest mean" in text

    def test_larger_and_smaller(self):
        """A standard deviation whose interval lies above or below the standard error is called larger or smaller."""
        text = plain(describe_seeds(repeated((0.8, 0.9, 0.7, 0.8), (0.9, 0.9001, 0.9, 0.9001))))
        assert "(ranges over the configurations)" in text
        assert "The accuracy of the two-layer CNN varies more between seeds than" in text
        assert "The accuracy of ResNet-18 varies less between seeds than" in text
        assert "too few" not in text

    def test_another_winner(self):
        """If a different model has the highest mean over the seeds, it is named."""
        text = plain(describe_seeds(repeated((0.8, 0.99, 0.99), (0.9, 0.8, 0.8))))
        assert "The two-layer CNN has the highest mean over the seeds, not ResNet-18." in text

    def test_uneven(self):
        """Configurations that were trained once are omitted; the sentence gives the number of the others."""
        text = str(describe_seeds(repeated((0.8,), (0.9, 0.91, 0.89))))
        assert text.startswith("Of 2 configurations, 1 was trained 3 times")


class TestShowSeeds:
    def test_captioned_table(self, study, folder):
        """The table has its label and caption, and is omitted if each configuration was trained once."""
        assert show_seeds(study).startswith("::: {#tbl-seeds}")
        assert show_seeds(fake_study(n_test=20, runs=["cnn"])) == ""
