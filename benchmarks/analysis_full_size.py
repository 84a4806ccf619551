"""Time and peak memory of the analysis of a test set as large as SVHN's, without the t-SNE.

Run with `python benchmarks/analysis_full_size.py`. It makes up 26,032 test images and four runs of 512 features with
73,257 training images each, finds the nearest training images, computes all intervals and tests, and prints seconds
and the peak of resident memory. The aim is less than three minutes on two cores and less than 6 GB.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.bootstrap import resampled_sums
from svhnlab.analysis.centroids import class_centroids
from svhnlab.analysis.label_errors import review_labels
from svhnlab.analysis.neighbours import nearest_neighbours
from svhnlab.analysis.statistics import DESIGN, RunInputs, study_statistics
from svhnlab.data.image_stats import image_properties
from svhnlab.data.svhn import OFFICIAL_FILES
from svhnlab.store.schema import Predictions

N_TRAIN, N_TEST = OFFICIAL_FILES["train"].n_images, OFFICIAL_FILES["test"].n_images
FEATURES, CLASSES, RESAMPLES = 512, 10, 10_000


@contextmanager
def timed(part: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    print(f"{part:<44s}{time.perf_counter() - start:8.1f} s", flush=True)


def peak_gigabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e9 if sys.platform == "darwin" else 1e6)


def made_up(labels: NDArray[np.int64], centres: NDArray[np.float32], seed: int) -> Predictions:
    """Features around class centres and logits that are right about nine times in ten."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((len(labels), FEATURES), dtype=np.float32)
    features += centres[labels]
    logits = rng.standard_normal((len(labels), CLASSES), dtype=np.float32)
    logits[np.arange(len(labels)), labels] += 3.2
    return Predictions(labels, logits, features, np.arange(len(labels)))


def main() -> None:
    rng = np.random.default_rng(0)
    test_labels, train_labels = (rng.integers(0, CLASSES, n) for n in (N_TEST, N_TRAIN))
    images = rng.integers(0, 256, (N_TEST, 3, 32, 32), dtype=np.uint8)
    centres = rng.standard_normal((CLASSES, FEATURES), dtype=np.float32)

    whole = 0.0
    runs = {}
    for i, name in enumerate(DESIGN):
        train, test = made_up(train_labels, centres, 2 * i), made_up(test_labels, centres, 2 * i + 1)
        start = time.perf_counter()
        with timed(f"{name}: centroids"):
            centroids = class_centroids(train.features, train.labels, CLASSES, ~train.wrong)
        with timed(f"{name}: nearest training images"):
            rows, distances = nearest_neighbours(train.features, test.features)
        whole += time.perf_counter() - start
        runs[name] = RunInputs(test, centroids, rows[:, 0], distances[:, 0])
        del train
    start = time.perf_counter()
    with timed("all statistics"):
        study_statistics(runs, images, resamples=RESAMPLES)
    whole += time.perf_counter() - start
    print(f"{'whole':<44s}{whole:8.1f} s")
    print(f"{'peak memory, made-up data included':<44s}{peak_gigabytes():8.1f} GB")

    print("\nOf the statistics:")
    with timed(f"{RESAMPLES:,} resamples of one column"):
        resampled_sums({"right": rng.random((N_TEST, 1))}, RESAMPLES, seed=0)
    with timed("properties of the pictures"):
        image_properties(images)
    with timed("label quality"):
        review_labels(test_labels, [run.test.probabilities for run in runs.values()])


if __name__ == "__main__":
    main()
