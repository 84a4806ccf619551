"""The images that went wrong, and the classes that are taken for one another."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from numpy.typing import ArrayLike

from svhnlab.analysis.errors import confused_pairs
from svhnlab.analysis.metrics import Evaluation, evaluate
from svhnlab.report.core.select import check_names
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import bounds, count, percent, quantity
from svhnlab.store.schema import RunResult


class MostConfusedPairs(Table):
    """Pairs of classes by how many images of one are taken for the other."""

    def __init__(self, evaluation: Evaluation, class_names: Sequence[str], top: int = 10) -> None:
        self.class_names = check_names(class_names, len(evaluation.support))
        self.errors = evaluation.errors
        self.pairs = confused_pairs(evaluation.confusion)[:top]

    @classmethod
    def from_results(cls, run: RunResult, class_names: Sequence[str], top: int = 10) -> MostConfusedPairs:
        """Make the table from a run's test predictions."""
        return cls.from_predictions(run.test.labels, run.test.predicted, class_names, top)

    @classmethod
    def from_predictions(
        cls, labels: ArrayLike, predicted: ArrayLike, class_names: Sequence[str], top: int = 10
    ) -> MostConfusedPairs:
        """Make the table from true and predicted classes, both of shape (N,)."""
        return cls(evaluate(labels, predicted, len(class_names)), class_names, top)

    @property
    def alt(self) -> str:
        """Text with the first pair."""
        if not self.pairs:
            return "No image was taken for another class."
        first = self.pairs[0]
        return (
            f"The {quantity(len(self.pairs), 'most confused pair')} of classes; first: "
            f"{self.class_names[first.true]} taken for {self.class_names[first.predicted]}, "
            f"{quantity(first.count, 'image')}."
        )

    def frame(self) -> pd.DataFrame:
        """Return counts, shares with 95% interval, one row for each pair."""
        return pd.DataFrame(
            [
                {
                    "true": self.class_names[pair.true],
                    "predicted": self.class_names[pair.predicted],
                    "count": pair.count,
                    "share_of_class": pair.share,
                    "lower": pair.interval[0],
                    "upper": pair.interval[1],
                    "share_of_errors": pair.count / self.errors,
                }
                for pair in self.pairs
            ],
            columns=["true", "predicted", "count", "share_of_class", "lower", "upper", "share_of_errors"],
        )

    def cells(self) -> pd.DataFrame:
        """Return the table for people."""
        numbers = self.frame()
        return pd.DataFrame(
            {
                "True class": numbers["true"],
                "Predicted class": numbers["predicted"],
                "Images": [count(value) for value in numbers["count"]],
                "Share of class": [percent(value) for value in numbers["share_of_class"]],
                "95% interval": [bounds(limits) for limits in zip(numbers["lower"], numbers["upper"], strict=True)],
                "Share of errors": [percent(value) for value in numbers["share_of_errors"]],
            }
        )
