"""What the pages show about why images go wrong: distances, calibration, segments, labels and duplicates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from svhnlab.analysis.centroids import centroid_separation
from svhnlab.analysis.metrics import share_estimate
from svhnlab.report.calibration.reliability import CalibrationTable, ReliabilityDiagram, describe_calibration
from svhnlab.report.calibration.risk_coverage import RiskCoverage, describe_deferral
from svhnlab.report.causes.label_errors import LabelQualityFigure, SuspectedLabels, describe_label
from svhnlab.report.causes.properties import PropertyExamples
from svhnlab.report.causes.slices import ErrorRateBySlice, UnderperformingSlices, describe_slices
from svhnlab.report.core.marks import run_marks
from svhnlab.report.core.select import pairs_that_differ_in_one_factor
from svhnlab.report.core.style import THEMES, contrast_ratio
from svhnlab.report.core.text import interval, number, percent, shortened
from svhnlab.report.data.duplicates import NearDuplicates, describe_duplicates
from svhnlab.report.features.centroid_confusion import CentroidConfusion, describe_centroid_confusion
from svhnlab.report.features.centroid_distances import CentroidDistances, CentroidTable, describe_centroid
from svhnlab.report.features.centroids import summarise
from svhnlab.report.features.margins import MarginDistributions, describe_margin
from svhnlab.report.features.nearest_centroid import NearestCentroidTable, describe_nearest_centroid
from svhnlab.report.features.paired_margins import MarginPair, PairedMargins, describe_paired_margin, margin_pairs
from svhnlab.store.schema import Centroids, Estimate, Evidence, NeighbourImages, RunResult, Study
from tests.fixtures.fakes import TITLES, fake_run, fake_study

UNDEFINED = Estimate(float("nan"), float("nan"), float("nan"))
LONG = ("cat", "$x$ & <b>", "automobile with a very long name")


@pytest.fixture(scope="module")
def study() -> Study:
    return fake_study(n_test=200)


def words(ax):
    """All non-empty texts on axes."""
    return [text.get_text() for text in ax.texts if text.get_text()]


def with_statistics(study: Study, **changes) -> Study:
    """The study with other statistics."""
    return replace(study, statistics=replace(study.statistics, **changes))


def with_runs(study: Study, **changes) -> Study:
    """The study with other figures in the statistics of each run."""
    return with_statistics(
        study, runs={name: replace(found, **changes) for name, found in study.statistics.runs.items()}
    )


def with_centroids(run: RunResult, classes: list[int]) -> RunResult:
    """The run with the centroids of these classes alone."""
    old = run.evidence.centroids
    absent = np.setdiff1d(np.arange(len(old.means)), classes)
    means, radii, counts = old.means.copy(), old.radii.copy(), old.counts.copy()
    means[absent], radii[absent], counts[absent] = np.nan, np.nan, 0
    evidence: Evidence = replace(run.evidence, centroids=Centroids(means, radii, counts))
    return replace(run, evidence=evidence)


def every_display(study: Study) -> list:
    """One of each display."""
    return [
        CentroidDistances.from_results(study),
        CentroidDistances.from_results(study, scale_free=False),
        CentroidTable.from_results(study),
        NearestCentroidTable.from_results(study),
        MarginDistributions.from_results(study),
        PairedMargins.from_results(study),
        CentroidConfusion.from_results(study, "cnn"),
        ReliabilityDiagram.from_results(study),
        RiskCoverage.from_results(study),
        CalibrationTable.from_results(study),
        ErrorRateBySlice.from_results(study),
        UnderperformingSlices.from_results(study),
        PropertyExamples.from_results(study),
        SuspectedLabels.from_results(study),
        LabelQualityFigure.from_results(study),
        NearDuplicates.from_results(study),
    ]


COMMENTS = [
    describe_centroid,
    describe_margin,
    describe_paired_margin,
    describe_centroid_confusion,
    describe_nearest_centroid,
    describe_calibration,
    describe_deferral,
    describe_slices,
    describe_label,
    describe_duplicates,
]


def study_of(case: str) -> Study:
    """A study that is hard to show."""
    if case == "one run":
        return fake_study(n_test=40, runs=["cnn"])
    if case == "three runs, long names":
        return fake_study(n_test=40, runs=["cnn", "cnn-aug", "resnet18"], class_names=LONG)
    if case == "no errors":
        perfect = fake_study(n_test=40, runs=["cnn", "cnn-aug"], noise=0.0)
        nothing = {"nearest_is_predicted": UNDEFINED, "centroid_confusion": np.nan, "centroid_confusion_p": np.nan}
        return with_runs(perfect, **nothing, slices=())
    found = fake_study(n_test=40, runs=["cnn", "resnet18"], kind="official")
    found = replace(found, runs={name: with_centroids(run, []) for name, run in found.runs.items()})
    labels = replace(found.statistics.labels, suspected=np.array([], dtype=np.int64))
    none = np.array([], dtype=np.int64)
    duplicates = replace(
        found.statistics.duplicates, test_rows=none, train_rows=none, distances=none.astype(np.float32)
    )
    return with_statistics(found, labels=labels, duplicates=duplicates)


class TestEveryDisplay:
    @pytest.mark.parametrize("case", ["one run", "three runs, long names", "no errors", "nothing found"])
    def test_hard_cases(self, case):
        """Whatever is missing, each display draws, says so in words, and shows no undefined number."""
        hard = study_of(case)
        for display in every_display(hard):
            assert isinstance(display.frame(), pd.DataFrame)
            assert len(display.alt) > 20
            assert "nan" not in display.alt.lower().split()
            if hasattr(display, "plot"):
                display.plot()
            else:
                assert len(display.cells())
        for comment in COMMENTS:
            text = str(comment(hard))
            assert text.endswith(".")
            assert not {"nan", "nan%", "inf"} & set(text.lower().replace("(", "").replace(")", "").split())

    def test_nothing_stored(self):
        """Without evidence or statistics each display and sentence says that they are missing."""
        bare = fake_study(n_test=20, runs=["cnn"], with_embedding=False)
        makers = [type(display).from_results for display in every_display(fake_study(n_test=20, runs=["cnn"]))]
        for make in [*makers, *COMMENTS]:
            arguments = ("cnn",) if make == CentroidConfusion.from_results else ()
            with pytest.raises(ValueError, match=r"stored|has"):
                make(bare, *arguments)

    def test_runs_without_evidence_are_passed_over(self, study):
        """A run without centroids is left out where others have them."""
        runs = {**study.runs, "cnn": replace(study.runs["cnn"], evidence=None)}
        titles = [summary.title for summary in CentroidDistances.from_results(runs).summaries]
        assert titles == [run.title for name, run in study.runs.items() if name != "cnn"]

    def test_named_runs(self, study):
        """A display of a study can be had for some of its runs."""
        assert [run.title for run in ReliabilityDiagram.from_results(study, "cnn-aug").runs] == [TITLES["cnn-aug"]]
        assert TITLES["resnet18"] not in str(describe_centroid(study, "cnn"))


class TestRunMarks:
    @pytest.mark.parametrize("theme", list(THEMES.values()), ids=list(THEMES))
    def test_told_apart(self, theme):
        """Runs differ in more than the hue, and each stands out from the page."""
        marks = run_marks(list(TITLES), theme)
        assert len({(mark.marker, mark.filled) for mark in marks}) == len(TITLES)
        assert len({(mark.colour, mark.line) for mark in marks}) == len(TITLES)
        assert all(contrast_ratio(mark.colour, theme.page) >= 4.5 for mark in marks)

    def test_same_look_in_every_figure(self):
        """A run that is shown without its partner keeps the line that tells whether it was augmented."""
        (mark,) = run_marks(["resnet18-aug"], THEMES["light"])
        assert (mark.line, mark.filled) == ("-", True)


class TestNeighbouringPairs:
    def test_one_difference(self, study):
        """Pairs differ in the model or in the augmentation, not in both, unless there is no other pair."""
        pairs = [(one.name, other.name) for one, other in pairs_that_differ_in_one_factor(list(study.runs.values()))]
        assert pairs == [
            ("cnn", "cnn-aug"),
            ("cnn", "resnet18"),
            ("cnn-aug", "resnet18-aug"),
            ("resnet18", "resnet18-aug"),
        ]
        assert len(pairs_that_differ_in_one_factor([study.runs["cnn"], study.runs["resnet18-aug"]])) == 1
        assert pairs_that_differ_in_one_factor([study.runs["cnn"]]) == []


class TestCentroidDistances:
    def test_far_errors_stay_on_their_side(self, study):
        """An error beyond the axes is drawn on the edge, on its own side of the diagonal."""
        run = study.runs["cnn"]
        row = np.flatnonzero(run.test.wrong)[0]
        features = run.test.features.copy()
        features[row] *= 100
        far = replace(run, test=replace(run.test, features=features))
        display = CentroidDistances.from_results(far)
        ax = display.plot().axes[0]
        x, y = np.asarray(ax.collections[-1].get_offsets()).T
        top = ax.get_xlim()[1]
        assert len(x) == run.test.wrong.sum()
        assert max(x.max(), y.max()) == pytest.approx(top)
        frame = display.frame()
        np.testing.assert_array_equal(np.sign(x - y), np.sign(frame["to_true"] - frame["to_predicted"]))
        assert frame["to_true"].max() > 10 * top

    def test_rank(self):
        """The rank of the true class counts the centroids that are nearer."""
        run = fake_run(n_test=30, n_classes=4)
        summary = summarise(run, scale_free=True)
        order = np.argsort(summary.distances.to_all, axis=1)
        expected = [1 + list(own).index(label) for own, label in zip(order, run.test.labels, strict=True)]
        assert summary.rank_of_true.tolist() == expected
        cells = CentroidTable.from_results(run).cells()
        assert cells["Median rank of true"].iloc[1] == f"{np.median(summary.rank_of_true[run.test.wrong]):g}"


class TestCentroidComment:
    def test_shares(self, study):
        """One run has its share with the interval, several have the range of their shares."""
        shares = [summarise(run, scale_free=True).nearer_to_predicted for run in study.runs.values()]
        text = str(describe_centroid(study))
        assert f"{percent(min(shares))} to {percent(max(shares))} of the errors, by model" in text
        text = str(describe_centroid(study, "cnn"))
        assert f"{percent(shares[0])} (95% interval" in text
        assert "by model" not in text
        assert "makes no error" in str(describe_centroid(fake_run(noise=0.0, n_test=30)))

    @pytest.mark.parametrize(
        ("shift", "verdict"),
        [(-1, "wrong class already in the features"), (1, "still lie with the true class"), (0, "do not settle")],
    )
    def test_verdict(self, shift, verdict):
        """Most is said only where the interval of the share lies on one side of a half."""
        run = fake_run(n_test=400, noise=3.0)
        test, means = run.test, run.evidence.centroids.means
        features = test.features.copy()
        own = np.where(np.arange(len(features)) % 2, test.labels, test.predicted)
        own = {-1: test.predicted, 1: test.labels, 0: own}[shift]
        features[:] = means[own]
        moved = replace(run, test=replace(test, features=features))
        assert verdict in str(describe_centroid(moved))

    def test_errors_without_centroid_are_told(self):
        """Errors that can't be placed, as their class has no centroid, are counted and not passed over."""
        run = fake_run(n_test=200)
        text = str(describe_centroid(with_centroids(run, [0, 1, 2])))
        assert "are left out" in text
        text = str(describe_centroid(with_centroids(run, [])))
        assert f"None of the {run.test.wrong.sum()} errors" in text
        assert "no error" not in text
        assert "no centroid" in text


