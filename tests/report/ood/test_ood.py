"""Confidence, scores and examples of images that show none of the classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report import Chapter, OodConfidence, OodGallery, OodTable, describe_ood, show_ood
from svhnlab.report.core.select import NotComputed
from svhnlab.report.ood.confidence import TEST
from svhnlab.report.ood.kinds import KINDS, SCORES
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import as_imported, plain


def with_kind(study: Study, kind: str, **changes) -> Study:
    """The study with other results of one kind of images in every run."""
    runs = {}
    for name, run in study.runs.items():
        assert run.ood is not None
        kinds = {**run.ood.kinds, kind: replace(run.ood.kinds[kind], **changes)}
        runs[name] = replace(run, ood=replace(run.ood, kinds=kinds))
    return replace(study, runs=runs)


class TestOodConfidence:
    def test_numbers(self, study: Study) -> None:
        """The figure has the quantiles of the confidences, of the test images first."""
        frame = OodConfidence.from_study(study).frame()
        assert list(frame["images"].unique()) == [TEST, *KINDS.values()]
        run = study.runs["cnn"]
        own = frame[frame["run"] == run.title].set_index("images")
        assert own.loc[TEST, "q50"] == pytest.approx(np.median(run.test.confidence))
        assert run.ood is not None
        assert own.loc["noise", "q95"] == pytest.approx(np.quantile(run.ood.confidence["noise"], 0.95))

    def test_artists(self, study: Study) -> None:
        """There is a dot for each model and kind, at the median."""
        display = OodConfidence.from_study(study)
        dots = [line for line in display.plot().lines if line.get_marker() != "None"]
        assert [line.get_xdata()[0] for line in dots] == pytest.approx(display.frame()["q50"].tolist())
        assert [text.get_text() for text in display.for_phone().plot().texts] == [
            kind.capitalize() for kind in display.quantiles
        ]


class TestOodTable:
    def test_rows(self, study: Study) -> None:
        """There is a row for each kind and score; the confidence has no difference from itself."""
        cells = OodTable.from_study(study, "cnn").cells()
        assert len(cells) == len(KINDS) * len(SCORES)
        assert (cells.iloc[:: len(SCORES)]["AUROC − confidence"] == "").all()
        assert OodTable.from_study(study, "cnn").frame()["kind"].nunique() == len(KINDS)


class TestOodGallery:
    def test_most_accurate_model(self, study: Study) -> None:
        """The gallery shows the answers of the most accurate model."""
        display = OodGallery.from_study(study)
        assert display.title == min(study.runs.values(), key=lambda run: run.test.wrong.sum()).title
        frame = display.frame()
        assert len(frame) == 8 * len(KINDS)
        assert (frame.groupby("images")["confidence"].diff().dropna() <= 0).all()


class TestDescribeOod:
    def test_claims_need_a_test(self, study: Study) -> None:
        """A fall of the confidence is stated only where it is significant after correction."""
        assert "falls significantly on each kind of these images in every model" in plain(describe_ood(study))
        text = plain(describe_ood(with_kind(study, "noise", p_value=0.04)))
        assert "falls significantly only on letters, empty walls and digits turned by 90°" in text

    def test_better_score(self, study: Study) -> None:
        """A score is called better only where its AUROC differs significantly in every model."""
        assert "No other score has a significantly higher AUROC than the confidence in every model." in plain(
            describe_ood(with_better(study, p_value=0.2))
        )
        assert "The energy tells noise from test images significantly better" in plain(
            describe_ood(with_better(study, p_value=1e-6))
        )

    def test_classes_that_letters_show(self) -> None:
        """Kinds that may show a class are left out."""
        study = fake_study(n_test=40, class_names=("A", "B"))
        assert list(OodConfidence.from_study(study).quantiles) == [TEST, "empty walls", "noise"]

    def test_older_results(self, study: Study) -> None:
        """A study without answers says which command computes them."""
        older = replace(study, runs={name: replace(run, ood=None) for name, run in study.runs.items()})
        with pytest.raises(NotComputed, match="out-of-distribution"):
            describe_ood(older)
        settings = {
            "profile": {"name": "demo"}, "data": {"kind": "generated"}, "split": {"protocol": "official"},
            "start": {"kind": "random"}, "seed": 0, "seeds": 1,
        }  # fmt: skip
        shown = Chapter(replace(older, settings=settings)).show(OodTable, "cnn")
        assert "Not computed yet" in str(shown)


def with_better(study: Study, p_value: float) -> Study:
    """The study in which only the energy may be better than the confidence, on noise, with this p-value."""
    for kind in KINDS:
        run = study.runs["cnn"]
        assert run.ood is not None
        scores = {
            name: replace(
                score,
                p_value=p_value if (kind, name) == ("noise", "energy") else score.p_value * 0 + 1,
                difference=replace(score.difference, value=0.1),
            )
            for name, score in run.ood.kinds[kind].scores.items()
        }
        study = with_kind(study, kind, scores=scores)
    return study


class TestShowOod:
    def test_trained(self) -> None:
        """Sentences, figures and captions stand together."""
        study = fake_study()
        text = show_ood(study)
        assert str(describe_ood(study)) in text
        assert "{#fig-ood}" in text
        assert "\n[Confidence](glossary.qmd#term-confidence) of each model" in text
        assert "{#fig-ood-gallery}" in text

    def test_imported(self) -> None:
        """Imports have no weights, which is said once."""
        study = as_imported(replace(fake_study(), missing=()))
        bare = replace(study, runs={name: replace(run, ood=None) for name, run in study.runs.items()})
        assert Chapter(bare).show(show_ood).count("imported without") == 1
