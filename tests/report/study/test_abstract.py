from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report import summarise_finding
from svhnlab.report.study.abstract import write_abstract
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import as_imported, plain


def starting_from(study: Study, kind: str) -> Study:
    """The study with another kind of initial weights for its deep models."""
    runs = {
        name: replace(run, settings={**run.settings, "start": {"kind": kind, "digest": None}})
        if name.startswith("resnet18")
        else run
        for name, run in study.runs.items()
    }
    return replace(study, runs=runs)


class TestWriteAbstract:
    def test_names_data_models_and_accuracy(self) -> None:
        """The numbers are those of the study."""
        study = fake_study()
        assert study.statistics is not None
        text = write_abstract(study)
        best = max(study.statistics.runs, key=lambda name: study.statistics.runs[name].accuracy.value)  # type: ignore[union-attr]
        value = study.statistics.runs[best].accuracy.value
        assert f"is {100 * value:.1f}%" in text
        assert "images of 10 classes (generated digits): " in text
        assert "Two-layer CNN, Two-layer CNN with augmentation, ResNet-18 and ResNet-18 with augmentation" in text
        assert "\n" not in text

    def test_findings(self) -> None:
        """Causes and the most frequent errors are stated as on the first page, without markup."""
        study = fake_study()
        text = write_abstract(study)
        assert "The most frequent cause of the " in text
        assert text.endswith(plain(summarise_finding(study)))
        assert "\\" not in text
        earlier = write_abstract(replace(study, causes=None))
        assert "most frequent cause" not in earlier
        assert "highest accuracy" in earlier

    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            ("imagenet", "weights trained on ImageNet"),
            ("generated", "weights trained on generated house-number digits"),
            ("file", "weights from a file"),
        ],
    )
    def test_fine_tuned(self, kind: str, words: str) -> None:
        """Only models that started from other weights are called fine-tuned."""
        text = write_abstract(starting_from(fake_study(), kind))
        assert f". ResNet-18 and ResNet-18 with augmentation are fine-tuned from {words}." in text

    def test_imported(self) -> None:
        """On which images imported models were trained is not known."""
        study = fake_study()
        assert "4 image classifiers trained on 1,200 images of 10 classes" in write_abstract(study)
        assert "4 image classifiers for 10 classes (generated digits): " in write_abstract(as_imported(study, "cnn"))

    def test_random_start(self) -> None:
        """If every model starts from random weights, none is fine-tuned."""
        assert "fine-tuned" not in write_abstract(starting_from(fake_study(), "random"))

    def test_nothing_trained(self) -> None:
        """A study without runs is summarised too."""
        assert "no model is trained yet" in write_abstract(fake_study(runs=()))
