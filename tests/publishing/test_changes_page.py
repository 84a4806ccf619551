"""Changes between two versions: numbers against direct computation, sentences, settings, and the page."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, f1_score

from svhnlab.analysis.calibration import BINS, confidence_bins
from svhnlab.analysis.metric_registry import HEADLINE, METRICS, resample
from svhnlab.provenance.predictions import PREDICTIONS, SitePredictions, write_predictions
from svhnlab.provenance.schema import DataRecord, ResultRecord, SoftwareRecord
from svhnlab.publishing.changes_page import Pair, changes_page, compare_all
from svhnlab.publishing.metric_changes import compare_runs, same_test, sample_all
from svhnlab.publishing.settings_diff import compare_settings, facts, settings_of
from svhnlab.publishing.versions import PublishedVersion
from svhnlab.web.resources import resource_text
from tests.fixtures.published import RECIPE, made_up_predictions, made_up_provenance

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text("ab", max_size=2)
    | st.lists(st.integers(0, 3), max_size=2),
    lambda inner: st.dictionaries(st.text("abc", min_size=1, max_size=1), inner, max_size=3),
    max_leaves=8,
)


def direct(labels: NDArray[np.int64], probabilities: NDArray[np.float32], rows: NDArray[np.int64]) -> dict[str, float]:
    """Return three metrics of some rows, by scikit-learn and by the definition of the calibration error."""
    true, found = labels[rows], probabilities[rows]
    predicted, confidence = found.argmax(axis=1), found.max(axis=1).astype(np.float64)
    right = predicted == true
    bins = confidence_bins(confidence)
    gaps = [abs((right[bins == b] - confidence[bins == b]).sum()) for b in range(BINS)]
    macro = f1_score(true, predicted, labels=range(found.shape[1]), average="macro", zero_division=0)
    return {"accuracy": accuracy_score(true, predicted), "macro_f1": macro, "ece": sum(gaps) / len(rows)}


class TestSampleAll:
    def test_values_are_those_of_the_report(self) -> None:
        """The page shows the metrics stated by the versions."""
        predictions = made_up_predictions(n=300)
        (sampled,) = sample_all([predictions], 50, 0)
        sums = resample(predictions.labels, predictions.probabilities, resamples=50, seed=0)
        for run, of_one in sums.items():
            stated = of_one.estimates(HEADLINE)
            assert sampled[run].values == pytest.approx({name: estimate.value for name, estimate in stated.items()})

    def test_what_versions_share_is_computed_once(self) -> None:
        """Equal predictions on the same images are one object; other images or predictions are not."""
        one, other, third = made_up_predictions(), made_up_predictions(), made_up_predictions(images=1)
        other.probabilities["resnet18"] = made_up_predictions(seed=9).probabilities["resnet18"]
        first, second, elsewhere = sample_all([one, other, third], 20, 0)
        assert first["cnn"] is second["cnn"]
        assert first["resnet18"] is not second["resnet18"]
        assert elsewhere["cnn"] is not first["cnn"]


class TestCompareRuns:
    def test_paired_figures(self) -> None:
        """On the same images both versions are resampled together: the intervals are those of a direct computation."""
        one, other = made_up_predictions({"cnn": 0.6}, n=80), made_up_predictions({"cnn": 0.8}, n=80, seed=1)
        before, after = sample_all([one, other], 200, 5)
        (change,) = compare_runs(before, after, paired=True, seed=5)
        draws = np.random.default_rng(5).integers(0, 80, (200, 80))
        rows = [np.arange(80), *draws]
        old, new = ([direct(x.labels, x.probabilities["cnn"], r) for r in rows] for x in (one, other))
        for metric in old[0]:
            observed, *drawn = np.array([b[metric] - a[metric] for a, b in zip(old, new, strict=True)])
            low, high = np.quantile(drawn, [0.025, 0.975])
            if metric == "ece":
                low, high = 2 * observed - high, 2 * observed - low
            found = change.metrics[metric]
            assert (found.before, found.after) == pytest.approx((old[0][metric], new[0][metric]))
            assert found.difference.value == pytest.approx(observed)
            assert found.difference.limits == pytest.approx((min(low, observed), max(high, observed)))

    def test_mcnemar_with_holm(self) -> None:
        """The test counts the images that only one version gets right, corrected for the number of runs."""
        accuracies = {"cnn": 0.6, "resnet18": 0.8}
        one, other = made_up_predictions(accuracies, n=150), made_up_predictions(accuracies, n=150, seed=1)
        before, after = sample_all([one, other], 20, 0)
        changes = compare_runs(before, after, paired=True, seed=0)
        plain = []
        for change in changes:
            old, new = (x.probabilities[change.run].argmax(axis=1) == x.labels for x in (one, other))
            assert (change.only_before, change.only_after) == ((old & ~new).sum(), (new & ~old).sum())
            plain.append(binomtest(int((old & ~new).sum()), int((old != new).sum())).pvalue)
        expected = {min(plain): min(1, 2 * min(plain)), max(plain): max(*plain, min(1, 2 * min(plain)))}
        assert [change.p_value for change in changes] == pytest.approx([expected[p] for p in plain])

    def test_same_predictions(self) -> None:
        """An unchanged run has differences of exactly zero."""
        before, after = sample_all([made_up_predictions(), made_up_predictions()], 50, 0)
        for change in compare_runs(before, after, paired=True, seed=0):
            assert change.same
            assert change.p_value == 1
            assert all(found.difference.limits == (0, 0) for found in change.metrics.values())

    def test_unpaired_interval_is_that_of_independent_samples(self) -> None:
        """On different images the width follows from the variances of both samples, and there is no McNemar's test."""
        one, other = made_up_predictions({"cnn": 0.6}, n=900), made_up_predictions({"cnn": 0.8}, n=900, images=1)
        before, after = sample_all([one, other], 4000, 0)
        (change,) = compare_runs(before, after, paired=False, seed=0)
        accuracy = change.metrics["accuracy"]
        variance = sum(p * (1 - p) / 900 for p in (accuracy.before, accuracy.after))
        low, high = accuracy.difference.limits
        assert high - low == pytest.approx(2 * 1.96 * variance**0.5, rel=0.05)
        assert accuracy.difference.value == pytest.approx(accuracy.after - accuracy.before)
        assert (change.p_value, change.only_before, change.same) == (None, None, False)
        assert change.accuracy_direction == 1

    def test_interval_alone_does_not_make_a_rise(self) -> None:
        """On the same images accuracy rose or fell only where McNemar's test agrees with the interval."""
        before, after = sample_all(
            [made_up_predictions({"cnn": 0.5}, n=300), made_up_predictions({"cnn": 0.9}, n=300, seed=1)], 100, 0
        )
        (change,) = compare_runs(before, after, paired=True, seed=0)
        assert change.accuracy_direction == 1
        assert replace(change, p_value=0.06).accuracy_direction == 0
        (back,) = compare_runs(after, before, paired=True, seed=0)
        assert back.accuracy_direction == -1


