"""The most confused pairs of classes: a map of their images, the images between them, and what occlusion shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from svhnlab.analysis.class_pairs import confused_in_both_directions, project_pair
from svhnlab.report.comparison.accuracy import evaluate_run
from svhnlab.report.core.display import Display
from svhnlab.report.core.names import short_names
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import NotComputed, known_only, runs_of
from svhnlab.report.core.style import SMALL, TITLE, Theme, class_colours, draw_placeholder
from svhnlab.report.core.text import listing, quantity, signed_number
from svhnlab.report.core.truth import doubtful_labels
from svhnlab.store.schema import Evidence, RunResult, Study

PAIRS = 3
BETWEEN = 8  # images between two classes
MOST_POINTS = 250  # correctly classified images of each class on a map
LONGEST_NAME = 12
LONGEST_ON_PHONES = 8  # letters beside a mean map
BELOW_IMAGE, BELOW_IMAGE_ON_PHONES = 7, 5  # letters of a name that fit below an image
SHORT = 6  # letters of two names that fit on one line beside a mean map
#: Colours of the regions that support the predicted and the true class, as on the cards.
PREDICTED, TRUE = "#ff6a00", "#0080ff"


@dataclass(frozen=True)
class MeanMap:
    """Mean occlusion map of the images of one class that are predicted as the other.

    Attributes
    ----------
    images
        Number of images.
    values
        Mean of their maps, from -1 (supports the true class) to 1 (supports the predicted one), shape (S, S).
    """

    images: int
    values: NDArray[np.float64]


@dataclass(frozen=True)
class ClassPair:
    """One pair of classes.

    Attributes
    ----------
    first, second
        The classes; images of the first are more often predicted as the second than vice versa.
    points
        Position of the test images of both classes on the map, shape (M, 2): logit of the second minus logit of the
        first class, and the first principal component of the rest.
    labels, wrong
        True class of each, and whether it is misclassified, shape (M,).
    between
        Images of both classes in even steps of the margin, from the median of the first class to that of the second,
        sorted by the margin: uint8, shape (B, 3, 32, 32). Labels that are suspected or known to be wrong are left out.
    between_labels, between_margins
        Their true classes and margins, shape (B,).
    maps
        Mean occlusion maps of the first class predicted as the second, and of the second predicted as the first.
    """

    first: int
    second: int
    points: NDArray[np.float64]
    labels: NDArray[np.int64]
    wrong: NDArray[np.bool_]
    between: NDArray[np.uint8]
    between_labels: NDArray[np.int64]
    between_margins: NDArray[np.float64]
    maps: tuple[MeanMap, MeanMap]

    @property
    def confusions(self) -> int:
        """Number of images of either class that are predicted as the other."""
        return sum(one.images for one in self.maps)


Place = tuple[float, float, float, float]  # left, distance from the top of the pair, width and height in inches


class Places(NamedTuple):
    """Places of the parts of one pair."""

    height: float
    points: Place
    between: Place
    maps: tuple[Place, Place]


# Three pairs fit on half a page of the PDF with their caption, and on the screen of a phone.
ON_PAGES = Places(
    1.8, (0.075, 0.3, 2.775, 1.02), (3.15, 0.24, 4.3125, 0.87), ((3.225, 1.14, 0.62, 0.62), (5.4, 1.14, 0.62, 0.62))
)
ON_PHONES = Places(
    2.77, (0.08, 0.3, 1.98, 1.13), (0.04, 1.93, 3.65, 0.74), ((2.2, 0.32, 0.6, 0.6), (2.2, 1.06, 0.6, 0.6))
)


@dataclass(frozen=True)
class ConfusedClasses(Display):
    """The three most confused pairs of one model, a row for each: map, images between the two, mean occlusion maps."""

    layout = None
    same_rasters = True  # colours of classes and of the two directions

    pairs: tuple[ClassPair, ...]
    class_names: tuple[str, ...]

    @classmethod
    def from_study(cls, study: Study, configuration: str) -> ConfusedClasses:
        """Select the pairs of one configuration; ``NotComputed`` if it has no occlusion maps."""
        (run,) = runs_of(study, configuration)
        if run.evidence is None or run.evidence.attribution is None:
            raise NotComputed(f"the occlusion maps of {run.name} are not computed yet")
        evidence, sound = run.evidence, ~doubtful_labels(study)
        pairs = confused_in_both_directions(evaluate_run(run).confusion, PAIRS)
        return cls(tuple(_pair(study, run, evidence, sound, *pair) for pair in pairs), study.class_names)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, (self._places.height * len(self.pairs) + 0.1 if self.pairs else 0.6)

    @property
    def _places(self) -> Places:
        return ON_PHONES if self.narrow else ON_PAGES

    @property
    def alt(self) -> str:
        """Each pair with its number of confusions in both directions."""
        if not self.pairs:
            return "No classes are confused."
        parts = [
            f"{self.class_names[pair.first]} and {self.class_names[pair.second]} "
            f"({pair.maps[0].images} and {pair.maps[1].images} images)"
            for pair in self.pairs
        ]
        return (
            f"The {quantity(len(self.pairs), 'most confused pair')} of classes, with the images between the two and "
            f"the mean occlusion maps: {listing(parts)}."
        )

    def frame(self) -> pd.DataFrame:
        """Return the points of the maps, one row for each pair and image."""
        names = np.asarray(self.class_names)
        columns = ["first", "second", "label", "margin", "component", "wrong"]
        frames = [
            pd.DataFrame(
                {
                    "first": names[pair.first],
                    "second": names[pair.second],
                    "label": names[pair.labels],
                    "margin": pair.points[:, 0],
                    "component": pair.points[:, 1],
                    "wrong": pair.wrong,
                }
            )
            for pair in self.pairs
        ]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a row for each pair: the map, and beside it or below the images above the mean maps."""
        if not self.pairs:
            draw_placeholder(figure.add_subplot(), "No classes are confused", theme)
            return
        colours = class_colours(len(self.class_names))
        width, height = self.size
        places = self._places
        for row, pair in enumerate(self.pairs):
            top = height - places.height * row
            classes = [self.class_names[k] for k in (pair.first, pair.second)]
            one, two = short_names(classes, LONGEST_ON_PHONES if self.narrow else LONGEST_NAME)
            below_image = short_names(classes, BELOW_IMAGE_ON_PHONES if self.narrow else BELOW_IMAGE)
            captions = dict(zip((pair.first, pair.second), below_image, strict=True))

            def add_axes(place: Place, top: float = top) -> Axes:
                left, below, wide, high = place
                return figure.add_axes((left / width, (top - below - high) / height, wide / width, high / height))

            title = f"{one} and {two}: {quantity(pair.confusions, 'confusion')}"
            figure.text(0.005, (top - 0.22) / height, title, fontsize=TITLE, fontweight="bold", color=theme.text)
            shades = (colours[pair.first], colours[pair.second])
            points = add_axes(places.points)
            _draw_points(points, pair, shades, theme)
            axis = "  margin  " if self.narrow else "   margin in logits   "
            points.set_xlabel(f"← {one} {axis} {two} →", fontsize=SMALL + 0.5, labelpad=2)
            _draw_between(add_axes(places.between), pair, captions, theme)
            between = "\n" if len(one + two) > SHORT else " "
            pairs = (f"{one}{between}→ {two}", f"{two}{between}→ {one}")
            for place, mean, title in zip(places.maps, pair.maps, pairs, strict=True):
                _draw_mean_map(add_axes(place), mean, theme)
                left, below, wide, _ = place
                words: dict[str, Any] = {"va": "top", "fontsize": SMALL + 0.5, "linespacing": 1.15}
                x, y = (left + wide + 0.07) / width, top - below - 0.03
                figure.text(x, y / height, title, fontweight="bold", color=theme.text, **words)
                lines = 1 + title.count("\n")
                figure.text(x, (y - 0.2 * lines) / height, quantity(mean.images, "image"), color=theme.muted, **words)


