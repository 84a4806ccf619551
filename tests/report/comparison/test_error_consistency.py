"""Agreement of the models' errors beyond chance."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sklearn.metrics import cohen_kappa_score

from svhnlab.analysis.similarity import pair_similarities
from svhnlab.report import ErrorConsistencyTable
from svhnlab.report.comparison.error_consistency import consistencies, describe_error_consistency
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.report.comparison.sentence_fixtures import base_study, repeated, run_with
from tests.report.helpers import plain, with_statistics


class TestErrorConsistencyTable:
    def test_cells(self, study: Study) -> None:
        """Every pair of models has its kappa, then the seeds of each configuration that was trained several times."""
        frame = ErrorConsistencyTable.from_study(study).frame()
        runs = study.runs
        expected = cohen_kappa_score(runs["cnn"].test.wrong, runs["cnn-aug"].test.wrong)
        assert frame["kappa"][0] == pytest.approx(expected)
        assert (frame["kappa_lower"] <= frame["kappa"]).all()
        assert (~frame["seeds"]).sum() == 6
        assert frame["seeds"].sum() == sum(len(trainings) > 1 for trainings in study.repeats.values())

    def test_single_model(self) -> None:
        """A single model that was trained once has nothing to agree with."""
        table = ErrorConsistencyTable.from_study(fake_study(n_test=20, runs=["cnn"]))
        assert len(table.cells()) == 0
        assert "no two models" in table.alt
        assert describe_error_consistency(fake_study(n_test=20, runs=["cnn"])) == ""


class TestDescribeErrorConsistency:
    def test_numbers(self) -> None:
        """100 shared errors of 200 and 100 among 1,000 images have a kappa of 0.615."""
        runs = {"cnn": run_with("cnn", 800), "resnet18": run_with("resnet18", 900)}
        base = base_study(("cnn", "resnet18"))
        similarities = pair_similarities({name: run.test for name, run in runs.items()}, 0)
        study = replace(with_statistics(base, similarities=similarities), runs=runs)
        text = plain(describe_error_consistency(study))
        assert text.startswith("Beyond chance, the errors of the two-layer CNN and ResNet-18 agree with a [kappa]")
        assert "of 0.62 (95% interval 0." in text
        assert "highest" not in text

    def test_seeds(self) -> None:
        """Two seeds of a configuration are stated beside, as the mean over all pairs of its trainings."""
        study = repeated((0.8, 0.8, 0.8), (0.9,))
        of_seeds = [each for each in consistencies(study) if each.of_seeds]
        assert [each.kappa.value for each in of_seeds] == [1.0]
        assert "Two trainings of the two-layer CNN with different seeds agree with 1.00" in plain(
            describe_error_consistency(study)
        )
