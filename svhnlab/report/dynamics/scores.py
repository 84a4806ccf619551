"""Scores of the training labels, compared by how well they find wrong labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import NotComputed
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.tabs import Captioned, run_tabs
from svhnlab.report.core.text import listing, number, percent, share_with_interval
from svhnlab.report.core.words import in_sentence
from svhnlab.report.dynamics.select import recorded_runs, training_labels_of
from svhnlab.store.schema import LabelErrorDetection, Study

#: Titles of the scores in the order of the table.
TITLES = {
    "margin": "area under the margin",
    "confidence": "mean confidence",
    "correctness": "correctness",
    "forgetting": "forgetting events",
    "variability": "variability",
    "value": "KNN-Shapley value",
}


@dataclass(frozen=True)
class LabelScoreTable(Table[tuple[str, LabelErrorDetection]]):
    """How well each score of one configuration finds the wrong labels.

    Attributes
    ----------
    title
        Title of the configuration.
    detection
        By score.
    """

    title: str
    detection: dict[str, LabelErrorDetection]

    @classmethod
    def from_study(cls, study: Study, configuration: str) -> LabelScoreTable:
        """Select a configuration; ``NotComputed`` if its training did not record its dynamics."""
        labels = training_labels_of(study)
        if configuration not in labels.configurations:
            raise NotComputed(f"the training of {configuration} recorded no dynamics")
        return cls(study.runs[configuration].title, labels.detection[configuration])

    @property
    def alt(self) -> str:
        """AUROC of each score."""
        parts = [f"{title} {percent(self.detection[name].auroc.value)}" for name, title in TITLES.items()]
        return f"AUROC for telling wrong from correct training labels, {in_sentence(self.title)}: {listing(parts)}."

    def rows(self) -> Sequence[tuple[str, LabelErrorDetection]]:
        """One row for each score."""
        return [(name, self.detection[name]) for name in TITLES]

    def columns(self) -> Sequence[Column[tuple[str, LabelErrorDetection]]]:
        """AUROC with its interval, and average precision."""
        return (
            Column("score", lambda row: TITLES[row[0]], "Score", lambda title: title[:1].upper() + title[1:]),
            Column("auroc", lambda row: row[1].auroc, "AUROC", share_with_interval),
            Column(
                "average_precision",
                lambda row: row[1].average_precision,
                "Average precision",
                lambda value: number(value, 2),
            ),
        )


def show_label_scores(study: Study) -> Markdown:
    """Return a table for each configuration; a sentence instead if the wrong labels are unknown, or there are none.

    Raises
    ------
    NotComputed
        If the training labels are not scored yet, or no training recorded its dynamics.
    """
    labels = training_labels_of(study)
    if labels.wrong is None:
        return Markdown(
            "The true labels of these data are unknown, so how well each score finds wrong labels cannot be stated "
            "here."
        )
    if not len(labels.wrong):
        return Markdown("No training label is wrong, so the scores cannot be compared.")
    caption = (
        "How well the scores of {run} find wrong training labels: AUROC with its 95% interval, and average precision "
        "(" + number(len(labels.wrong) / len(labels.labels), 3) + " is expected by chance)."
    )
    return run_tabs(study, recorded_runs(study), Captioned("tbl-label-scores", LabelScoreTable, caption))
