"""Cost of the models, and accuracy against cost."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.colors import to_hex

from svhnlab.report import (
    AccuracyCost,
    CostTable,
    describe_cost,
    show_cost,
)
from svhnlab.report.core.style import THEMES
from tests.report.comparison.sentence_fixtures import study_with
from tests.report.helpers import as_imported, plain, words


class TestCost:
    def test_table(self, study):
        """Size, multiply-adds and times are those that the training recorded."""
        run = study.runs["resnet18"]
        table = CostTable.from_study(study)
        row = table.frame().iloc[2]
        assert row["seconds"] == sum(epoch.seconds for epoch in run.history)
        assert row["multiply_adds"] == run.settings["multiply_adds"]
        assert table.cells().iloc[2].tolist()[1:] == ["11.2 M", "149 M", "8", "2\u00a0min", "4,000", "44.8 MB"]
        assert "ResNet-18 (random start) 149 M" in table.alt

    def test_points(self, study):
        """Points stand at cost and accuracy, lines span the intervals, and an arrow leads to each augmented version."""
        display = AccuracyCost.from_study(study)
        ax = display.plot()
        assert ax.get_xscale() == "log"
        frame = display.frame()
        spans, points = ax.lines[::2], ax.lines[1::2]
        assert [line.get_xdata()[0] for line in points] == frame["multiply_adds"].tolist()
        assert [line.get_ydata()[0] for line in points] == frame["accuracy"].tolist()
        assert [list(line.get_ydata()) for line in spans] == frame[["lower", "upper"]].to_numpy().tolist()
        arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None) is not None]
        accuracy = frame["accuracy"]
        assert [(arrow.xyann[1], arrow.xy[1]) for arrow in arrows] == [
            (accuracy[0], accuracy[1]),
            (accuracy[2], accuracy[3]),
        ]
        assert words(ax) == ["Two-layer CNN", "with augmentation", "ResNet-18\n(random start)", "with augmentation"]

    def test_both_versions_are_told_apart(self, study):
        """Versions of equal cost are drawn side by side: the plain one to the left, hollow, the other filled."""
        ax = AccuracyCost.from_study(study, "cnn", "cnn-aug").plot()
        plain, augmented = ax.lines[1::2]
        places = [line.get_transform().transform([(line.get_xdata()[0], 0.5)])[0][0] for line in (plain, augmented)]
        assert places[0] < places[1]
        assert to_hex(plain.get_markerfacecolor()) == THEMES["light"].page
        assert to_hex(augmented.get_markerfacecolor()) != THEMES["light"].page

    def test_augmented_alone(self, study):
        """An augmented run without its plain version has its own name and no arrow."""
        ax = AccuracyCost.from_study(study, "cnn-aug").plot()
        assert words(ax) == ["Two-layer CNN with\naugmentation"]
        assert all(getattr(text, "arrow_patch", None) is None for text in ax.texts)

    def test_unknown_columns(self, study):
        """What no model has is left out."""
        table = CostTable.from_study(imported_at_cost(study, parameters=None, training_seconds=90.0), "cnn")
        assert [column.heading for column in table.columns()] == ["Run", "Training"]


def imported_at_cost(study, **cost):
    """The study with all models imported, and what is known of their cost."""
    runs = {name: replace(run, settings={**run.settings, **cost}) for name, run in as_imported(study).runs.items()}
    unknown = {"multiply_adds", "weights_bytes"}
    runs = {
        name: replace(
            run, settings={key: run.settings[key] for key in run.settings.keys() - unknown}, history=(), environment={}
        )
        for name, run in runs.items()
    }
    return replace(study, runs=runs, missing=())


class TestShowCost:
    def test_trained(self, study):
        """Trained models have sentences, figure and table; arrows are explained where there are some."""
        text = show_cost(study)
        assert "{#fig-cost}" in text
        assert "{#tbl-cost}" in text
        assert "Arrows lead from" in text
        assert "Arrows" not in show_cost(study_with({"cnn": 900, "resnet18": 800}))
        assert "{#fig-cost}" not in show_cost(study_with({"cnn": 900}))  # nothing to compare

    def test_imported(self, study):
        """Nothing is known of imports without cost; what was imported is in the table."""
        assert show_cost(imported_at_cost(study, parameters=None, training_seconds=None)).startswith(
            "What the models cost is not known"
        )
        text = show_cost(imported_at_cost(study, parameters=7, training_seconds=None))
        assert "{#tbl-cost}" in text
        assert "{#fig-cost}" not in text


class TestDescribeCost:
    def test_more_costs_more(self):
        """The most accurate model is compared with the cheapest one, with the result of the test."""
        right = {"cnn": 800, "resnet18": 900}
        text = plain(describe_cost(study_with(right, {("cnn", "resnet18"): 0.001})))
        assert "is 10.0 percentage points higher, at 12 times the multiply-adds per image and about the same" in text
        assert "not shown to improve" not in text
        assert "The higher cost is not shown to improve the accuracy" in str(describe_cost(study_with(right)))

    def test_cheapest_is_best(self):
        """If the cheapest model is the most accurate one, others are called worse only if the tests support it."""
        text = plain(
            describe_cost(study_with({"cnn": 900, "resnet18": 800, "resnet18-aug": 890}, {("cnn", "resnet18"): 0.01}))
        )
        assert "and no other model has a higher measured accuracy." in text
        assert "it is significantly more accurate than ResNet-18 (5% level)." in text
        assert "It does not differ significantly from ResNet-18 with augmentation." in text
        assert "is the cheapest model, and" in str(describe_cost(study_with({"cnn": 900, "resnet18": 800})))
        assert "is the cheapest model, and" in str(describe_cost(study_with({"cnn": 900, "resnet18": 900})))
        assert "only trained model" in str(describe_cost(study_with({"cnn": 900})))

    def test_beside_imported(self):
        """An imported model may be more accurate at a cost that is not known: the sentences are on trained models."""
        for right, sentence in (
            ({"cnn": 900, "resnet18": 800}, "is the cheapest trained model, and no other trained model has a higher"),
            ({"cnn": 800, "resnet18": 900}, "is the cheapest trained model and ResNet-18 the most accurate one"),
        ):
            study = study_with({**right, "resnet18-aug": 950})
            assert sentence in plain(describe_cost(as_imported(study, "resnet18-aug")))
