"""Analysis of a study: results computed from its stored runs, for the report.

The analyses are imported where they are computed: their libraries take as long to import as torch, and finding out that
nothing is missing needs none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from svhnlab.analysis.sampling import choose_points
from svhnlab.pipeline.evaluate import load_model
from svhnlab.pipeline.images import Images
from svhnlab.store.cached import get_or_compute
from svhnlab.store.keys import AnalysisSpec
from svhnlab.store.load import load
from svhnlab.store.save import save
from svhnlab.store.schema import Evidence, NeighbourImages, Predictions, RunPredictions
from svhnlab.store.store import ResultKey, Store, StoredResult
from svhnlab.training.predict import predict_arrays


@dataclass
class AnalysisStage:
    """Pipeline stage that computes evidence, t-SNE maps and statistics of the stored runs.

    Attributes
    ----------
    spec
        Runs, and keys of the analysis results.
    runs
        Key of each stored run, by name.
    images
        Reads the images of the study; called only if a result is missing.
    device
        Device for inference.
    say
        Called with one line for each message to the user.
    """

    spec: AnalysisSpec
    store: Store
    runs: dict[str, ResultKey]
    images: Callable[[], Images]
    device: torch.device
    say: Callable[[str], None]

    def run(self) -> None:
        """Compute the results that are not stored yet."""
        for name in self.spec.runs:
            self._get_or_compute(self.spec.evidence(name), partial(self._write_evidence, name))
            self._get_or_compute(self.spec.embedding(name), partial(self._write_embedding, name))
        if self.spec.runs:
            self._get_or_compute(self.spec.statistics, self._write_statistics)
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
    def _wrong_in_any(self) -> NDArray[np.bool_]:
        return np.any([test.wrong for test in self._test.values()], axis=0)

    @cached_property
    def _points(self) -> tuple[NDArray[np.int64], str]:
        """Test images on the maps, and the rule by which they were chosen."""
        settings = self.spec.settings
        return choose_points(
            self._labels, self._wrong_in_any, settings["points"], most=settings["most"], seed=self.spec.seed
        )

    @cached_property
    def _shown(self) -> NDArray[np.int64]:
        """Test images that the report shows one by one."""
        return np.union1d(np.flatnonzero(self._wrong_in_any), self._points[0])

    def _write_evidence(self, name: str, folder: Path) -> dict[str, Any]:
        from svhnlab.analysis.attribution import explain_errors  # noqa: PLC0415
        from svhnlab.analysis.centroids import class_centroids  # noqa: PLC0415
        from svhnlab.analysis.neighbours import nearest_neighbours  # noqa: PLC0415

        images, test = self.images(), self._test[name]
        self.say(f"{name}: nearest training images, and attributions of {test.wrong.sum():,} errors ...")
        stored, labels = self._stored(self.runs[name]), images.labels["train"]
        model, shift = load_model(stored).to(self.device), stored.json("settings.json")["recipe"]["test_shift"]
        features, logits = predict_arrays(model, images.images["train"], self.device, shift)
        centroids = class_centroids(features, labels, logits.shape[1], logits.argmax(axis=1) == labels)
        neighbours, distances = nearest_neighbours(features, test.features)
        shown = self._shown
        attribution = explain_errors(
            model, images.images["test"][shown], test.labels[shown], test.predicted[shown], self.device
        )
        last_layer = model.last_layer().cpu().numpy()
        save(Evidence(centroids, neighbours, labels[neighbours], distances, shown, attribution, last_layer), folder)
        return {"device": self.device.type}

    def _write_embedding(self, name: str, folder: Path) -> dict[str, Any]:
        from svhnlab.analysis.embedding import embed  # noqa: PLC0415

        test, (rows, rule) = self._test[name], self._points
        settings = self.spec.settings
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

    def _write_statistics(self, folder: Path) -> dict[str, Any]:
        from svhnlab.analysis.statistics import RunInputs, study_statistics  # noqa: PLC0415

        images = self.images()
        self.say(f"Confidence intervals and tests of {len(self.spec.runs)} runs, {self.spec.resamples:,} resamples ...")
        evidence = {name: load(Evidence, self._stored(self.spec.evidence(name))) for name in self.spec.runs}
        statistics = study_statistics(
            {
                name: RunInputs(
                    self._test[name],
                    run.centroids,
                    run.neighbours[:, 0],
                    run.neighbour_distances[:, 0],
                    self._predictions[name].validation,
                    run.neighbour_labels,
                    run.last_layer,
                )
                for name, run in evidence.items()
            },
            images.images["test"],
            images.true_labels,
            photographs=images.division.photographs,
            train_images=images.images["train"],
            resamples=self.spec.resamples,
            seed=self.spec.seed,
        )
        save(statistics, folder)
        neighbours = [run.neighbours[run.rows].ravel() for run in evidence.values()]
        rows = np.unique(np.concatenate([*neighbours, statistics.duplicates.train_rows]))
        save(NeighbourImages(rows, images.images["train"][rows], images.labels["train"][rows]), folder)
        return {"device": "cpu"}

    def _write_robustness(self, folder: Path) -> dict[str, Any]:
        from svhnlab.pipeline.robustness import evaluate_robustness  # noqa: PLC0415

        images, settings = self.images(), self.spec.robustness_settings
        assert settings is not None
        changes = sum(len(steps) for steps in settings["corruptions"].values())
        count = min(settings["images"], len(self._labels))
        self.say(f"Predictions on {changes} changed versions of up to {count:,} test images ...")
        result = evaluate_robustness(
            {name: load_model(self._stored(key)).to(self.device) for name, key in self.runs.items()},
            images.images["test"],
            self._labels,
            self._wrong_in_any,
            self._shown,
            settings,
            device=self.device,
            resamples=self.spec.resamples,
            seed=self.spec.seed,
            photographs=None if images.division.photographs is None else images.division.photographs["test"],
        )
        save(result, folder)
        return {"device": self.device.type}
