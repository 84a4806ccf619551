"""The representation of displays and tables, the colours and the words."""

from __future__ import annotations

import pytest

from svhnlab.report.core.select import as_runs


class TestAsRuns:
    def test_forms(self, study):
        """One run, a mapping and a list are all accepted; nothing at all is not."""
        run = study.runs["cnn"]
        assert as_runs(run) == [run]
        assert as_runs(study.runs) == list(study.runs.values())
        assert as_runs([run]) == [run]
        with pytest.raises(ValueError, match="at least one"):
            as_runs({})
