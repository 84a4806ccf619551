"""Photographs that several images were cut from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import NotComputed
from svhnlab.report.core.style import SMALL, Theme, draw_placeholder
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import number, percent, quantity
from svhnlab.report.core.words import range_over_models
from svhnlab.store.schema import Study


def photographs_of(study: Study) -> NDArray[np.int64]:
    """Return the number of the photograph of each test image, shape (N,).

    Raises
    ------
    NotComputed
        If the data were stored by a version that did not store photographs.
    """
    if study.data.photographs is None:
        raise NotComputed("the photographs of the images are not stored")
    return study.data.photographs["test"]


@dataclass(frozen=True)
class PhotographCrops(AxesDisplay):
    """Test images that were cut from the same photograph, one photograph after another, in the order of the file.

    Attributes
    ----------
    photographs
        For each of P photographs its images, uint8, shape (M, 3, H, W), M at least 2.
    numbers, labels
        Position of each of these images in its file, counted from 0, and its label, both shape (M,).
    class_names
        Name of each class.
    """

    per_row = 10  # images
    step = 1.35  # height of a row with its labels, in image sides
    gap = 0.5  # between photographs

    photographs: tuple[NDArray[np.uint8], ...]
    numbers: tuple[NDArray[np.int64], ...]
    labels: tuple[NDArray[np.int64], ...]
    class_names: tuple[str, ...]

    @classmethod
    def from_study(cls, study: Study, *, n_photographs: int = 9) -> PhotographCrops:
        """Select the photographs with most images, the first ones of equals.

        Raises
        ------
        NotComputed
            If the photographs are not stored.
        """
        photographs, data = photographs_of(study), study.data
        names, sizes = np.unique(photographs, return_counts=True)
        largest = names[np.argsort(-sizes, kind="stable")][: min(n_photographs, int((sizes > 1).sum()))]
        rows = [np.flatnonzero(photographs == name)[: cls.per_row] for name in np.sort(largest)]
        return cls(
            tuple(data.test_images[of_one] for of_one in rows),
            tuple(data.indices["test"][of_one] for of_one in rows),
            tuple(data.test_labels[of_one] for of_one in rows),
            study.class_names,
        )

    @property
    def _shown(self) -> tuple[NDArray[np.uint8], ...]:
        """The images that are drawn of each photograph: phones show half as many photographs and images of each."""
        if not self.narrow:
            return self.photographs
        return tuple(images[: self.per_row // 2] for images in self.photographs[: -(-len(self.photographs) // 2)])

    @property
    def _per_row(self) -> int:
        return max(4, *map(len, self._shown)) if self.narrow and self.photographs else self.per_row

    @property
    def _places(self) -> list[list[tuple[float, float]]]:
        """Left and top of each image, in image sides: photographs side by side while there is room."""
        places: list[list[tuple[float, float]]] = []
        left, row = 0.0, 0
        for images in self._shown:
            if left and left + len(images) > self._per_row:
                left, row = 0.0, row + 1
            places.append([(left + i, row * self.step) for i in range(len(images))])
            left += len(images) + self.gap
        return places

    @property
    def _height(self) -> float:
        return (self._places[-1][-1][1] + self.step) if self.photographs else 0.0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, (self.width / self._per_row * self._height if self.photographs else 0.6)

    @property
    def alt(self) -> str:
        """The number of photographs, and the labels of the first."""
        if not self.photographs:
            return "No photograph has several test images."
        first = " ".join(self.class_names[label] for label in self.labels[0])
        return (
            f"Test images from {quantity(len(self.photographs), 'photograph')}, those of one photograph side by side; "
            f"the labels of the first are {first}."
        )

    def frame(self) -> pd.DataFrame:
        """Photograph, number and label of each image shown."""
        rows = [
            {"photograph": position, "image": int(image), "label": self.class_names[label]}
            for position, (images, labels) in enumerate(zip(self.numbers, self.labels, strict=True))
            for image, label in zip(images, labels, strict=True)
        ]
        return pd.DataFrame(rows, columns=["photograph", "image", "label"])

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw the images of each photograph side by side, each with its label below."""
        if not self.photographs:
            draw_placeholder(ax, "No photograph has several test images", theme)
            return
        corners = [place for places in self._places for place in places]
        images = [image for of_one in self._shown for image in of_one]
        labels = [
            label for of_one, kept in zip(self.labels, self._shown, strict=False) for label in of_one[: len(kept)]
        ]
        place_images(ax, images, corners, self._per_row, self._height)
        for (left, top), label in zip(corners, labels, strict=True):
            name = self.class_names[label]
            ax.text(left + 0.5, top + 1.03, name, ha="center", va="top", fontsize=SMALL, color=theme.text)