class TestMarginComment:
    def test_shares(self, study):
        """The shares are those of the table behind the figure; those of one run have their Wilson intervals."""
        frame = MarginDistributions.from_results(study, "cnn").frame()
        text = str(describe_margin(study, "cnn"))
        for share, images in zip(frame["nearest_to_own"], frame["images"], strict=True):
            limits = share_estimate(round(share * images), images).limits
            assert f"{percent(share)} (95% interval {interval(limits)})" in text
        shares = MarginDistributions.from_results(study).frame()["nearest_to_own"]
        text = str(describe_margin(study))
        assert percent(shares.min()) in text
        assert percent(shares.max()) in text
        assert "In all 4 runs the 95% intervals of the two shares lie apart" in text

    def test_overlap(self):
        """Without a difference none is claimed."""
        run = fake_run(n_test=200)
        features = np.tile(run.evidence.centroids.means[0], (200, 1)).astype(np.float32)
        labels = np.zeros(200, dtype=np.int64)
        same = replace(run, test=replace(run.test, features=features, labels=labels))
        assert "not shown to tell errors" in str(describe_margin(same))

    def test_other_way_round(self):
        """Intervals that lie apart with the wrong images at home are not called an overlap."""
        run = fake_run(n_test=400, noise=3.0)
        wrong = run.test.wrong
        own = np.where(wrong, run.test.labels, (run.test.labels + 1) % 10)
        moved = replace(run, test=replace(run.test, features=run.evidence.centroids.means[own].astype(np.float32)))
        text = str(describe_margin(moved))
        assert "the share of the wrong images is the higher one" in text
        assert "overlap" not in text


