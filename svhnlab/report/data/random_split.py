"""What a random split of single images would have reported, instead of the split of photographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from svhnlab.analysis.random_split import SplitAccuracy, SplitOutcome, compare_splits
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import NotComputed, runs_of
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import points, points_with_interval, share_with_interval, signed_interval
from svhnlab.report.core.words import in_sentence
from svhnlab.store.schema import Estimate, Study


@dataclass(frozen=True)
class SplitRow:
    """Accuracy with one split.

    Attributes
    ----------
    divided
        What is divided into training and validation.
    accuracy
        On validation and test images.
    best_epoch, epochs
        Epoch whose weights were kept, and number of epochs.
    """

    divided: str
    accuracy: SplitAccuracy
    best_epoch: int
    epochs: int


@dataclass(frozen=True)
class RandomSplitTable(Table[SplitRow]):
    """Validation and test accuracy of one configuration with a split of photographs and with one of single images.

    Attributes
    ----------
    title
        Title of the configuration, as inside a sentence.
    splits
        By photograph, then by image.
    bias
        Validation minus test accuracy of the split by image, minus the same for the split by photograph.
    """

    title: str
    splits: tuple[SplitRow, SplitRow]
    bias: Estimate

    @classmethod
    def from_study(cls, study: Study) -> RandomSplitTable:
        """Compare the two splits.

        Raises
        ------
        NotComputed
            If the study has no training with a random split, or the configuration is not trained with its own split.
        """
        random, photographs = study.random_split, study.data.photographs
        if random is None or photographs is None:
            raise NotComputed("no configuration is trained with a random split")
        (run,) = runs_of(study, random.configuration)
        assert run.validation is not None  # it is trained
        by_photograph, by_image, bias = compare_splits(
            SplitOutcome(~run.validation.wrong, ~run.test.wrong, photographs["validation"]),
            SplitOutcome(~random.validation.wrong, ~random.test.wrong, random.photographs),
            photographs["test"],
        )
        rows = (
            SplitRow("photographs (this report)", by_photograph, run.best_epoch, len(run.history)),
            SplitRow("single images", by_image, random.best_epoch, random.epochs),
        )
        return cls(in_sentence(run.title), rows, bias)

    @property
    def alt(self) -> str:
        """Validation minus test accuracy with both splits."""
        first, second = (points_with_interval(row.accuracy.difference) for row in self.splits)
        return (
            f"Validation minus test accuracy of {self.title}: {first} percentage points if photographs are divided, "
            f"{second} if single images are."
        )

    def rows(self) -> Sequence[SplitRow]:
        """One row for each split."""
        return self.splits

    def columns(self) -> Sequence[Column[SplitRow]]:
        """What is divided, both accuracies, their difference in percentage points, and the kept epoch."""
        return (
            Column("divided", lambda row: row.divided, "Divided"),
            Column("validation", lambda row: row.accuracy.validation, "Validation", share_with_interval),
            Column("test", lambda row: row.accuracy.test, "Test", share_with_interval),
            Column("difference", lambda row: row.accuracy.difference, "Difference", points_with_interval),
            Column("best_epoch", lambda row: row.best_epoch),
            Column("epochs", lambda row: row.epochs),
            Column("", lambda row: f"{row.best_epoch}/{row.epochs}", "Kept epoch"),
        )


def describe_random_split(study: Study) -> Markdown:
    """State by how much a random split of single images raises the validation accuracy, if it does so detectably.

    Raises
    ------
    NotComputed
        See `RandomSplitTable.from_study`.
    """
    table = RandomSplitTable.from_study(study)
    by_photograph, by_image = (points_with_interval(row.accuracy.difference) for row in table.splits)
    parts = [
        Markdown(
            "The split of this report divides whole photographs. To see what a random split of single images would "
            "have reported, {model} was trained once more with the same recipe and seed on such a split. Validation "
            "accuracy minus test accuracy is then {by_image} percentage points instead of {by_photograph}."
        ).format(model=table.title, by_image=by_image, by_photograph=by_photograph)
    ]
    bias = table.bias
    values = {"points": points(bias.value), "limits": signed_interval(bias)}
    if bias.low <= 0 <= bias.high:
        template = Markdown("No difference between the two splits was found (95% interval {limits}).")
    elif bias.value > 0:
        template = Markdown(
            "A random split would thus have flattered the validation accuracy by {points} (95% interval {limits}): its "
            "validation images overlap training images."
        )
    else:
        template = Markdown(
            "A random split would thus have lowered the validation accuracy by {points} (95% interval {limits})."
        )
    return sentences([*parts, template.format(**values)])


def show_random_split(study: Study) -> Markdown:
    """Return the comparison as sentences and a table with its caption; empty if the study has no random split.

    Raises
    ------
    NotComputed
        If the configuration is not trained with the study's own split.
    """
    if study.random_split is None:
        return Markdown("")
    table = RandomSplitTable.from_study(study)
    caption = Markdown(
        "Accuracy of {model}, difference in percentage points, and kept epoch if whole photographs or single images "
        "are divided into training and validation. In brackets: 95% intervals by photograph."
    ).format(model=table.title)
    return Markdown("{}\n\n{}").format(describe_random_split(study), captioned("tbl-random-split", table, caption))
