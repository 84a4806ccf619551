"""Differences in distribution between the training and the test images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from svhnlab.analysis.two_sample import ALL
from svhnlab.report.causes.properties import property_named
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import NotComputed, statistics_of
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import number_with_interval
from svhnlab.store.schema import Estimate, Study

#: Name of a property, and the area under the ROC curve for telling test from training images by it.
Area = tuple[str, Estimate]


def areas_of(study: Study) -> tuple[Area, ...]:
    """Return the area of each property, and of all together as the last.

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
    """How well each image property, and all together, tell test images from training images."""

    areas: tuple[Area, ...]

    @classmethod
    def from_study(cls, study: Study) -> ShiftTable:
        """Select all properties; ``NotComputed`` if the sets are not compared."""
        return cls(areas_of(study))

    @property
    def alt(self) -> str:
        """The area of all properties together."""
        return f"Area under the ROC curve for telling test from training images, {_write(self.areas[-1][1])} by all."

    def rows(self) -> Sequence[Area]:
        """One row for each property, and one for all."""
        return self.areas

    def columns(self) -> Sequence[Column[Area]]:
        """Name and area."""
        return (
            Column("property", lambda row: row[0], "Property", _title),
            Column("auc", lambda row: row[1], "AUC (95% interval)", _write),
        )


def describe_shift(study: Study) -> Markdown:
    """State whether training and test images differ in distribution, and in which property most.

    Raises
    ------
    NotComputed
        If the sets are not compared.
    """
    *single, (_, together) = areas_of(study)
    parts = [
        Markdown(
            "A classifier that sees {properties} properties of an image tells test images from training images with an "
            "[area under the ROC curve](glossary.qmd#term-auc) of {area} on photographs that it was not trained on."
        ).format(properties=len(single), area=_write(together))
    ]
    if together.low <= 0.5:
        parts.append(Markdown("By these properties, the two sets do not differ detectably."))
        return sentences(parts)
    parts.append(
        Markdown(
            "The two sets thus differ in distribution, and a result on the validation images, which are from the "
            "training file, need not hold for the test images."
        )
    )
    name, area = max(single, key=lambda row: abs(row[1].value - 0.5))
    if not area.low <= 0.5 <= area.high:
        parts.append(
            Markdown("The largest difference of a single property: test images have {higher} {property}.").format(
                higher="higher" if area.value > 0.5 else "lower", property=_title(name).lower()
            )
        )
    return sentences(parts)


def _title(name: str) -> str:
    return "All together" if name == ALL else property_named(name).title


def _write(area: Estimate) -> str:
    return number_with_interval(area, 2)