def pair_of(before, after):
    """Two runs of which the first errs on every image and the second on none."""
    size = len(before)
    return MarginPair(
        "A", "B", np.asarray(before, float), np.asarray(after, float), np.ones(size, bool), np.zeros(size, bool)
    )


class TestPairedMargins:
    def test_sides(self):
        """Images that change to the side of their own class and away from it are counted, undefined ones not."""
        pair = pair_of([0.5, 0.2, -0.3, 0.4, np.nan], [-0.1, -0.2, 0.2, 0.3, -1.0])
        assert (pair.shown.sum(), pair.moved_in, pair.moved_out) == (4, 2, 1)
        ax = PairedMargins([pair]).plot().axes[0]
        assert words(ax) == ["2 reach\ntheir own class", "1 leave\ntheir own class"]

    def test_points(self, study):
        """Every image that either run gets wrong is drawn once, at its margin in both."""
        pair = margin_pairs(study)[0]
        ax = PairedMargins.from_results(study).plot().axes[0]
        offsets = np.concatenate([np.asarray(group.get_offsets()) for group in ax.collections[-3:]])
        assert len(offsets) == pair.shown.sum()
        wrong = study.runs["cnn"].test.wrong | study.runs["cnn-aug"].test.wrong
        assert pair.shown.sum() == wrong.sum()
        assert len({panel.get_xlim() for panel in PairedMargins.from_results(study).plot().axes}) == 1

    def test_frame(self, study):
        """The data name each image of a run once, though a run belongs to several pairs."""
        frame = PairedMargins.from_results(study).frame()
        assert not frame.duplicated(["run", "row"]).any()
        pair = margin_pairs(study)[0]
        own = frame[frame["run"] == pair.first].set_index("row")["margin"]
        np.testing.assert_array_equal(own[np.flatnonzero(pair.shown)], pair.before[pair.shown])

    def test_one_run(self):
        """A single run makes an empty figure that says so."""
        display = PairedMargins.from_results(fake_run(n_test=20))
        assert words(display.plot().axes[0]) == ["Fewer than two runs: nothing to pair"]
        assert "Fewer than two" in display.alt

    def test_other_images(self):
        """Runs that were tested on different images are not paired."""
        one, other = fake_run(n_test=20), fake_run("resnet18", n_test=30)
        with pytest.raises(ValueError, match="different images"):
            PairedMargins.from_results([one, other])

    @pytest.mark.parametrize(
        ("stay", "move", "verdict"),
        [
            (20, 40, "More images reach the side of their own class than leave it from A to B (40 against 0"),
            (40, 0, "The test does not support a difference from A to B (0 against 0, p\xa0=\xa01.000)"),
            (0, 3, "The test does not support a difference from A to B (3 against 0, p\xa0=\xa00.250)"),
        ],
    )
    def test_comment(self, monkeypatch, stay, move, verdict):
        """More is said only where McNemar's test supports it."""
        pair = pair_of([1.0] * (stay + move), [1.0] * stay + [-1.0] * move)
        monkeypatch.setattr("svhnlab.report.features.paired_margins.margin_pairs", lambda *_: [pair])
        assert verdict in str(describe_paired_margin([]))


