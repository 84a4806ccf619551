"""Helpers shared by the tests of several figures and sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from svhnlab.analysis.causes import NAMES as CAUSE_NAMES
from svhnlab.report import Display
from svhnlab.report.core.display import freeze_layout
from svhnlab.report.core.style import theme_context
from svhnlab.store.schema import Centroids, Evidence, RunResult, Study
from tests.fixtures.fakes import fake_study

_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
LONG = ("cat", "$x$ & <b>", "automobile with a very long name")


def with_statistics(study: Study, **changes) -> Study:
    """The study with other statistics."""
    return replace(study, statistics=replace(study.statistics, **changes))


def with_runs(study: Study, **changes) -> Study:
    """The study with other values in the statistics of each run."""
    return with_statistics(
        study, runs={name: replace(found, **changes) for name, found in study.statistics.runs.items()}
    )


def as_imported(study: Study, *names: str) -> Study:
    """The study with the named configurations, by default all, as if their predictions were imported."""
    runs = {
        name: replace(run, settings={key: value for key, value in run.settings.items() if key != "recipe"})
        for name, run in study.runs.items()
        if name in names or not names
    }
    return replace(study, runs={**study.runs, **runs})


def with_predictions(labels: list[int], predicted: list[int], class_names: Sequence[str]) -> Study:
    """A study of the configuration "cnn" with these true and predicted classes of its test images."""
    study = fake_study(n_test=len(labels), runs=("cnn",), class_names=class_names, with_embedding=False)
    run = study.runs["cnn"]
    logits = np.eye(len(class_names), dtype=np.float32)[predicted]
    test = replace(run.test, labels=np.asarray(labels), logits=logits)
    return replace(study, runs={"cnn": replace(run, test=test)})


def with_settings(study: Study, configuration: str, **changes: Any) -> Study:
    """The study with other settings of one run."""
    run = study.runs[configuration]
    changed = replace(run, settings={**run.settings, **changes})
    return replace(study, runs={**study.runs, configuration: changed})


def with_run(study: Study, run: RunResult) -> Study:
    """The study with this run instead of the one with the same name."""
    return replace(study, runs={**study.runs, run.name: run})


def with_numbers(study: Study) -> Study:
    """The study with images that are every seventh of their file, from number 3 on."""
    indices = {split: 7 * rows + 3 for split, rows in study.data.indices.items()}
    return replace(study, data=replace(study.data, indices=indices))


def with_every_cause(study: Study) -> Study:
    """The study of photographs with every cause among the errors of each configuration, and with unexplained errors."""
    assert study.causes is not None
    assert study.statistics is not None
    codes = np.arange(len(study.data.test_labels)) // len(study.class_names) % len(CAUSE_NAMES)
    applies = {
        name: np.tile(codes == CAUSE_NAMES.index(name), (len(study.causes.runs), 1)) for name in study.causes.applies
    }
    labels = replace(study.statistics.labels, suspected=np.flatnonzero(codes == CAUSE_NAMES.index("wrong-label")))
    return with_statistics(replace(study, causes=replace(study.causes, applies=applies)), labels=labels)


def with_centroids(run: RunResult, classes: list[int]) -> RunResult:
    """The run with only the centroids of these classes."""
    old = run.evidence.centroids
    absent = np.setdiff1d(np.arange(len(old.means)), classes)
    means, radii, counts = old.means.copy(), old.radii.copy(), old.counts.copy()
    means[absent], radii[absent], counts[absent] = np.nan, np.nan, 0
    evidence: Evidence = replace(run.evidence, centroids=Centroids(means, radii, counts, old.covariance))
    return replace(run, evidence=evidence)


def plain(markdown: object) -> str:
    """Markdown without its escapes, as the page shows it."""
    return _ESCAPE.sub(r"\1", str(markdown))


NAMES = ("cat", "dog", "emu")


def words(ax):
    """All non-empty texts on axes."""
    return [text.get_text() for text in ax.texts if text.get_text()]


class TextRenderer(RendererSVG):
    """A renderer that measures texts as in an SVG, and draws nothing."""

    def draw_path(self, *args: Any, **options: Any) -> None:
        """Draw nothing."""

    draw_markers = draw_path_collection = draw_quad_mesh = draw_image = draw_path


def drawn_texts(display: Display) -> list[tuple[Text, Bbox]]:
    """All texts that a figure draws in the light theme, each with its box in points."""
    texts: list[tuple[Text, Bbox]] = []

    def record(text: Text, renderer: TextRenderer) -> None:
        if text.get_visible() and text.get_text().strip():
            texts.append((text, text.get_window_extent(renderer)))

    with theme_context("light") as theme, pytest.MonkeyPatch.context() as patch:
        figure = Figure(figsize=display.size, layout=display.layout, dpi=72)
        display.draw(figure, theme)
        freeze_layout(figure)
        patch.setattr(Text, "draw", record)
        figure.draw(TextRenderer(*figure.bbox.size, StringIO()))
    return texts


def misplaced_texts(display: Display, texts: list[tuple[Text, Bbox]]) -> list[str]:
    """Describe texts that leave the figure or overlap by more than the space below the letters of a line."""
    width, height = (72 * side for side in display.size)
    faults = []
    for i, (text, box) in enumerate(texts):
        if box.x0 < -0.5 or box.y0 < -0.5 or box.x1 > width + 0.5 or box.y1 > height + 0.5:
            faults.append(f"{text.get_text()!r} leaves the figure")
        for other, around in texts[:i]:
            common = Bbox.intersection(box, around)
            if text.get_rotation() % 90 and other.get_rotation() % 90:
                continue  # slanted names: their boxes overlap, although they do not
            smaller = min(text.get_fontsize(), other.get_fontsize())
            if common is not None and common.width > 0.5 and common.height > 0.5 * smaller:
                faults.append(f"{text.get_text()!r} overlaps {other.get_text()!r}")
    return faults
