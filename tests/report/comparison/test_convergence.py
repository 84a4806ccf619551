"""Remark on trainings that stopped while their validation accuracy still rose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report import (
    describe_overfitting,
    notice,
    summarise_augmentation,
    summarise_comparison,
    summarise_model,
    summarise_overview,
)
from svhnlab.report.comparison.convergence import (
    convergence_of,
    explain_convergence,
    remark_on_convergence,
    unconverged_runs,
)
from svhnlab.store.schema import RunResult, Study
from tests.report.helpers import plain, with_run


def rising(run: RunResult) -> RunResult:
    """The run, stopped after three epochs with a gain of 20 points in the last one."""
    history = tuple(
        replace(epoch, validation_accuracy=value) for epoch, value in zip(run.history[:3], (0.4, 0.6, 0.8), strict=True)
    )
    return replace(run, history=history, best_epoch=3)


@pytest.fixture
def stopped(study: Study) -> Study:
    """A study in which only ResNet-18 without augmentation has not converged."""
    return with_run(study, rising(study.runs["resnet18"]))


class TestRemarkOnConvergence:
    def test_converged(self, study: Study) -> None:
        """There is no remark if all runs have converged."""
        runs = list(study.runs.values())
        assert unconverged_runs(study, runs) == []
        assert remark_on_convergence(study, runs) == explain_convergence(study, runs) == ""
        assert "converged" not in str(notice(study))

    def test_error_by_photograph(self, stopped: Study) -> None:
        """The standard error is that of the photographs of the validation images, which is larger."""
        run = stopped.runs["resnet18"]
        rows = np.arange(len(run.validation.labels))
        wrong_class = (run.validation.predicted + 1) % 10
        labels = np.where(rows < 24, wrong_class, run.validation.predicted)
        run = replace(run, validation=replace(run.validation, labels=labels))
        joint = replace(stopped, data=replace(stopped.data, photographs={"validation": rows // 6}))
        apart = replace(stopped, data=replace(stopped.data, photographs=None))
        errors = [convergence_of(one, run).standard_error for one in (joint, apart)]
        assert errors[1] == pytest.approx(np.sqrt(0.8 * 0.2 / len(run.validation.labels)))
        assert errors[0] > 1.5 * errors[1]

    def test_one(self, stopped: Study) -> None:
        """The run is named, with its gain."""
        runs = list(stopped.runs.values())
        assert [run.name for run in unconverged_runs(stopped, runs)] == ["resnet18"]
        remark = "ResNet-18 has not converged, so its results say little about the model as such."
        assert plain(remark_on_convergence(stopped, runs)) == remark
        text = plain(explain_convergence(stopped, runs))
        assert "still rising, for ResNet-18 by 20.0 percentage points in the last epoch." in text

    def test_several(self, stopped: Study) -> None:
        """Several runs share a sentence, which starts with a capital letter."""
        both = with_run(stopped, rising(stopped.runs["cnn"]))
        text = plain(remark_on_convergence(both, list(both.runs.values())))
        assert text.startswith("The two-layer CNN and ResNet-18 have not converged, so their results")
        gains = plain(explain_convergence(both, list(both.runs.values())))
        assert gains.count("in the last epoch") == 1
        assert " and for ResNet-18 by " in gains


class TestWhereItStands:
    def test_leads(self, stopped: Study) -> None:
        """Notice and leads carry the remark; a lead only if it speaks of the run, and not on the page of the notice."""
        assert "Not converged:" in plain(notice(stopped))
        for text in (summarise_augmentation(stopped), summarise_comparison(stopped)):
            assert plain(text).endswith(
                "ResNet-18 has not converged, so its results say little about the model as such."
            )
        assert "converged" not in plain(summarise_overview(stopped))
        assert "has not converged" in plain(summarise_model(stopped, "resnet18"))
        assert "converged" not in plain(summarise_model(stopped, "cnn-aug"))

    def test_training(self, stopped: Study) -> None:
        """The section on the training says that it stopped early."""
        assert plain(describe_overfitting(stopped, "resnet18")).endswith("still rising when training stopped.")
        assert "still rising" not in plain(describe_overfitting(stopped, "cnn"))