class TestCentroidConfusion:
    def test_cells(self, study):
        """Left are the distances of the centroids, right the shares of confusions; the diagonals are blank."""
        run = study.runs["cnn"]
        display = CentroidConfusion.from_results(study, "cnn")
        left, right = display.plot().axes
        separation = centroid_separation(run.evidence.centroids)
        assert words(left)[0] == number(separation[0, 1], 1)
        assert len(words(left)) == 90
        frame = display.frame()
        assert len(frame) == 90
        assert len(words(right)) == (frame["confusion_share"] > 0).sum()
        mesh = left.collections[0].get_array()
        assert np.ma.getmaskarray(mesh).diagonal().all()
        # strong colour is close
        closest = np.nanargmin(display.separation)
        assert mesh.ravel()[closest] == 1
        assert "Rank correlation −0.45, p\xa0=\xa00.002" in display.alt

    @pytest.mark.parametrize("theme", list(THEMES))
    def test_text_contrast(self, study, theme):
        """Words in cells can be read on the colour of their cell, in every theme."""
        for ax in CentroidConfusion.from_results(study, "cnn").plot(theme=theme).axes:
            mesh = ax.collections[0]
            colours = mesh.to_rgba(mesh.get_array().ravel())
            for text in ax.texts:
                x, y = text.get_position()
                assert contrast_ratio(text.get_color(), to_hex(colours[int(y) * 10 + int(x)])) >= 4.5

    @pytest.mark.parametrize(
        ("correlation", "p", "verdict"),
        [
            (-0.5, 0.01, "more often the closer their centroids lie"),
            (0.5, 0.01, "the farther apart"),
            (-0.5, 0.2, "not shown"),
            (np.nan, np.nan, "it is undefined"),
        ],
    )
    def test_comment(self, study, correlation, p, verdict):
        """The direction is named only where the permutation test supports it."""
        changed = with_runs(study, centroid_confusion=correlation, centroid_confusion_p=p)
        assert verdict in str(describe_centroid_confusion(changed))


