"""Analysis of a study: results computed from its stored runs, for the report.

The analyses are imported where they are computed: their libraries take as long to import as torch, and finding out that
nothing is missing needs none of them. Only results that need the weights of a trained model import torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.sampling import choose_points
from svhnlab.image_rows import take
from svhnlab.pipeline.images import Images
from svhnlab.store.analysis_keys import EVIDENCE, AnalysisSpec
from svhnlab.store.cached import get_or_compute
from svhnlab.store.load import load, load_dynamics
from svhnlab.store.save import save
from svhnlab.store.schema import Evidence, NeighbourImages, Predictions, RunPredictions, TrainingPredictions
from svhnlab.store.store import ResultKey, Store, StoredResult

if TYPE_CHECKING:
    import torch

    from svhnlab.models.networks import Classifier
    from svhnlab.pipeline.ood import OodStage

CHECKED_ERRORS = 40  # errors of each model on which its attributions are checked


@dataclass
class AnalysisStage:
    """Pipeline stage that computes evidence, t-SNE maps and statistics of the stored runs, trained or imported.

    Attributes
    ----------
    spec
        Runs, and keys of the analysis results.
    runs
        Key of each stored run, by name.
    images
        Reads the images of the study; called only if a result is missing.
    choose_device
        Returns the device for inference; called only if a result needs the weights of a trained model.
    say
        Called with one line for each message to the user.
    """

    spec: AnalysisSpec
    store: Store
    runs: dict[str, ResultKey]
    images: Callable[[], Images]
    choose_device: Callable[[], torch.device]
    say: Callable[[str], None]
    _training_images: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]] = field(
        default_factory=dict, init=False
    )

    def run(self) -> None:
        """Compute the results that are not stored yet."""
        for name in self.spec.runs:
            if self.spec.has(name, *EVIDENCE):
                self._get_or_compute(self.spec.evidence(name), partial(self._write_evidence, name))
            if self.spec.has(name, "test_features"):
                self._get_or_compute(self.spec.embedding(name), partial(self._write_embedding, name))
            if name in self.spec.trained:
                self._get_or_compute(self.spec.attribution_check(name), partial(self._write_attribution_check, name))
                self._get_or_compute(self.spec.ood(name), partial(self._write_ood, name))
        if self.spec.runs:
            self._get_or_compute(self.spec.statistics, self._write_statistics)
        if self.spec.trained:
            self._get_or_compute(self.spec.dynamics, self._write_dynamics)
        for key in self.spec.ensemble:
            self._get_or_compute(key, self._write_ensemble)
        for key in self.spec.robustness:
            self._get_or_compute(key, self._write_robustness)

    def _get_or_compute(self, key: ResultKey, write: Callable[[Path], dict[str, Any]]) -> None:
        get_or_compute(self.store, key, write, self.say)

    def _stored(self, key: ResultKey) -> StoredResult:
        stored = self.store.find(key)
        assert stored is not None
        return stored

    @cached_property
    def _predictions(self) -> dict[str, RunPredictions]:
        return {name: load(RunPredictions, self._stored(key)) for name, key in self.runs.items()}

    @property
    def _test(self) -> dict[str, Predictions]:
        return {name: predictions.test for name, predictions in self._predictions.items()}

    @cached_property
    def _labels(self) -> NDArray[np.int64]:
        return next(iter(self._test.values())).labels

    @cached_property
    def _device(self) -> torch.device:
        return self.choose_device()

    def _model(self, name: str, *, random_weights: int | None = None) -> Classifier:
        from svhnlab.pipeline.evaluate import load_model  # noqa: PLC0415

        return load_model(self._stored(self.runs[name]), random_weights=random_weights).to(self._device)

    def _wrong_in(self, *names: str) -> NDArray[np.bool_]:
        """Return which test images any of these configurations misclassifies."""
        return np.any([self._test[name].wrong for name in names], axis=0)

    @cached_property
    def _wrong_in_any(self) -> NDArray[np.bool_]:
        return self._wrong_in(*self.runs)

    def _choose_points(self, wrong: NDArray[np.bool_]) -> tuple[NDArray[np.int64], str]:
        settings = self.spec.settings
        return choose_points(self._labels, wrong, settings["points"], most=settings["most"], seed=self.spec.seed)

    @cached_property
    def _points(self) -> tuple[NDArray[np.int64], str]:
        """Test images on the maps, and the rule by which they were chosen."""
        return self._choose_points(self._wrong_in_any)

    @cached_property
    def _shown(self) -> NDArray[np.int64]:
        """Test images that the report shows one by one."""
        return np.union1d(np.flatnonzero(self._wrong_in_any), self._points[0])

    def _predict_training_images(self, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return features and logits of the training images, which two analyses use."""
        if name not in self._training_images:
            stored = self._stored(self.runs[name])
            if name in self.spec.imported:
                train = load(TrainingPredictions, stored).train
                assert train.features is not None
                self._training_images[name] = train.features, train.logits
            else:
                from svhnlab.training.predict import predict_arrays  # noqa: PLC0415

                shift, images = stored.json("settings.json")["recipe"]["test_shift"], self.images().images["train"]
                self._training_images[name] = predict_arrays(self._model(name), images, self._device, shift)
        return self._training_images[name]

    def _write_evidence(self, name: str, folder: Path) -> dict[str, Any]:
        from svhnlab.analysis.centroids import class_centroids  # noqa: PLC0415
        from svhnlab.analysis.neighbours import nearest_neighbours  # noqa: PLC0415

        test, labels, trained = self._test[name], self.images().labels["train"], name in self.spec.trained
        attributions = f", and attributions of {test.wrong.sum():,} errors" if trained else ""
        self.say(f"{name}: nearest training images{attributions} ...")
        features, logits = self._predict_training_images(name)
        centroids = class_centroids(features, labels, logits.shape[1], logits.argmax(axis=1) == labels)
        assert test.features is not None
        neighbours, distances = nearest_neighbours(features, test.features)
        attribution, last_layer = self._explain_errors(name) if trained else (None, None)
        evidence = Evidence(centroids, neighbours, labels[neighbours], distances, self._shown, attribution, last_layer)
        save(evidence, folder)
        return {"device": self._device.type if trained else "cpu"}

    def _explain_errors(self, name: str) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Return the occlusion maps of a trained configuration, and the weights of its last layer."""
        from svhnlab.analysis.attribution import explain_errors  # noqa: PLC0415

        images, test, shown, model = self.images().images["test"], self._test[name], self._shown, self._model(name)
        maps = explain_errors(model, take(images, shown), test.labels[shown], test.predicted[shown], self._device)
        return maps, model.last_layer().cpu().numpy()

    def _write_attribution_check(self, name: str, folder: Path) -> dict[str, Any]:
        from svhnlab.analysis.attribution_check import check_attribution  # noqa: PLC0415

        images, test = self.images(), self._test[name]
        evidence = load(Evidence, self._stored(self.spec.evidence(name)))
        errors, rng = np.flatnonzero(test.wrong), np.random.default_rng(self.spec.seed)
        rows = np.sort(rng.choice(errors, min(CHECKED_ERRORS, len(errors)), replace=False))
        self.say(f"{name}: checking the attributions of {len(rows)} errors ...")
        photographs = images.division.photographs_of("test")
        assert evidence.attribution is not None
        check = check_attribution(
            self._model(name).eval(),
            self._model(name, random_weights=self.spec.seed).eval(),
            images.images["test"][rows],
            test.labels[rows],
            test.predicted[rows],
            evidence.attribution[np.searchsorted(evidence.rows, rows)],
            rows if photographs is None else photographs[rows],
            self._device,
            self.spec.seed,
        )
        save(check, folder)
        return {"device": self._device.type}

    def _write_embedding(self, name: str, folder: Path) -> dict[str, Any]:
        from svhnlab.analysis.embedding import embed  # noqa: PLC0415

        test, (rows, rule) = self._test[name], self._points
        settings = self.spec.settings
        assert test.features is not None
        self.say(f"{name}: t-SNE maps of {len(rows):,} test images ...")
        maps = embed(
            test.features,
            test.labels,
            rows,
            components=settings["components"],
            n_classes=test.logits.shape[1],
            seed=self.spec.seed,
        )
        save(replace(maps, settings={**maps.settings, "sampling": rule}), folder)
        return {"device": "cpu"}

    @cached_property
    def _ood(self) -> OodStage:
        from svhnlab.pipeline.ood import OodStage  # noqa: PLC0415

        return OodStage(self.spec.class_names, self.images, self._device, self.spec.seed)

    def _write_ood(self, name: str, folder: Path) -> dict[str, Any]:
        self.say(f"{name}: {', '.join(self._ood.kinds)} as out-of-distribution images ...")
        centroids = load(Evidence, self._stored(self.spec.evidence(name))).centroids
        return self._ood.write(self._stored(self.runs[name]), self._predictions[name], centroids, folder)

    def _write_statistics(self, folder: Path) -> dict[str, Any]:
        from svhnlab.analysis.slices import column_properties  # noqa: PLC0415
        from svhnlab.analysis.statistics import RunInputs, study_statistics  # noqa: PLC0415

        images = self.images()
        self.say(f"Confidence intervals and tests of {len(self.spec.runs)} runs, {self.spec.resamples:,} resamples ...")
        evidence = {
            name: load(Evidence, self._stored(self.spec.evidence(name)))
            for name in self.spec.runs
            if self.spec.has(name, *EVIDENCE)
        }
        statistics = study_statistics(
            {
                name: RunInputs(predictions.test, predictions.validation, evidence.get(name))
                for name, predictions in self._predictions.items()
            },
            images.shown["test"][:],
            images.true_labels,
            photographs=images.division.photographs,
            train_images=images.shown["train"],
            further_properties=column_properties(images.properties),
            resamples=self.spec.resamples,
            seed=self.spec.seed,
        )
        save(statistics, folder)
        neighbours = [run.neighbours[run.rows].ravel() for run in evidence.values()]
        if statistics.duplicates is not None:
            neighbours.append(statistics.duplicates.train_rows)
        rows = np.unique(np.concatenate([np.zeros(0, np.int64), *neighbours]))
        save(NeighbourImages(rows, images.shown["train"][rows], images.labels["train"][rows]), folder)
        return {"device": "cpu"}

    def _write_dynamics(self, folder: Path) -> dict[str, Any]:
        from svhnlab.pipeline.training_labels import TrainedRun, training_labels  # noqa: PLC0415

        images = self.images()
        self.say(f"Scores of {len(images.labels['train']):,} training labels ...")
        recorded = {name: load_dynamics(self._stored(self.runs[name])) for name in self.spec.trained}
        runs = {
            name: TrainedRun(dynamics, self._predict_training_images(name)[0], validation)
            for name, dynamics in recorded.items()
            if dynamics is not None and (validation := self._predictions[name].validation) is not None
        }
        save(training_labels(runs, images), folder)
        return {"device": self._device.type}

    def _write_ensemble(self, folder: Path) -> dict[str, Any]:
        from svhnlab.analysis.ensemble import compare_average  # noqa: PLC0415

        self.say(f"Averaging {len(self.spec.runs)} runs ...")
        average = compare_average(
            self._labels,
            {name: self._test[name].probabilities for name in self.spec.runs},
            resamples=self.spec.resamples,
            seed=self.spec.seed,
            photographs=self.images().division.photographs_of("test"),
        )
        save(average, folder)
        return {"device": "cpu"}

    def _write_robustness(self, folder: Path) -> dict[str, Any]:
        from svhnlab.pipeline.robustness import evaluate_robustness  # noqa: PLC0415

        images, settings = self.images(), self.spec.robustness_settings
        assert settings is not None
        changes = sum(len(steps) for steps in settings["corruptions"].values())
        count = min(settings["images"], len(self._labels))
        self.say(f"Predictions on {changes} changed versions of up to {count:,} test images ...")
        wrong = self._wrong_in(*self.spec.trained)
        result = evaluate_robustness(
            {name: self._model(name) for name in self.spec.trained},
            images.images["test"],
            self._labels,
            wrong,
            np.union1d(np.flatnonzero(wrong), self._choose_points(wrong)[0]),
            settings,
            device=self._device,
            resamples=self.spec.resamples,
            seed=self.spec.seed,
            photographs=images.division.photographs_of("test"),
        )
        save(result, folder)
        return {"device": self._device.type}
