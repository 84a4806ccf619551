"""What is computed from the stored runs of a study together, and stored for the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from svhnlab.analysis.attribution import explain_errors
from svhnlab.analysis.centroids import class_centroids
from svhnlab.analysis.embedding import embed
from svhnlab.analysis.neighbours import nearest_neighbours
from svhnlab.analysis.sampling import choose_points
from svhnlab.analysis.statistics import RunInputs, study_statistics
from svhnlab.pipeline.evaluate import load_model
from svhnlab.pipeline.images import Images
from svhnlab.store.keys import AnalysisSpec
from svhnlab.store.load import load
from svhnlab.store.save import save
from svhnlab.store.schema import Evidence, NeighbourImages, Predictions, RunPredictions
from svhnlab.store.store import ResultKey, Store, StoredResult
from svhnlab.training.predict import predict_arrays

Ensure = Callable[[ResultKey, Callable[[Path], dict[str, Any]]], StoredResult]


@dataclass
class AnalysisStage:
    """Makes evidence, maps and statistics of the stored runs.

    Attributes
    ----------
    plan
        Which runs, and the addresses of what is made from them.
    images
        Reads the images of the study; asked only where something is missing.
    device
        Where models compute.
    """

    plan: AnalysisSpec
    store: Store
    runs: dict[str, ResultKey]
    images: Callable[[], Images]
    device: torch.device
    say: Callable[[str], None]

    def make(self, ensure: Ensure) -> None:
        """Make what is missing; ``ensure`` returns a stored result, making it by the given function first."""
        for name in self.plan.runs:
            ensure(self.plan.evidence(name), partial(self._write_evidence, name))
            ensure(self.plan.embedding(name), partial(self._write_embedding, name))
        if self.plan.runs:
            ensure(self.plan.statistics, self._write_statistics)

    def _stored(self, address: ResultKey) -> StoredResult:
        stored = self.store.find(address)
        assert stored is not None
        return stored

    @cached_property
    def _test(self) -> dict[str, Predictions]:
        return {name: load(RunPredictions, self._stored(address)).test for name, address in self.runs.items()}

    @cached_property
    def _labels(self) -> NDArray[np.int64]:
        return next(iter(self._test.values())).labels

    @cached_property
    def _wrong_in_any(self) -> NDArray[np.bool_]:
        return np.any([test.wrong for test in self._test.values()], axis=0)

    @cached_property
    def _points(self) -> tuple[NDArray[np.int64], str]:
        """Test images that the maps show, and the rule by which they were chosen."""
        settings = self.plan.settings
        return choose_points(
            self._labels, self._wrong_in_any, settings["points"], most=settings["most"], seed=self.plan.seed
        )

    @cached_property
    def _shown(self) -> NDArray[np.int64]:
        """Test images that the report shows one by one."""
        return np.union1d(np.flatnonzero(self._wrong_in_any), self._points[0])

    def _write_evidence(self, name: str, folder: Path) -> dict[str, Any]:
        images, test = self.images(), self._test[name]
        self.say(f"{name}: nearest training images, and what moved it in {test.wrong.sum():,} errors ...")
        stored, labels = self._stored(self.runs[name]), images.labels["train"]
        model, shift = load_model(stored).to(self.device), stored.json("settings.json")["recipe"]["test_shift"]
        features, logits = predict_arrays(model, images.images["train"], self.device, shift)
        centroids = class_centroids(features, labels, logits.shape[1], logits.argmax(axis=1) == labels)
        neighbours, distances = nearest_neighbours(features, test.features)
        shown = self._shown
        attribution = explain_errors(
            model, images.images["test"][shown], test.labels[shown], test.predicted[shown], self.device
        )
        save(Evidence(centroids, neighbours, labels[neighbours], distances, shown, attribution), folder)
        return {"device": self.device.type}

    def _write_embedding(self, name: str, folder: Path) -> dict[str, Any]:
        test, (rows, rule) = self._test[name], self._points
        settings = self.plan.settings
        self.say(f"{name}: maps of {len(rows):,} test images ...")
        maps = embed(
            test.features,
            test.labels,
            rows,
            components=settings["components"],
            n_classes=test.logits.shape[1],
            seed=self.plan.seed,
        )
        save(replace(maps, settings={**maps.settings, "sampling": rule}), folder)
        return {"device": "cpu"}

    def _write_statistics(self, folder: Path) -> dict[str, Any]:
        images = self.images()
        self.say(f"Intervals and tests over {len(self.plan.runs)} runs, {self.plan.resamples:,} resamples ...")
        evidence = {name: load(Evidence, self._stored(self.plan.evidence(name))) for name in self.plan.runs}
        found = study_statistics(
            {
                name: RunInputs(
                    self._test[name], known.centroids, known.neighbours[:, 0], known.neighbour_distances[:, 0]
                )
                for name, known in evidence.items()
            },
            images.images["test"],
            images.planted if images.planted_known else None,
            resamples=self.plan.resamples,
            seed=self.plan.seed,
        )
        save(found, folder)
        beside = [known.neighbours[known.rows] for known in evidence.values()]
        rows = np.unique(np.concatenate([*(near.ravel() for near in beside), found.duplicates.train_rows]))
        save(NeighbourImages(rows, images.images["train"][rows], images.labels["train"][rows]), folder)
        return {"device": "cpu"}
