"""All statistics of a study, on synthetic runs."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from svhnlab.analysis.centroids import class_centroids
from svhnlab.analysis.metrics import evaluate
from svhnlab.analysis.neighbours import nearest_neighbours
from svhnlab.analysis.statistics import DESIGN, RunInputs, study_statistics
from svhnlab.store.schema import Evidence, Predictions
from tests.fixtures.fake_runs import fake_predictions


def made_up(names=DESIGN, n=120, k=4, labels=None, noise=2.5):
    """Runs with different noise on the same test images."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, k, n) if labels is None else labels
    runs = {}
    for i, name in enumerate(names):
        test = fake_predictions(labels, k, noise=noise / (1 + i), seed=i)
        train = fake_predictions(rng.integers(0, k, 200), k, noise=noise / (1 + i), seed=100 + i)
        validation = fake_predictions(rng.integers(0, k, 80), k, noise=noise / (1 + i), seed=200 + i)
        rows, distances = nearest_neighbours(train.features, test.features, 5)
        centroids = class_centroids(train.features, train.labels, k, ~train.wrong)
        neighbours = train.labels[rows]
        last_layer = np.random.default_rng(i).normal(size=(k, test.features.shape[1]))
        shown, maps = np.arange(3), np.full((3, 8, 8), 128, dtype=np.uint8)
        evidence = Evidence(centroids, rows, neighbours, distances, shown, maps, last_layer)
        runs[name] = RunInputs(test, validation, evidence)
    return runs, rng.integers(0, 256, (len(labels), 3, 32, 32), dtype=np.uint8)


def truth_of(runs, injected):
    """True labels of the validation and test images if these test labels are wrong."""
    first = next(iter(runs.values()))
    truth = {"validation": first.validation.labels, "test": first.test.labels.copy()}
    truth["test"][injected] = (truth["test"][injected] + 1) % 4
    return truth


@pytest.fixture(scope="module")
def design():
    """The inputs of four runs and their statistics."""
    runs, images = made_up()
    return runs, study_statistics(runs, images, truth_of(runs, [1, 2]), resamples=300, seed=5)


