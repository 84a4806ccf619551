"""Data, settings and version of the study on the first page."""

from __future__ import annotations

from dataclasses import replace

from svhnlab.config.citation_file import report_citation
from svhnlab.report import (
    study_facts,
    version_facts,
)
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.fixtures.paths import ROOT
from tests.report.helpers import as_imported, plain


class TestLanding:
    def test_facts(self, study: Study) -> None:
        """Data and training of the first page are those of the study."""
        text = str(study_facts(study))
        assert "Generated digits (digest `aaaaaaaaaaaa`): 800 training, 66 validation and 200 test images in 10" in text
        assert "each model was trained once" in text
        repeated = fake_study(n_test=20, seeds=3)
        assert "each model was trained 3 times" in str(study_facts(repeated))
        fewer = replace(repeated, repeats={**repeated.repeats, "cnn": repeated.repeats["cnn"][:2]})
        assert "each model was trained 2 to 3 times" in str(study_facts(fewer))

    def test_imported(self, study: Study) -> None:
        """How often imported models were trained is not known."""
        text = plain(study_facts(as_imported(study)))
        assert "Models. The predictions of all models were imported." in text.replace("*", "")
        assert "rofile" not in text
        assert "trained once" not in text
        text = plain(study_facts(as_imported(study, "cnn")))
        assert "trained once, except that the predictions of Two-layer CNN were imported." in text

    def test_version(self) -> None:
        """The version is that of the citation."""
        assert report_citation(ROOT).date in str(version_facts(ROOT))