class TestSameTest:
    def test_needs_images_and_labels(self) -> None:
        """Different images, or different labels of the same images, can't be paired."""
        one = made_up_predictions()
        assert same_test(one, made_up_predictions(seed=3))
        assert not same_test(one, made_up_predictions(images=1))
        assert not same_test(one, replace(one, labels=np.roll(one.labels, 1)))


class TestCompareSettings:
    def test_names_what_came_went_and_changed(self) -> None:
        """Nested settings are identified by their whole path; a setting that was null is not listed as removed."""
        before = {"seed": 0, "runs": {"cnn": {"epochs": 6, "augmentation": None, "old": [1, 2]}}}
        after = {"seed": 0, "runs": {"cnn": {"epochs": 8, "augmentation": {"cutout": 8, "inversion": True}}}}
        found = [(one.path, one.before, one.after, one.kind) for one in compare_settings(before, after)]
        assert found == [
            (("runs", "cnn", "epochs"), "6", "8", "changed"),
            (("runs", "cnn", "augmentation", "cutout"), "", "8", "added"),
            (("runs", "cnn", "augmentation", "inversion"), "", "yes", "added"),
            (("runs", "cnn", "old"), "[1, 2]", "", "removed"),
        ]

    @given(JSON)
    def test_same_settings_do_not_differ(self, value: Any) -> None:
        """Equal structures have no difference."""
        assert list(compare_settings({"x": value}, {"x": value})) == []

    @given(
        st.dictionaries(st.text("ab", min_size=1, max_size=1), JSON), st.dictionaries(st.text("ab", min_size=1), JSON)
    )
    def test_the_other_way_round(self, one: dict[str, Any], other: dict[str, Any]) -> None:
        """A setting added in one direction is removed in the other, with the same path and text."""
        mirrored = {"added": "removed", "removed": "added", "changed": "changed"}
        there = {(d.path, d.before, d.after, d.kind) for d in compare_settings(one, other)}
        back = {(d.path, d.after, d.before, mirrored[d.kind]) for d in compare_settings(other, one)}
        assert there == back


class TestSettingsOf:
    def test_settings_of_the_study_and_of_the_runs_asked_for(self) -> None:
        """Recipes are listed by run; data, split and profile (separate rows) and other runs are left out."""
        found = settings_of(made_up_provenance(made_up_predictions()), {"cnn"})
        assert found == {"seed": 0, "runs": {"cnn": RECIPE}}


