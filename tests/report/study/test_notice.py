"""The box at the top of a chapter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report import (
    notice,
    scope,
)
from tests.fixtures.fakes import fake_study
from tests.report.helpers import as_imported, plain


class TestNotice:
    def test_generated(self):
        """Generated digits are named as such, with profile and initial weights."""
        text = str(notice(fake_study(n_test=20, runs=["cnn", "resnet18"])))
        assert text.startswith("::: {.callout-note")
        assert "These are generated digits, not photographs" in text
        assert "Profile: demo" in text
        assert "“Random start” marks" in text
        assert "`cnn-aug` and `resnet18-aug`" in text

    def test_wrong_labels(self):
        """The share of labels that are wrong on purpose is stated for generated digits only."""
        text = str(notice(fake_study(n_test=20)))
        assert "Of the test labels, 10.0% are wrong on purpose" in text
        assert "wrong on purpose" not in str(notice(fake_study(n_test=20, kind="official")))

    @pytest.mark.parametrize(("kind", "words"), [("official", "photographs of SVHN"), ("custom", "not the official")])
    def test_other_data(self, kind, words):
        """Official and custom files are distinguished; a complete study has no missing runs."""
        text = str(notice(fake_study(n_test=20, kind=kind)))
        assert words in text
        assert "Not trained yet" not in text

    def test_imported(self):
        """The profile is that of the trainings: it is named if anything is trained."""
        study = replace(fake_study(n_test=20, kind="custom"), missing=())
        assert "rofile" not in str(notice(as_imported(study)))
        assert "Profile: demo." in str(notice(as_imported(study, "cnn")))

    def test_mime(self):
        """A cell that ends in a sentence shows it as Markdown."""
        remark = notice(fake_study(n_test=20))
        assert remark._repr_mimebundle_()["text/markdown"] == str(remark)


class TestScope:
    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            ("generated", "Generated digits, not"),
            ("official", "Photographs of SVHN"),
            ("custom", "not the official"),
        ],
    )
    def test_kind_of_data(self, kind, words):
        """A line on a page names data, profile and random weights."""
        text = plain(scope(fake_study(n_test=20, kind=kind)))
        assert words in text
        assert "; profile demo; random start; ranges are over the 4 models (" in text

    def test_imported(self):
        """A study of imports has no profile."""
        text = plain(scope(as_imported(fake_study(n_test=20, kind="custom"))))
        assert "profile" not in text
