"""Differences in distribution between the training and the test images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from svhnlab.analysis.two_sample import ALL, FEATURES
from svhnlab.report.causes.properties import property_named
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import NotComputed, statistics_of
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import number_with_interval
from svhnlab.report.core.words import in_sentence
from svhnlab.store.schema import Estimate, Predictions, Study

#: Name of a property, and the area under the ROC curve for telling test from training images by it.
Area = tuple[str, Estimate]


def areas_of(study: Study) -> tuple[Area, ...]:
    """Return the area of each property, of all together, and of the features of a configuration, if known.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet, or by a version that did not compare the sets.
    """
    areas = statistics_of(study).shift
    if not areas:
        raise NotComputed("training and test images are not compared")
    return tuple(areas.items())


@dataclass(frozen=True)
class ShiftTable(Table[Area]):
    """How well image properties and the features of a model tell test images from training and validation images.

    Attributes
    ----------
    areas
        See `areas_of`.
    model
        Title of the configuration whose features are compared, as inside a sentence.
    """

    areas: tuple[Area, ...]
    model: str

    @classmethod
    def from_study(cls, study: Study) -> ShiftTable:
        """Select all properties and the features; ``NotComputed`` if the sets are not compared."""
        return cls(areas_of(study), _model(study))

    @property
    def alt(self) -> str:
        """The area of all properties together, and that of the features."""
        areas = dict(self.areas)
        features = ""
        if FEATURES in areas:
            features = f"; test from validation images, {_write(areas[FEATURES])} by the features of {self.model}"
        return (
            f"Area under the ROC curve for telling test from training images, {_write(areas[ALL])} by all "
            f"properties{features}."
        )

    def rows(self) -> Sequence[Area]:
        """One row for each property, one for all, and one for the features."""
        return self.areas

    def columns(self) -> Sequence[Column[Area]]:
        """Name and area."""
        return (
            Column("property", lambda row: row[0], "Property", self._title),
            Column("auc", lambda row: row[1], "AUC (95% interval)", _write),
        )

    def _title(self, name: str) -> str:
        titles = {ALL: "All together", FEATURES: f"Features of {self.model}"}
        return titles.get(name) or property_named(name).title


def describe_shift(study: Study) -> Markdown:
    """State whether training and test images differ in distribution, and in which property most.

    Raises
    ------
    NotComputed
        If the sets are not compared.
    """
    areas = dict(areas_of(study))
    together, features = areas.pop(ALL), areas.pop(FEATURES, None)
    parts = [
        Markdown(
            "A classifier that sees {properties} properties of an image tells test images from training images with an "
            "[area under the ROC curve](glossary.qmd#term-auc) of {area} on photographs that it was not trained on."
        ).format(properties=len(areas), area=_write(together))
    ]
    name, largest = max(areas.items(), key=lambda row: abs(row[1].value - 0.5))
    if together.low <= 0.5:
        parts.append(Markdown("By these properties, the two sets do not differ detectably."))
    elif not largest.low <= 0.5 <= largest.high:
        parts.append(
            Markdown("The largest difference of a single property: test images have {higher} {property}.").format(
                higher="higher" if largest.value > 0.5 else "lower", property=property_named(name).title.lower()
            )
        )
    if features is not None:
        template = Markdown(
            "A classifier that sees the [features](glossary.qmd#term-features) of {model} tells test images from "
            "validation images with an area of {area}{verdict}."
        )
        verdict = "" if features.low > 0.5 else ", which is no detectable difference"
        parts.append(template.format(model=_model(study), area=_write(features), verdict=verdict))
    if together.low > 0.5 or (features is not None and features.low > 0.5):
        parts.append(
            Markdown(
                "The sets thus differ in distribution, and a result on the validation images need not hold for the "
                "test images."
            )
        )
    if study.data.kind != "custom":
        parts.append(Markdown("For the complete files of SVHN such a difference has been reported [@xiao2023]."))
    return sentences(parts)


def _model(study: Study) -> str:
    """Name the configuration whose features are compared: the first that has them for both sets."""
    runs = list(study.runs.values())
    known = [run for run in runs if run.test.features is not None and _has_features(run.validation)]
    return in_sentence((known or runs)[0].title)


def _has_features(predictions: Predictions | None) -> bool:
    return predictions is not None and predictions.features is not None


def _write(area: Estimate) -> str:
    return number_with_interval(area, 2)
