"""Errors of one model that another corrects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report import (
    ErrorChanges,
    describe_augmentation_changes,
    describe_error_changes,
    show_error_changes,
)
from svhnlab.report.core.select import NotComputed
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain


class TestErrorChanges:
    def test_numbers(self, study: Study) -> None:
        """The bars have the numbers of the predictions."""
        before, after = study.runs["cnn"].test.wrong, study.runs["resnet18"].test.wrong
        shown = ErrorChanges.from_study(study, "cnn", "resnet18")
        frame = shown.frame()
        assert frame["errors"].sum() == before.sum()
        assert frame["corrected"].sum() == (before & ~after).sum()
        assert frame["new"].sum() == (after & ~before).sum()
        ax = shown.plot()
        remaining, corrected, new = ax.containers
        np.testing.assert_array_equal([bar.get_width() for bar in remaining], frame["errors"] - frame["corrected"])
        np.testing.assert_array_equal([bar.get_width() for bar in corrected], frame["corrected"])
        np.testing.assert_array_equal([bar.get_width() for bar in new], frame["new"])

    def test_without_causes(self, study: Study) -> None:
        """A study of an earlier version has no such figure."""
        with pytest.raises(NotComputed):
            ErrorChanges.from_study(replace(study, causes=None), "cnn", "resnet18")


class TestSentences:
    def test_numbers(self, study: Study) -> None:
        """Corrected and new errors are those of the predictions, as is their share."""
        before, after = study.runs["cnn"].test.wrong, study.runs["resnet18"].test.wrong
        both = int((before & ~after).sum())
        text = plain(describe_error_changes(study, "cnn", "resnet18"))
        assert text.startswith(f"ResNet-18 corrects {both} of the {before.sum()} errors of the two-layer CNN (")
        assert f"makes {(after & ~before).sum()} new one" in text
        assert "does not differ significantly between the causes." in text

    def test_differing_cause(self, study: Study) -> None:
        """A cause is named only if its errors are corrected significantly more or less often than the others."""
        causes = study.causes
        before = study.runs["cnn"].test.wrong
        degraded = np.zeros_like(causes.applies["degraded"])
        degraded[:, np.flatnonzero(before)[::2]] = True
        applies = {name: np.zeros_like(rule) for name, rule in causes.applies.items()} | {"degraded": degraded}
        changed = replace(study, causes=replace(causes, applies=applies))
        after = study.runs["resnet18"]
        wrong = before & degraded[0]  # only these remain
        logits = np.eye(10, dtype=np.float32)[np.where(wrong, (after.test.labels + 1) % 10, after.test.labels)]
        run = replace(after, test=replace(after.test, logits=logits))
        text = plain(
            describe_error_changes(replace(changed, runs={**changed.runs, "resnet18": run}), "cnn", "resnet18")
        )
        assert "Errors with the cause “degraded picture” (0.0%) are corrected significantly less often" in text

    def test_baseline(self) -> None:
        """With several seeds, the share that another training of the same model corrects is stated."""
        study = fake_study(seeds=2)
        run = study.runs["cnn"]
        other = study.repeats["cnn"][1]
        share = float((~other.test.wrong)[run.test.wrong].mean())
        text = plain(describe_error_changes(study, "cnn", "resnet18"))
        assert f"Another training of the two-layer CNN with another seed corrects {100 * share:.1f}% of them." in text
        once = describe_error_changes(fake_study(seeds=1), "cnn", "resnet18")
        assert "Another training" not in once

    def test_pairs_of_augmentation(self, study: Study) -> None:
        """Each model is compared with its version with augmentation."""
        text = plain(describe_augmentation_changes(study))
        for title in ("two-layer CNN", "ResNet-18"):
            assert f"{title} with augmentation corrects " in text
        assert "errors of ResNet-18 (" in text

    def test_section(self, study: Study) -> None:
        """The section appears only in a study that has both configurations."""
        text = show_error_changes(study)
        assert text.startswith("## Which errors it corrects {#sec-error-changes}")
        assert "{#fig-error-changes}" in text
        assert show_error_changes(fake_study(n_test=40, runs=("cnn", "cnn-aug"))) == ""

    def test_no_errors(self) -> None:
        """A perfect model has no errors that another could correct."""
        study = fake_study(n_test=40, noise=0.0)
        assert "makes no errors that ResNet-18 could correct." in plain(
            describe_error_changes(study, "cnn", "resnet18")
        )