class TestNearestCentroid:
    def test_cells(self, study):
        """Both accuracies and the share of the errors stand with their intervals."""
        cells = NearestCentroidTable.from_results(study).cells()
        found = study.statistics.runs["cnn"]
        assert cells["Nearest centroid"].iloc[0].startswith(percent(found.nearest_centroid.value))
        assert cells["Errors nearest to predicted"].iloc[0].startswith("70.0% (65.0")
        text = str(describe_nearest_centroid(study, "cnn"))
        assert f"{percent(found.nearest_centroid.value)} (95% interval" in text
        assert f"where the last layer gets {percent(found.accuracy.value)}" in text
        assert "by model" in str(describe_nearest_centroid(study))
        assert "by Euclidean distance" in text


class TestReliabilityDiagram:
    def test_points(self, study):
        """Points stand at mean confidence and accuracy of the bins that have images, lines span the intervals."""
        bins = study.statistics.runs["cnn"].calibration.bins
        empty = replace(bins[0], images=0, confidence=float("nan"), accuracy=UNDEFINED)
        calibration = replace(study.statistics.runs["cnn"].calibration, bins=(empty, *bins[1:]))
        display = ReliabilityDiagram.from_results(with_runs(study, calibration=calibration))
        ax = display.plot().axes[0]
        points = ax.lines[-1]
        assert list(points.get_xdata()) == [part.confidence for part in bins[1:]]
        assert list(points.get_ydata()) == [part.accuracy.value for part in bins[1:]]
        spans = [tuple(segment[:, 1]) for segment in ax.collections[1].get_segments()]
        assert spans == [part.accuracy.limits for part in bins[1:]]
        assert words(ax) == ["ECE 0.050\n(0.040–0.060)"]
        assert "0.050 (95% interval 0.040 to 0.060)" in display.alt

    def test_histogram(self, study):
        """Below stands the share of the images in each bin."""
        display = ReliabilityDiagram.from_results(study, "cnn")
        _, histogram = display.plot().axes
        assert histogram.patches[0].get_data().values.tolist() == pytest.approx([20 / 200] * 15)

    @pytest.mark.parametrize(
        ("accuracy", "verdict"),
        [(0.9, "right more often"), (0.1, "right less often"), (0.5, "not shown to be too sure")],
    )
    def test_comment(self, study, accuracy, verdict):
        """The side is named only where the mean confidence lies outside the interval of the accuracy."""
        found = with_runs(study, accuracy=Estimate(accuracy, accuracy - 0.02, accuracy + 0.02))
        # the made-up bins hold 300 images, of mean confidence one half
        found = replace(found, runs={name: fake_run(name, n_test=300) for name in found.runs})
        text = str(describe_calibration(found))
        assert verdict in text
        assert "5.0 percentage points on average, by model" in text
        assert "5.0 percentage points on average (95% interval 4.0 to 6.0)" in str(describe_calibration(found, "cnn"))


