"""Ablations in the report: differences are paired, and only those measured on the study's data are shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from svhnlab.report.core.style import THEMES
from svhnlab.report.training.ablations import AblationChart, _caption, ablation_figure, describe_ablation, show_ablation
from svhnlab.store.ablation_file import write_ablation
from svhnlab.store.study import RESULTS_VARIABLE
from tests.fixtures.fake_ablation import fake_ablation
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain


@pytest.fixture
def chart() -> AblationChart:
    return AblationChart(fake_ablation().runs[0], "training", 5)


class TestAblationChart:
    def test_differences_are_paired(self, chart: AblationChart) -> None:
        """A change is judged by its difference fold by fold; differences between folds do not count."""
        lower, same = chart.variants
        assert chart.difference(lower).value == pytest.approx(-0.0498, abs=1e-4)
        assert chart.significant(lower)
        assert not chart.significant(same)

    def test_many_changes(self) -> None:
        """The p value is corrected for all changes of the run, also for those of the other subject."""
        (run,) = fake_ablation().runs
        weak = run.rows[2].model_copy(update={"accuracies": (0.89, 0.90, 0.90, 0.885, 0.91)})
        few = AblationChart(run.model_copy(update={"rows": (run.rows[0], weak)}), "training", 5)
        assert few.significant(weak)
        others = tuple(
            run.rows[2].model_copy(update={"title": f"other {i}", "about": "augmentation"}) for i in range(10)
        )
        many = AblationChart(run.model_copy(update={"rows": (run.rows[0], weak, *others)}), "training", 5)
        assert many.p_adjusted[weak.title] == pytest.approx(11 * few.p_adjusted[weak.title])
        assert not many.significant(weak)

    def test_artists_show_the_numbers(self, chart: AblationChart) -> None:
        """Each variant has a dot at its difference, blue only if it is significant."""
        (axes,) = chart.plot().axes
        dots = [line for line in axes.lines if line.get_marker() == "o"]
        assert [dot.get_xdata()[0] for dot in dots] == pytest.approx(chart.frame()["difference"][1:].tolist())
        blue = [dot.get_color() == THEMES["light"].accent for dot in dots]
        assert blue == [True, False]
        assert [label.get_text() for label in axes.get_yticklabels()] == ["without a part", "with another"]

    def test_alternative(self, chart: AblationChart) -> None:
        """The text alternative has the range of the differences."""
        assert "2 changes, from −5.0 to 0.0 percentage points" in chart.alt

    def test_subjects(self) -> None:
        """Each subject has its own variants."""
        chart = AblationChart(fake_ablation().runs[0], "augmentation", 5)
        assert [row.title for row in chart.variants] == ["without rotation"]


class TestDescribeAblation:
    def test_sentence_follows_the_numbers(self, chart: AblationChart) -> None:
        """Only a change with a significant effect is listed as lowering the accuracy."""
        text = str(describe_ablation(fake_ablation(), chart))
        assert "reaches 91.0% on held-out training images" in text
        assert "lower the accuracy (percentage points, 95% interval): without a part −5.0" in text.replace("\\", "")
        assert "No significant effect was found for 1 other change" in text
        assert "raise" not in text

    def test_too_few(self) -> None:
        """Fewer than five trainings of a variant are called too few, whatever their differences."""
        (run,) = fake_ablation().runs
        rows = tuple(row.model_copy(update={"accuracies": row.accuracies[:4]}) for row in run.rows)
        short = run.model_copy(update={"rows": rows})
        ablation = fake_ablation().model_copy(update={"runs": (short,)})
        text = plain(describe_ablation(ablation, AblationChart(short, "training", 5)))
        assert "The 4 trainings of each variant are too few to test whether the changes have an effect." in text
        assert "Blue" not in str(_caption(ablation, AblationChart(short, "training", 5)))

    def test_note(self, chart: AblationChart) -> None:
        """The note is shown once for each run, as text and not as markup."""
        ablation = fake_ablation().model_copy(update={"note": "Since then *nothing* changed."})
        assert str(describe_ablation(ablation, chart)).endswith(r"Since then \*nothing\* changed.")
        other = AblationChart(ablation.runs[0], "augmentation", 5)
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
