"""What the figures show: their artists hold the numbers they were made from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from svhnlab.store.schema import Centroids, Estimate, Evidence, RunResult, Study

UNDEFINED = Estimate(float("nan"), float("nan"), float("nan"))
LONG = ("cat", "$x$ & <b>", "automobile with a very long name")


def with_statistics(study: Study, **changes) -> Study:
    """The study with other statistics."""
    return replace(study, statistics=replace(study.statistics, **changes))


def with_runs(study: Study, **changes) -> Study:
    """The study with other figures in the statistics of each run."""
    return with_statistics(
        study, runs={name: replace(found, **changes) for name, found in study.statistics.runs.items()}
    )


def with_run(study: Study, run: RunResult) -> Study:
    """The study with this run in the place of the one of the same name."""
    return replace(study, runs={**study.runs, run.name: run})


def with_centroids(run: RunResult, classes: list[int]) -> RunResult:
    """The run with the centroids of these classes alone."""
    old = run.evidence.centroids
    absent = np.setdiff1d(np.arange(len(old.means)), classes)
    means, radii, counts = old.means.copy(), old.radii.copy(), old.counts.copy()
    means[absent], radii[absent], counts[absent] = np.nan, np.nan, 0
    evidence: Evidence = replace(run.evidence, centroids=Centroids(means, radii, counts))
    return replace(run, evidence=evidence)


NAMES = ("cat", "dog", "emu")


def words(ax):
    """All non-empty texts on axes."""
    return [text.get_text() for text in ax.texts if text.get_text()]
