"""The least change that alters whether a prediction is correct."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from svhnlab.report.core.truth import doubtful_labels
from svhnlab.report.robustness.least_change import LeastChanges
from tests.fixtures.fakes import fake_study
from tests.report.helpers import with_numbers


def test_outcomes():
    """Each pair has the stored predictions without and with the change, at the lowest severity of its corruption."""
    study = fake_study(n_test=60)
    robustness = study.robustness
    changes = LeastChanges.from_study(study)
    assert changes.broken
    for one in changes.broken:
        assert one.before == one.label != one.after
    for one in changes.repaired:
        assert one.after == one.label != one.before
    for one in (*changes.broken, *changes.repaired):
        assert not doubtful_labels(study)[one.row]
        run = next(run.name for run in study.runs.values() if run.title == one.run)
        image = np.searchsorted(robustness.rows, one.row)
        altered = robustness.predicted[run][1:, image] != robustness.predicted[run][0, image]
        assert any(
            condition.severity == one.severity
            for condition, differs in zip(robustness.conditions, altered, strict=True)
            if differs
        )


def test_figure():
    """Wide and narrow pictures have all pairs; the page has a slot for the live figure with the images' numbers."""
    study = with_numbers(fake_study(n_test=60))
    changes = LeastChanges.from_study(study)
    for display in (changes, changes.for_phone()):
        arrows = [text for ax in display.plot().axes for text in ax.texts if "→" in text.get_text()]
        assert len(arrows) == len(changes.broken) + len(changes.repaired)
    assert changes.frame()["image"].tolist() == [7 * one.row + 3 for one in (*changes.broken, *changes.repaired)]


def test_live_figure(tmp_path, monkeypatch):
    """The page names the images by their numbers."""
    monkeypatch.chdir(tmp_path)
    changes = LeastChanges.from_study(fake_study(n_test=60))
    numbers = re.search(r'class="change-explorer page-tool" data-images="([\d ]+)"', changes.markdown())[1]
    assert [int(number) for number in numbers.split()] == changes.frame()["image"].tolist()


def test_nothing_changes():
    """If no change alters a prediction, a line says so."""
    study = fake_study(n_test=40)
    old = study.robustness
    same = {name: np.repeat(predicted[:1], len(predicted), axis=0) for name, predicted in old.predicted.items()}
    changes = LeastChanges.from_study(replace(study, robustness=replace(old, predicted=same)))
    assert "No change" in changes.alt
    changes.plot()