class TestRiskCoverage:
    def test_curves(self, study):
        """Lines hold the stored curves; a mark stands where the target is reached."""
        display = RiskCoverage.from_results(study)
        ax = display.plot()
        stored = study.statistics.runs["cnn"].calibration
        curves = [line for line in ax.lines if len(line.get_xdata()) == len(stored.coverage)]
        assert tuple(curves[0].get_ydata()) == stored.risk
        marks = [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 1]
        assert marks == pytest.approx([0.69] * 4)
        assert "31.0% (62 images)" in display.alt

    def test_never_and_always(self, study):
        """A run that needs no help, and one that no help saves, are told as such and have no mark or one at the end."""
        for rate, told, marks in ((1.0, "on no rest", 0), (0.0, "without handing over", 4)):
            calibration = replace(study.statistics.runs["cnn"].calibration, deferral_rate=rate)
            found = with_runs(study, calibration=calibration)
            assert told in str(describe_deferral(found))
            ax = RiskCoverage.from_results(found).plot()
            assert sum(len(line.get_xdata()) == 1 for line in ax.lines) == marks

    def test_draws_on_given_axes(self, study):
        """The curves can be drawn onto axes that are there."""
        ax = Figure().add_subplot()
        assert RiskCoverage.from_results(study).plot(ax) is ax


class TestCalibrationTable:
    def test_cells(self, study):
        """Each figure stands with its interval; images to hand over as share and count."""
        row = CalibrationTable.from_results(study).cells().iloc[0]
        assert row["ECE"] == "0.050 (0.040–0.060)"
        assert row["Log loss"] == "0.600 (0.580–0.620)"
        assert row["Hand over for 99%"] == "31.0% (62)"


