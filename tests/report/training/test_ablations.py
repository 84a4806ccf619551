"""Ablations in the report: differences are paired, and only those measured on the study's data are shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from svhnlab.report.training.ablations import AblationChart, ablation_figure, describe_ablation, show_ablation
from svhnlab.store.ablation_file import write_ablation
from svhnlab.store.study import RESULTS_VARIABLE
from tests.fixtures.fake_ablation import fake_ablation
from tests.fixtures.fakes import fake_study


@pytest.fixture
def chart() -> AblationChart:
    return AblationChart(fake_ablation().runs[0], "training")


class TestAblationChart:
    def test_differences_are_paired(self, chart: AblationChart) -> None:
        """A change is judged by its difference fold by fold; differences between folds do not count."""
        lower, same = (chart.difference(row) for row in chart.variants)
        assert lower.value == pytest.approx(-0.0497, abs=1e-4)
        assert chart.significant(lower)
        assert not chart.significant(same)

    def test_artists_show_the_numbers(self, chart: AblationChart) -> None:
        """Each variant has a dot at its difference, filled only if its interval excludes zero."""
        (axes,) = chart.plot().axes
        dots = [line for line in axes.lines if line.get_marker() == "o"]
        assert [dot.get_xdata()[0] for dot in dots] == pytest.approx(chart.frame()["difference"][1:].tolist())
        filled = [dot.get_markerfacecolor() == dot.get_color() for dot in dots]
        assert filled == [True, False]
        assert [label.get_text() for label in axes.get_yticklabels()] == ["without a part", "with another"]

    def test_alternative_names_every_variant(self, chart: AblationChart) -> None:
        """The text alternative has every difference."""
        assert "without a part −5.0" in chart.alt
        assert "with another" in chart.alt

    def test_subjects(self) -> None:
        """Each subject has its own variants."""
        chart = AblationChart(fake_ablation().runs[0], "augmentation")
        assert [row.title for row in chart.variants] == ["without rotation"]


class TestDescribeAblation:
    def test_sentence_follows_the_numbers(self, chart: AblationChart) -> None:
        """Only a change with a significant effect is listed as lowering the accuracy."""
        text = str(describe_ablation(fake_ablation(), chart))
        assert "reaches 91.0% on held-out training images" in text
        assert "lower the accuracy (percentage points, 95% interval): without a part −5.0" in text.replace("\\", "")
        assert "No significant effect was found for 1 other change" in text
        assert "raise" not in text

    def test_note(self, chart: AblationChart) -> None:
        """The note is shown once for each run, as text and not as markup."""
        ablation = fake_ablation().model_copy(update={"note": "Since then *nothing* changed."})
        assert str(describe_ablation(ablation, chart)).endswith(r"Since then \*nothing\* changed.")
        other = AblationChart(ablation.runs[0], "augmentation")
        assert "Since then" not in str(describe_ablation(ablation, other))


class TestShowAblation:
    @pytest.fixture
    def results(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)  # pictures are written into the current folder
        monkeypatch.setenv(RESULTS_VARIABLE, str(tmp_path / "results"))
        return tmp_path / "results"

    def test_same_data(self, results: Path) -> None:
        """An ablation on the study's data has a heading, a sentence and a figure with a label."""
        study = fake_study(n_test=20)
        write_ablation(results, fake_ablation(data_digest=study.data.digest))
        text = str(show_ablation(study, "cnn-aug", "resnet18-aug", about="training", heading="## Ablation"))
        assert text.startswith("## Ablation\n\nThe unchanged recipe")
        assert text.count("::: {#fig-ablation-") == 1
        assert "{#fig-ablation-cnn-aug-training}" in text

    def test_other_data(self, results: Path) -> None:
        """An ablation measured on other data is not shown, and neither is the heading."""
        study = fake_study(n_test=20)
        write_ablation(results, fake_ablation(data_digest=study.data.digest))
        other = replace(study, data=replace(study.data, digest="0" * 64))
        assert str(show_ablation(other, "cnn-aug", about="training", heading="## Ablation")) == ""

    def test_nothing_stored(self, results: Path) -> None:
        """Without a stored ablation the section is empty."""
        assert str(show_ablation(fake_study(n_test=20), "cnn-aug", about="training", heading="## Ablation")) == ""

    def test_run_without_variants(self) -> None:
        """A run that the file does not have is an error."""
        with pytest.raises(KeyError, match="resnet18-aug"):
            ablation_figure(fake_ablation(), "resnet18-aug", "training")
