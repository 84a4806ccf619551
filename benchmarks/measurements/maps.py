"""Time and quality of t-SNE: svhnlab against the defaults of scikit-learn and openTSNE, on the same points."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.fresh_process import in_fresh_process
from benchmarks.schema import MapMaker, Maps, Sample
from benchmarks.settings import Settings
from svhnlab.store.environment import version_of

FEATURES, CLASSES, NEIGHBOURS, PERPLEXITY = 512, 10, 15, 30.0
MAKERS = ("svhnlab", "scikit-learn", "scikit-learn 3-D", "openTSNE")


def measure(settings: Settings) -> Maps:
    """Compute maps with every implementation in turns, each in a fresh process."""
    points = 120 if settings.quick else 1_000
    absent = {} if version_of("openTSNE") else {"openTSNE": "the package is not installed (dependency group bench)"}
    seconds: dict[tuple[str, int], list[float]] = {}
    about: dict[tuple[str, int], dict[str, Any]] = {}
    for repetition in range(1, settings.repetitions + 1):
        for maker in (maker for maker in MAKERS if maker not in absent):
            settings.say(f"  {maker}, repetition {repetition} of {settings.repetitions}")
            for found in in_fresh_process("benchmarks.measurements.maps:make", maker=maker, points=points):
                key = found["title"], found["dimensions"]
                seconds.setdefault(key, []).append(found.pop("seconds"))
                about[key] = found
    return Maps(
        points=points,
        features=FEATURES,
        components=50,
        perplexity=PERPLEXITY,
        makers=tuple(MapMaker(**about[key], seconds=Sample(values=tuple(seconds[key]))) for key in about),
        absent=absent,
    )


def synthetic_features(points: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return features clustered around class centres, like those of a trained network, and the labels."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((CLASSES, FEATURES)) * np.geomspace(2, 0.1, FEATURES)
    labels = rng.integers(0, CLASSES, points)
    noise = rng.standard_normal((points, FEATURES)) * np.geomspace(1.5, 0.05, FEATURES)
    return np.maximum(centres[labels] + noise, 0).astype(np.float32), labels


def make(maker: str, points: int) -> list[dict[str, Any]]:
    """Compute the maps of one implementation; one record for each number of dimensions."""
    from sklearn.decomposition import PCA  # noqa: PLC0415
    from sklearn.manifold import TSNE, trustworthiness  # noqa: PLC0415

    features, labels = synthetic_features(points)
    if maker == "svhnlab":
        return _ours(features, labels)
    reduced = PCA(50, svd_solver="full").fit_transform(features.astype(np.float64))

    def record(how: str, dimensions: int, run: Callable[[], tuple[Any, float]]) -> dict[str, Any]:
        started = time.perf_counter()
        coordinates, divergence = run()
        seconds = time.perf_counter() - started
        return {
            "title": maker.removesuffix(" 3-D"),
            "version": version_of(maker.removesuffix(" 3-D")),
            "how": how,
            "dimensions": dimensions,
            "maps": 1,
            "seconds": seconds,
            "kl_divergence": divergence,
            "trustworthiness": float(trustworthiness(features, coordinates, n_neighbors=NEIGHBOURS)),
        }

    if maker == "openTSNE":
        import openTSNE  # noqa: PLC0415

        def by_open() -> tuple[Any, float]:
            made = openTSNE.TSNE(perplexity=PERPLEXITY, n_jobs=-1, random_state=0).fit(reduced)
            return np.asarray(made), float(made.kl_divergence)

        return [record("default settings, all cores", 2, by_open)]
    dimensions = 3 if maker.endswith("3-D") else 2

    def by_sklearn() -> tuple[Any, float]:
        tsne = TSNE(dimensions, perplexity=PERPLEXITY, random_state=0, n_jobs=-1)
        return tsne.fit_transform(reduced), float(tsne.kl_divergence_)

    return [record("default settings, all cores", dimensions, by_sklearn)]


def _ours(features: NDArray[np.float32], labels: NDArray[np.int64]) -> list[dict[str, Any]]:
    from svhnlab.analysis.embedding import embed  # noqa: PLC0415

    started = time.perf_counter()
    maps = embed(features, labels, np.arange(len(labels)), seed=0, n_classes=CLASSES)
    seconds = time.perf_counter() - started
    return [
        {
            "title": "svhnlab",
            "version": None,
            "how": "two 2-D and two 3-D maps, one per core at a time, with PCA and all scores; the time of all four",
            "dimensions": dimensions,
            "maps": 4,
            "seconds": seconds,
            "kl_divergence": maps.scores[which].kl_divergence,
            "trustworthiness": maps.scores[which].trustworthiness,
        }
        for which, dimensions in (("planar", 2), ("spatial", 3))
    ]