def runs_with_maps(study: Study) -> list[RunResult]:
    """Return all runs that have occlusion maps; ``NotComputed`` if there are none."""
    found = ((run, None if run.imported else run.evidence) for run in runs_of(study))
    return [run for run, _ in known_only(found, "weights", "occlusion maps")]


def _pair(
    study: Study, run: RunResult, evidence: Evidence, sound: NDArray[np.bool_], first: int, second: int
) -> ClassPair:
    test = run.test
    assert test.features is not None
    of_pair = np.isin(test.labels, (first, second))
    margin = (test.logits[:, second] - test.logits[:, first]).astype(np.float64)
    confused = [(test.labels == i) & (test.predicted == j) for i, j in ((first, second), (second, first))]
    shown = [np.flatnonzero(of_pair & test.wrong)]
    for k in (first, second):
        right = np.flatnonzero((test.labels == k) & ~test.wrong)
        shown.append(right[:: max(1, -(-len(right) // MOST_POINTS))])
    rows = np.sort(np.concatenate(shown))
    between = _between(margin, test.labels, np.flatnonzero(of_pair & sound), (first, second))
    return ClassPair(
        first,
        second,
        project_pair(test.features[rows], margin[rows]),
        test.labels[rows],
        test.wrong[rows],
        study.data.test_images[between],
        test.labels[between],
        margin[between],
        (_mean_map(evidence, confused[0]), _mean_map(evidence, confused[1])),
    )


def _between(
    margin: NDArray[np.float64], labels: NDArray[np.int64], rows: NDArray[np.int64], classes: tuple[int, int]
) -> NDArray[np.int64]:
    """Return the rows whose margins are nearest to even steps from the median of one class to that of the other."""
    start, stop = (float(np.median(margin[labels == k])) for k in classes)
    left, chosen = list(rows), []
    for target in np.linspace(start, stop, min(BETWEEN, len(rows))):
        nearest = min(left, key=lambda row: abs(margin[row] - target))
        left.remove(nearest)
        chosen.append(nearest)
    found = np.array(chosen, dtype=np.int64)
    return found[np.argsort(margin[found], kind="stable")]


def _mean_map(evidence: Evidence, selected: NDArray[np.bool_]) -> MeanMap:
    assert evidence.attribution is not None
    maps = evidence.attribution[selected[evidence.rows]].astype(np.float64)
    side = evidence.attribution.shape[-1]
    return MeanMap(len(maps), (maps.mean(axis=0) - 128) / 127 if len(maps) else np.zeros((side, side)))


def _draw_points(ax: Axes, pair: ClassPair, colours: tuple[str, str], theme: Theme) -> None:
    """Draw the images of both classes, errors as crosses; the dashed line is the boundary between the two."""
    ax.axvline(0, color=theme.line, linewidth=0.8, linestyle=(0, (3, 2)))
    for k, colour in zip((pair.first, pair.second), colours, strict=True):
        x, y = pair.points[(pair.labels == k) & ~pair.wrong].T
        ax.scatter(x, y, s=7, color=colour, linewidths=0, alpha=0.7, rasterized=True)
        x, y = pair.points[(pair.labels == k) & pair.wrong].T
        ax.scatter(x, y, s=18, color=colour, marker="x", linewidths=1.1, rasterized=True)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.margins(0.03, 0.05)


def _draw_between(ax: Axes, pair: ClassPair, names: Mapping[int, str], theme: Theme) -> None:
    """Draw the images between the two classes, with true class and margin below each."""
    step = 1.6
    place_images(ax, list(pair.between), [(column, 0.0) for column in range(len(pair.between))], BETWEEN, step)
    words: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": SMALL}
    for column, (label, margin) in enumerate(zip(pair.between_labels, pair.between_margins, strict=True)):
        ax.text(column + 0.5, 1.02, names[int(label)], fontweight="bold", color=theme.text, **words)
        ax.text(column + 0.5, 1.31, signed_number(float(margin), 1), color=theme.muted, **words)


def _draw_mean_map(ax: Axes, mean: MeanMap, theme: Theme) -> None:
    """Draw a mean map: orange where the image supports the predicted class, blue where it supports the true one."""
    strength = np.abs(mean.values) / max(float(np.abs(mean.values).max()), 1e-9)
    colour = np.where((mean.values > 0)[..., None], to_rgb(PREDICTED), to_rgb(TRUE))
    ax.imshow(np.concatenate([colour, strength[..., None]], axis=-1), interpolation="none")
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color=theme.line, linewidth=0.6)