class TestErrorRateBySegment:
    def test_points(self, study):
        """Each run has a point for each segment at its share of errors; weak ones alone are ringed."""
        display = ErrorRateBySlice.from_results(study, "cnn")
        figure = display.plot()
        titles = [ax.get_title("left") for ax in figure.axes if ax.get_title("left")]
        assert titles == ["Brightness", "Contrast", "Sharpness", "Saturation", "Edges at the sides"]
        own = [part for part in study.statistics.runs["cnn"].slices if part.name == "brightness"]
        ax = figure.axes[0]
        assert list(ax.lines[0].get_ydata()) == [part.rate.value for part in own]
        assert np.asarray(ax.collections[-1].get_offsets())[:, 1].tolist() == [own[4].rate.value]
        assert [label.get_text() for label in ax.get_xticklabels()] == ["0.00", "0.20", "0.40", "0.60", "0.80", "1.00"]
        assert "5 of 25 segments are weak" in display.alt

    def test_fewer_segments(self, study):
        """Properties may have fewer segments than five, one or none."""
        parts = study.statistics.runs["cnn"].slices
        few = with_runs(study, slices=(parts[0], *parts[5:8]))
        figure = ErrorRateBySlice.from_results(few).plot()
        assert len(figure.axes[0].get_xticks()) == 2
        assert len(figure.axes[1].get_xticks()) == 4


class TestWeakSegments:
    def test_cells(self, study):
        """Weak segments are listed, those farthest above the rest first, with range, interval and adjusted p."""
        cells = UnderperformingSlices.from_results(study).cells()
        assert len(cells) == 20
        assert set(cells["Range"]) == {"0.80 to 1.00", "800 to 1,000"}
        frame = UnderperformingSlices.from_results(study).frame()
        assert (np.diff(frame["rate"] - frame["rest"]) <= 0).all()

    def test_none(self, study):
        """Where no segment is weak, table and sentence say so, with the number that was tried."""
        calm = with_runs(
            study, slices=tuple(replace(part, underperforming=False) for part in study.statistics.runs["cnn"].slices)
        )
        table = UnderperformingSlices.from_results(calm)
        assert table.cells()["Run"].tolist() == ["none of 100 segments"]
        assert len(table.frame()) == 0
        text = str(describe_slices(calm))
        assert text.startswith("100 segments were tried")
        assert "None is weak" in text
        assert "does not prove" in text


class TestSegmentsComment:
    def test_grouped(self, study):
        """Segments that are weak in every run are told once, with the weakest run, and the rest is counted."""
        text = str(describe_slices(study))
        assert "Holm’s correction for all of them together" in text
        assert text.count("for all 4 runs") == 3
        assert "8 more stand in the table" in text

    def test_one_run(self, study):
        """With one run named, the correction still counts what was tried in all."""
        text = str(describe_slices(study, "cnn"))
        assert text.startswith("100 segments")
        assert "5 are weak" in text
        assert "all 1 runs" not in text


class TestPropertyExamples:
    def test_ends(self, study):
        """Left stand images with low values, right with high ones, in ascending order."""
        display = PropertyExamples.from_results(study)
        values = study.statistics.properties["contrast"]
        shown = display.values["contrast"]
        assert (np.diff(shown) >= 0).all()
        assert shown[0] == values.min()
        assert shown[-1] == values.max()
        canvas = np.asarray(display.plot().images[0].get_array())
        image = study.data.test_images[display.rows["brightness"][0]]
        left = round(display.label * 34) + 1
        np.testing.assert_array_equal(canvas[1:33, left : left + 32, :3], np.moveaxis(image, 0, -1))


class TestSuspectedLabels:
    def test_words(self, study):
        """Below each image stand given label, suggestion and score, the worst first, and what is known."""
        review, data = study.statistics.labels, study.data
        display = SuspectedLabels.from_results(study, n_images=3)
        row = review.suspected[0]
        assert display.rows.tolist() == review.suspected[:3].tolist()
        shown = words(display.plot())
        assert shown[0] == f"label {data.test_labels[row]}"
        assert shown[1] == f"rather {review.suggested[row]}"
        assert shown[2].startswith("score ")
        assert shown[3] == ("known wrong" if row in data.injected else "label is right")
        assert f"3 test images of {len(review.suspected)}" in display.alt
        assert "the class with the highest mean probability over the runs" in display.alt

    def test_photographs(self):
        """Where nothing is known, nothing is said to be known."""
        shown = words(SuspectedLabels.from_results(fake_study(n_test=40, kind="official")).plot())
        assert not any("known" in word or "right" in word for word in shown)

    def test_long_names(self):
        """A long class name is cut, so that it keeps to its image."""
        assert shortened("automobile", 9) == "automobi…"
        assert shortened("cat", 9) == "cat"
        shown = words(SuspectedLabels.from_results(fake_study(n_test=40, class_names=LONG)).plot())
        assert all(len(word) <= 16 for word in shown)