def describe_photographs(study: Study) -> Markdown:
    """State how many photographs the test images were cut from, and what follows for splits and intervals.

    Raises
    ------
    NotComputed
        If the photographs are not stored.
    """
    sizes = np.bincount(np.unique(photographs_of(study), return_inverse=True)[1])
    images, shared = int(sizes.sum()), int(sizes[sizes > 1].sum())
    reading = study.data.reading
    if reading is not None and not reading.named_groups:
        return Markdown(
            "The data do not name groups of images, such as photographs or patients, so each test image counts as "
            "independent. Where the report speaks of a photograph, it is a single image."
        )
    if not shared:
        return Markdown(
            "Each test image was cut from its own photograph, as far as their overlap shows."
            if reading is None
            else "In the data, each test image is the only one of its group."
        )
    if reading is not None:
        return Markdown(
            "The {images} are from {groups} that the data name, such as photographs, patients or videos ({mean} images "
            "on average; @fig-photographs has examples); {share} of the images share a group with another one. "
            "Therefore all intervals and tests of this report treat the group as the independent unit. Where the "
            "report speaks of a photograph, it is this group."
        ).format(
            images=quantity(images, "test image"),
            groups=quantity(len(sizes), "group"),
            mean=number(images / len(sizes), 2),
            share=percent(shared / images),
        )
    return Markdown(
        "The {images} were cut from {photographs} ({mean} on average; @fig-photographs has examples); {share} of the "
        "images share a photograph with another one. Such images overlap, and a model that misclassifies one of them "
        "is more likely to misclassify the other. Therefore all intervals and tests of this report treat the "
        "photograph as the independent unit."
    ).format(
        images=quantity(images, "test image"),
        photographs=quantity(len(sizes), "photograph"),
        mean=number(images / len(sizes), 2),
        share=percent(shared / images),
    )


def describe_unit(study: Study) -> Markdown:
    """Name the independent unit of intervals and tests."""
    reading = study.data.reading
    unit = (
        "photograph, from which several images may have been cut"
        if reading is None
        else "group of images that the data name"
        if reading.named_groups
        else "image, since the data name no groups"
    )
    return Markdown("The independent unit is the {} (@sec-photographs).").format(unit)


def show_photographs(study: Study) -> Markdown:
    """Show the photographs, or groups, with most test images; nothing if none has several.

    Raises
    ------
    NotComputed
        If the photographs are not stored.
    """
    crops = PhotographCrops.from_study(study)
    if not crops.photographs:
        return Markdown("")
    caption = (
        "Test images from the same photograph side by side, with their labels: the photographs with the most images. "
        "Adjacent images overlap."
        if study.data.reading is None
        else "Test images of the same group side by side, with their labels: the groups with the most images."
    )
    return captioned("fig-photographs", crops, caption)


def describe_photograph_source(study: Study) -> Markdown:
    """State from where it is known which images are from the same photograph."""
    if study.data.reading is not None:
        return Markdown(
            "The group of an image is that of the data: a column of the table, an array, or a folder inside that of "
            "the class. An image without one is its own group."
        )
    return Markdown(
        "The photograph of an image is that in the image file, if the file has it. Otherwise adjacent images of the "
        "file are compared: two are from the same photograph if the right part of the first matches the left part of "
        "the second for one of 459 shifts (concordance correlation of luma [@lin1989] of at least 0.75)."
    )


def describe_design_effect(study: Study) -> Markdown:
    """State how much images from the same photograph widen the intervals of the accuracy.

    Raises
    ------
    NotComputed
        If the photographs or the statistics are not stored.
    """
    if study.statistics is None:
        raise NotComputed("the statistics are not computed yet")
    sizes = np.bincount(np.unique(photographs_of(study), return_inverse=True)[1])
    effects = [run.design_effect for run in study.statistics.runs.values()]
    if sizes.max() == 1:
        return Markdown("")
    # Mean number of other images in the photograph of an image (Kish)
    others = float((sizes**2).sum() / sizes.sum()) - 1
    return Markdown(
        "The [design effect](glossary.qmd#term-design-effect) of the accuracy is {effects}: images from the same "
        "photograph widen its interval by {wider}. The correlation of errors within a photograph is {correlation}."
    ).format(
        effects=range_over_models(effects, _two_digits),
        wider=range_over_models([np.sqrt(effect) - 1 for effect in effects]),
        correlation=range_over_models([(effect - 1) / others for effect in effects], _two_digits),
    )


def _two_digits(value: float) -> str:
    return number(value, 2)