class TestFacts:
    def test_changed_facts(self) -> None:
        """Data, class names, commit with its flag, and engine are compared; the rest is the same."""
        old = made_up_provenance(made_up_predictions())
        new = replace(
            old,
            engine="quarto",
            code=SoftwareRecord("svhnlab", "0.1.0", "d" * 40, True, None),
            study=replace(old.study, class_names=("zero",), data=DataRecord("SVHN", "svhn", "e" * 64)),
        )
        changed = {fact.name: fact.after for fact in facts(old, new) if not fact.same}
        assert changed == {
            "Data": "SVHN",
            "Digest of the data": "e" * 64,
            "Classes": "zero",
            "Commit": f"{'d' * 40} with uncommitted changes",
            "Report engine": "quarto",
        }

    def test_counts_results_that_were_carried_over(self) -> None:
        """Stored results are compared by key and checksum."""
        old = made_up_provenance(made_up_predictions())
        other = replace(old.results[0], checksum="9" * 64)
        (row,) = (
            fact
            for fact in facts(old, replace(old, results=(other, *old.results[1:])))
            if fact.name == "Stored results"
        )
        assert (row.before, row.after) == ("2", "2, 1 of them unchanged")


def published(folder: Path, predictions: SitePredictions, version: str, **changes: Any) -> PublishedVersion:
    """Return a version with its predictions, without pages."""
    write_predictions(predictions, folder / version / PREDICTIONS)
    return PublishedVersion(folder / version, made_up_provenance(predictions, version=version, **changes), "0" * 64)


def summary(pair: Pair) -> str:
    return " ".join(pair.summary)


class TestCompareAll:
    def test_sentences_follow_the_numbers(self, tmp_path: Path) -> None:
        """One run rose, one fell, one is unchanged, one is new, one was removed."""
        one = made_up_predictions({"cnn": 0.5, "resnet18": 0.9, "same": 0.7, "gone": 0.5}, n=600)
        other = made_up_predictions({"cnn": 0.8, "resnet18": 0.6, "same": 0.1, "new": 0.5}, n=600, seed=1)
        other.probabilities["same"] = one.probabilities["same"]
        (pair,) = compare_all([published(tmp_path, one, "1.0"), published(tmp_path, other, "1.1")])
        words = summary(pair)
        assert "on the same 600 images" in words
        assert re.search(r"Accuracy rose for Run <cnn> by [\d.]+ percentage points \(95% interval \+", words)
        assert re.search(r"Accuracy fell for Run <resnet18> by [\d.]+ percentage points \(95% interval −", words)
        assert "All predictions are identical for Run <same>." in words
        assert "Run <new> is new. Run <gone> was removed." in words
        assert "Changed: configurations" in words

    def test_no_clear_difference(self, tmp_path: Path) -> None:
        """A difference that is not significant is not stated."""
        one, other = made_up_predictions({"cnn": 0.7}), made_up_predictions({"cnn": 0.7}, seed=1)
        (pair,) = compare_all([published(tmp_path, one, "1.0"), published(tmp_path, other, "1.1")])
        assert "Accuracy does not differ significantly for Run <cnn>." in summary(pair)
        assert "rose" not in summary(pair)
        assert "fell" not in summary(pair)

    def test_says_why_images_are_not_paired(self, tmp_path: Path) -> None:
        """Different images, and different labels of the same images, are stated in words."""
        one = made_up_predictions({"cnn": 0.7})
        images = made_up_predictions({"cnn": 0.7}, images=1, n=150)
        labels = replace(one, labels=np.roll(one.labels, 1))
        versions = [published(tmp_path, p, v) for p, v in ((one, "1.0"), (images, "1.1"), (labels, "1.2"))]
        found = {pair.anchor: pair for pair in compare_all(versions)}
        assert "on different images (200 and 150)" in summary(found["1.0..1.1"])
        assert "their labels differ" in summary(found["1.0..1.2"])
        assert all(run.test == "" for pair in found.values() for run in pair.runs)

    def test_other_images_are_no_rise(self, tmp_path: Path) -> None:
        """On other images an accuracy is higher, but it did not rise."""
        one, other = made_up_predictions({"cnn": 0.5}, n=500), made_up_predictions({"cnn": 0.9}, n=500, images=1)
        (pair,) = compare_all([published(tmp_path, one, "1.0"), published(tmp_path, other, "1.1")])
        assert "Accuracy is higher for Run <cnn> by" in summary(pair)
        assert "rose" not in summary(pair)

    def test_newest_pair_first(self, tmp_path: Path) -> None:
        """Every pair is listed once, with the older version first, and the two newest at the top."""
        predictions = made_up_predictions({"cnn": 0.7})
        versions = [published(tmp_path, predictions, version) for version in ("1.9", "1.10", "2.0", "2.1")]
        assert [pair.anchor for pair in compare_all(versions)] == [
            "2.0..2.1", "1.10..2.1", "1.9..2.1", "1.10..2.0", "1.9..2.0", "1.9..1.10",
        ]  # fmt: skip

    def test_nothing_in_common(self, tmp_path: Path) -> None:
        """Versions without a common run are compared only by their inputs."""
        one, other = made_up_predictions({"cnn": 0.7}), made_up_predictions({"resnet18": 0.7})
        (pair,) = compare_all([published(tmp_path, one, "1.0"), published(tmp_path, other, "1.1")])
        assert "No configuration is in both versions." in pair.summary
        assert pair.runs == ()