class TestLabelQualityFigure:
    def test_rows(self, study):
        """Each group has a row with its number; bars count the scores."""
        display = LabelQualityFigure.from_results(study)
        axes = display.plot().axes
        assert [ax.get_title("left") for ax in axes] == ["Not suspected: 188", "Suspected: 12", "Known to be wrong: 2"]
        assert [int(ax.patches[0].get_data().values.sum()) for ax in axes] == [188, 12, 2]
        photographs = LabelQualityFigure.from_results(fake_study(n_test=40, kind="official"))
        assert len(photographs.plot().axes) == 2


class TestLabelComment:
    def test_generated(self, study):
        """On generated digits the truth is known: precision and recall with intervals, and average precision."""
        text = str(describe_label(study))
        assert "12 of 200 test labels are suspected" in text
        assert "a precision of 8.3% (95% interval 1.5% to 35.4%) and a recall of 50.0% (1 of 2, 9.5% to 90.5%)" in text
        assert "average precision of 0.25; by chance it would be about 0.010" in text

    def test_photographs(self):
        """On photographs nobody knows: the sentence says so and claims nothing."""
        text = str(describe_label(fake_study(n_test=40, kind="official")))
        assert "is not known" in text
        assert "precision" not in text

    def test_none(self, study):
        """No suspected label, and no planted one."""
        none = np.array([], dtype=np.int64)
        found = with_statistics(study, labels=replace(study.statistics.labels, suspected=none, true_positives=0))
        assert "none of 200 test labels is suspected" in str(describe_label(found))
        clean = replace(study.statistics.labels, injected=0, true_positives=0, average_precision=float("nan"))
        assert "false alarm" in str(describe_label(with_statistics(study, labels=clean)))


class TestNearDuplicates:
    def test_pairs(self, study):
        """The test image stands at the left of its training image, with both labels; other labels are marked."""
        display = NearDuplicates.from_results(study)
        known = study.neighbour_images
        at = np.searchsorted(known.rows, 11)
        np.testing.assert_array_equal(display.train_images[0], known.images[at])
        ax = display.plot()
        canvas = np.asarray(ax.images[0].get_array())
        np.testing.assert_array_equal(canvas[1:33, 35:67, :3], np.moveaxis(known.images[at], 0, -1))
        one, other = study.data.test_labels[3], known.labels[at]
        assert words(ax)[:3] == [f"test {one}", f"train {other}", "distance 0.00"]
        weight = "normal" if one == other else "bold"
        assert ax.texts[0].get_fontweight() == weight

    def test_missing_training_image(self, study):
        """A pair whose training image is not stored is passed over and counted."""
        images = study.neighbour_images
        keep = images.rows != 11
        fewer = NeighbourImages(images.rows[keep], images.images[keep], images.labels[keep])
        display = NearDuplicates.from_results(replace(study, neighbour_images=fewer))
        assert display.passed_over == 1
        assert display.frame()["train_row"].tolist() == [2]
        assert "1 pair of 2" in display.alt

    def test_comment(self, study):
        """The sentence gives the rule, the count and those that are exactly alike."""
        text = str(describe_duplicates(study))
        assert "closer than 0.10 feature units, which is 0.13 times the median" in text
        assert "2 of 200 test images are (1.00%), 1 of them with exactly the same features" in text