class TestStudyStatistics:
    def test_whole_design(self, design):
        """Four runs have metrics, six pairs and an interaction; the metrics equal those of `evaluate`."""
        runs, found = design
        assert list(found.runs) == list(DESIGN)
        assert len(found.pairs) == 6
        for name, run in runs.items():
            expected = evaluate(run.test.labels, run.test.predicted, 4)
            own = found.runs[name]
            assert own.accuracy.value == pytest.approx(expected.accuracy)
            assert own.accuracy.limits == pytest.approx(expected.accuracy_interval)
            assert own.macro_f1.value == pytest.approx(expected.macro_f1)
            assert [x.value for x in own.f1] == pytest.approx(expected.f1.tolist())
            assert [x.value for x in own.recall] == pytest.approx(expected.recall.tolist())
            assert [x.value for x in own.precision] == pytest.approx(expected.precision.tolist())
        assert found.interaction is not None
        gains = [
            found.runs[b].accuracy.value - found.runs[a].accuracy.value
            for a, b in (("cnn", "cnn-aug"), ("resnet18", "resnet18-aug"))
        ]
        assert found.interaction.difference.value == pytest.approx(gains[1] - gains[0])
        assert found.runs[found.duplicates.run].accuracy.value == max(x.accuracy.value for x in found.runs.values())
        assert found.labels.injected == 2
        assert (found.resamples, found.seed) == (300, 5)
        assert all(values.shape == (120,) for values in found.properties.values())

    def test_deferral_is_judged_by_the_truth(self, design):
        """Where the true labels are known, deferral and risk-coverage curve are judged against them."""
        runs, found = design
        truth = truth_of(runs, [1, 2])["test"]
        for name, run in runs.items():
            deferral = found.runs[name].deferral
            assert deferral.label_noise == 0
            right = run.test.predicted == truth
            assert found.runs[name].calibration.risk[-1] == pytest.approx(1 - right.mean())
            if deferral.threshold is not None:
                assert deferral.accuracy.value == right[run.test.confidence >= deferral.threshold].mean()

    def test_label_noise_of_photographs(self):
        """Where the true labels are unknown, the share of suspected labels is the label noise."""
        runs, images = made_up()
        found = study_statistics(runs, images, resamples=50)
        noise = len(found.labels.suspected) / 120
        assert {own.deferral.label_noise for own in found.runs.values()} == {noise}

    def test_plain_numbers(self, design):
        """All but the arrays can be written as JSON."""
        _, found = design
        for part in (*found.runs.values(), *found.pairs, found.interaction):
            json.dumps(asdict(part))

    def test_intervals_hold_their_values(self, design):
        """Every interval of any kind contains its value."""
        _, found = design
        estimates = [pair.accuracy for pair in found.pairs] + [pair.macro_f1 for pair in found.pairs]
        estimates += [own.recall for pair in found.pairs for own in pair.classes]
        for run in found.runs.values():
            estimates += [run.accuracy, run.macro_f1, *run.precision, *run.recall, *run.f1, run.nearest_centroid]
            estimates += [*run.metrics.values(), run.calibration.aurc, run.underconfidence, run.nearest_neighbours]
            scaling, sets, detection = run.temperature_scaling, run.prediction_sets, run.error_detection
            estimates += [*scaling.metrics.values(), *scaling.differences.values(), scaling.underconfidence]
            estimates += [sets.coverage, sets.difference, *sets.class_coverage]
            for parts in (run.brier.as_trained, run.brier.scaled, run.brier.change):
                estimates += [parts.miscalibration, parts.discrimination]
            if run.accuracy.value < 1:
                estimates += [detection.confidence, detection.margin, detection.difference]
            estimates += [part.rate for part in run.slices]
        for estimate in estimates:
            assert estimate.low <= estimate.value <= estimate.high

    def test_repeats(self):
        """All random draws depend on the seed."""
        runs, images = made_up(("cnn",))
        first, again, other = (study_statistics(runs, images, resamples=100, seed=s).runs["cnn"] for s in (1, 1, 2))
        assert repr(first) == repr(again)
        assert first.macro_f1.limits != other.macro_f1.limits

    @pytest.mark.parametrize("names", [("cnn",), ("resnet18", "cnn-aug")])
    def test_some_runs(self, names):
        """A subset of the runs is enough; the interaction needs all four."""
        runs, images = made_up(names)
        found = study_statistics(runs, images, resamples=50)
        assert found.interaction is None
        assert len(found.pairs) == len(names) - 1
        assert found.labels.injected is None

    def test_missing_parts(self, design):
        """Without validation predictions or features, what needs them is None, and the rest stays the same."""
        runs, whole = design
        test = runs["cnn"].test
        bare = RunInputs(Predictions(test.labels, test.logits, None, test.indices), None, None)
        mixed = {"cnn": bare, **{name: runs[name] for name in DESIGN[1:]}}
        images = made_up()[1]
        found = study_statistics(mixed, images, truth_of(runs, [1, 2]), resamples=300, seed=5)
        assert found.runs["cnn"].metrics == whole.runs["cnn"].metrics
        assert (found.runs["cnn"].with_features, found.runs["cnn"].with_validation) == (None, None)
        assert found.runs["resnet18"].with_features is not None
        assert found.pairs == whole.pairs
        assert np.isnan([pair.cka for pair in found.similarities if pair.first == "cnn"]).all()
        alone = study_statistics({"cnn": bare}, images, resamples=50)
        assert alone.duplicates is None

    def test_absent_class(self):
        """A class without test images has undefined metrics and raises no error."""
        runs, images = made_up(labels=np.random.default_rng(1).choice([0, 2, 3], 90))
        found = study_statistics(runs, images, truth_of(runs, [3]), resamples=50)
        assert np.isnan(found.runs["cnn"].recall[1].value)
        assert not np.isnan(found.runs["cnn"].centroid_confusion)

    def test_two_classes_without_errors(self):
        """Runs without errors do not differ significantly, and metrics of errors are undefined."""
        runs, images = made_up(k=2, noise=0.0)
        found = study_statistics(runs, images, resamples=50)
        assert found.runs["cnn"].accuracy.value == 1
        assert np.isnan(found.runs["cnn"].nearest_is_predicted.value)
        assert np.isnan(found.runs["cnn"].centroid_confusion)
        assert all(pair.p_value == 1 and pair.accuracy.value == 0 for pair in found.pairs)
        assert not any(part.underperforming for run in found.runs.values() for part in run.slices)

    def test_single_image(self):
        """A single test image is enough."""
        runs, images = made_up(labels=np.array([2]))
        found = study_statistics(runs, images, resamples=20)
        assert found.runs["cnn"].slices == ()
        assert np.isnan(found.pairs[0].minimum_detectable_difference)

    def test_refuses_other_images(self):
        """Runs on different test images cannot be compared."""
        runs, images = made_up(("cnn", "resnet18"))
        other, _ = made_up(("cnn",), labels=np.zeros(120, dtype=np.int64))
        with pytest.raises(ValueError, match="resnet18 has other test images"):
            study_statistics({"cnn": other["cnn"], "resnet18": runs["resnet18"]}, images)
        with pytest.raises(ValueError, match="no configurations"):
            study_statistics({}, images)


class TestShift:
    def shift_of(self, validation: np.ndarray) -> set[str]:
        """What validation and test images are compared by if the validation images are from these photographs."""
        runs, images = made_up(("cnn",))
        photographs = {"train": np.arange(200), "validation": validation, "test": np.arange(120)}
        train = np.random.default_rng(1).integers(0, 256, (200, 3, 32, 32), dtype=np.uint8)
        return set(study_statistics(runs, images, photographs=photographs, train_images=train, resamples=50).shift)

    def test_features(self) -> None:
        """Features are compared unless the model was trained on photographs of validation images."""
        properties = self.shift_of(np.arange(80))
        assert "all" in properties
        assert self.shift_of(np.arange(200, 280)) - properties == {"features"}
