"""Discussion of the results."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report import discuss
from svhnlab.report.core.select import NotComputed
from svhnlab.report.core.text import count_with_verb
from svhnlab.report.core.truth import doubtful_labels
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain, with_runs


class TestRemainingErrors:
    def test_parts_add_up(self, study: Study) -> None:
        """Doubtful labels, errors of every model and the others make up the errors of the most accurate model."""
        wrong = np.stack([run.test.wrong for run in study.runs.values()])
        best, doubtful = wrong[wrong.sum(axis=1).argmin()], doubtful_labels(study)
        everywhere = wrong.all(axis=0)
        shared = int((everywhere & ~doubtful).sum())
        others = int(best.sum()) - int((best & doubtful).sum()) - shared
        text = plain(discuss(study))
        assert f"the most accurate model, makes {best.sum()} error" in text
        assert f"Of these, {(best & doubtful).sum()} (" in text
        assert f"{count_with_verb(shared)} misclassified by every model" in text
        assert f"and {count_with_verb(others)} classified correctly by another one." in text
        assert f"an accuracy of {100 * (1 - everywhere.mean()):.1f}%." in text

    def test_single_model(self) -> None:
        """A single model is not compared."""
        text = plain(discuss(fake_study(n_test=60, runs=("cnn",))))
        assert "The two-layer CNN, the only model, makes " in text
        assert "another one" not in text

    def test_no_statistics(self, study: Study) -> None:
        """Nothing is discussed without tests."""
        with pytest.raises(NotComputed):
            discuss(replace(study, statistics=None))


class TestObservationAndExperiment:
    def test_experiments(self, study: Study) -> None:
        """Only interventions that the study has are named."""
        text = plain(discuss(study))
        assert "not what causes them" in text
        assert "Only changes of the test images and trainings without and with augmentation" in text
        single = plain(discuss(replace(fake_study(n_test=60, runs=("cnn",)), robustness=None, without_suspects=None)))
        assert "not what causes them" in single
        assert "change one thing" not in single

    @pytest.mark.parametrize(("lowered", "affected"), [(True, "all 4 models"), (False, "none of the 4 models")])
    def test_agreement(self, study: Study, lowered: bool, affected: str) -> None:
        """Where images are misclassified more often and can be made so, both results stand side by side."""
        slices = tuple(
            replace(part, underperforming=part.name == "sharpness" and place == 0)
            for place, part in enumerate(
                sorted(study.statistics.runs["cnn"].slices, key=lambda part: (part.name != "sharpness", part.lower))
            )
        )
        robustness = study.robustness
        last = robustness.corruptions["blur"][-1]
        results = {
            name: replace(
                result,
                interventions=tuple(
                    replace(one, p_adjusted=0.001 if lowered and i == last else 1.0)
                    for i, one in enumerate(result.interventions)
                ),
                accuracy=tuple(
                    replace(one, value=result.unchanged.value - 0.1) if i == last else one
                    for i, one in enumerate(result.accuracy)
                ),
            )
            for name, result in robustness.runs.items()
        }
        changed = replace(with_runs(study, slices=slices), robustness=replace(robustness, runs=results))
        assert (
            "On blurred images, all 4 models make significantly more errors; under Gaussian blur of the highest "
            f"severity, the accuracy of {affected} is significantly lower" in plain(discuss(changed))
        )

    def test_same_counts(self, study: Study) -> None:
        """A second kind of images with the same counts is added in a few words."""
        slices = study.statistics.runs["cnn"].slices
        lowest = {name: min(part.lower for part in slices if part.name == name) for name in ("sharpness", "contrast")}
        changed = tuple(replace(part, underperforming=lowest.get(part.name) == part.lower) for part in slices)
        text = plain(discuss(with_runs(study, slices=changed)))
        assert text.count("make significantly more errors; under") == 1
        assert "The same holds for blurred images and Gaussian blur." in text