class TestChangesPage:
    def test_every_pair_can_be_read_without_a_script(self, tmp_path: Path) -> None:
        """Each pair is a section with its own address; without a script none is hidden."""
        versions = [
            published(tmp_path, made_up_predictions({"cnn": 0.7}, seed=i), version)
            for i, version in enumerate(("1.0", "1.1", "1.2"))
        ]
        text = changes_page(versions)
        assert re.findall(r'<section class="pair" id="([^"]+)"', text) == ["1.1..1.2", "1.0..1.2", "1.0..1.1"]
        assert 'href="#1.0..1.2"' in text
        assert "hidden" not in re.sub(r"<(script|style)>.*?</\1>|aria-hidden", "", text, flags=re.DOTALL).replace(
            '<form class="choice" hidden>', ""
        )

    def test_shows_both_values_difference_and_interval(self, tmp_path: Path) -> None:
        """The table's numbers are those of the comparison."""
        versions = [
            published(tmp_path, made_up_predictions({"cnn": accuracy}, n=500, seed=i), version)
            for i, (version, accuracy) in enumerate((("1.0", 0.5), ("1.1", 0.9)))
        ]
        (pair,) = compare_all(versions)
        text = changes_page(versions)
        for row in pair.runs[0].rows:
            cells = f'{row.before}</td><td class="number">{row.after}</td><td class="number"><b>{row.difference}</b>'
            assert cells in text
            assert f"({row.interval})" in text

    def test_units(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only metrics in percent have differences in percentage points; each unit has its own scale."""
        monkeypatch.setitem(HEADLINE, "log_loss", METRICS["log_loss"])
        versions = [
            published(tmp_path, made_up_predictions({"cnn": accuracy}, n=100), version)
            for version, accuracy in (("1.0", 0.5), ("1.1", 0.9))
        ]
        (pair,) = compare_all(versions)
        accuracy, *_, loss = pair.runs[0].rows
        assert accuracy.before.endswith("%")
        assert re.fullmatch(r"\d\.\d{4}", loss.before)
        assert re.fullmatch(r"[+−]\d\.\d{4}", loss.difference)
        assert re.fullmatch(r"from .* percentage points for Accuracy, .* and from −.* to \+.* for Log loss", pair.scale)
        assert pair.scale in changes_page(versions)

    def test_text_from_outside_is_escaped(self, tmp_path: Path) -> None:
        """Titles, settings and names of data can't become markup."""
        evil = "<img src=x onerror=alert(1)>"

        def change(version: str) -> dict[str, Any]:
            old = made_up_provenance(made_up_predictions())
            inputs = {"recipe": {f"{evil}{version}": evil}}
            return {
                "title": evil,
                "study": replace(old.study, data=DataRecord(evil, "files", "a" * 64), class_names=(evil, version)),
                "results": tuple(ResultRecord("run", run, run, "b" * 64, inputs, {}) for run in ("cnn", "resnet18")),
            }

        versions = [
            published(tmp_path, made_up_predictions(seed=i), version, **change(version))
            for i, version in enumerate(("1.0", "1.1"))
        ]
        text = changes_page(versions)
        assert evil not in text
        assert "&lt;img src=x onerror=alert(1)&gt;" in text

    def test_one_version_alone(self, tmp_path: Path) -> None:
        """With one version there is nothing to compare, and the page states it."""
        text = changes_page([published(tmp_path, made_up_predictions(), "1.0")])
        assert "the only one so far" in text
        assert "<section" not in text
        assert "<select" not in text

    def test_colours_are_those_of_the_report(self) -> None:
        """The page's style has the colours and fonts of the report's style sheet, light and dark."""
        variable = re.compile(r"--([a-z-]+): ([^;]+);")
        report = resource_text("svhnlab.css")
        light, dark = re.search(r":root,.*?}\s*body\.quarto-dark {.*?}", report, re.DOTALL)[0].split("body.quarto-dark")  # type: ignore[index]
        own = resource_text("changes.css")
        plain, system, chosen = (
            dict(variable.findall(own[start : own.index("}", start)]))
            for start in (own.index(":root {"), own.index(":root:not(.light)"), own.index(":root.dark {"))
        )
        wanted = {name: dict(variable.findall(light))[name] for name in plain}
        assert plain == wanted
        assert system == chosen == {name: dict(variable.findall(dark))[name] for name in chosen}
