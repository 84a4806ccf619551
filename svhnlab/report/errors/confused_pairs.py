"""The most frequent confusions of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from svhnlab.analysis.errors import ConfusedPair, confused_pairs
from svhnlab.report.comparison.accuracy import evaluate_run
from svhnlab.report.core.select import design_effect_of, runs_of
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import bounds, count, percent, quantity
from svhnlab.store.schema import Study


@dataclass(frozen=True)
class MostConfusedPairs(Table[ConfusedPair]):
    """Pairs of classes by the number of images of the first that are predicted as the second.

    Attributes
    ----------
    pairs
        Pairs of classes, the most frequent confusion first.
    errors
        Number of all errors of the model.
    class_names
        Name of each class.
    """

    pairs: tuple[ConfusedPair, ...]
    errors: int
    class_names: tuple[str, ...]

    @classmethod
    def from_study(cls, study: Study, configuration: str, *, top: int = 10) -> MostConfusedPairs:
        """Select the `top` pairs of one configuration; ``NotComputed`` if it is not trained."""
        (run,) = runs_of(study, configuration)
        evaluation = evaluate_run(run)
        pairs = confused_pairs(evaluation.confusion, design_effect_of(study, configuration))
        return cls(tuple(pairs[:top]), evaluation.errors, study.class_names)

    @property
    def alt(self) -> str:
        """The first pair."""
        if not self.pairs:
            return "No image was misclassified."
        first = self.pairs[0]
        return (
            f"The {quantity(len(self.pairs), 'most confused pair')} of classes; first: {self.class_names[first.true]} "
            f"predicted as {self.class_names[first.predicted]}, {quantity(first.count, 'image')}."
        )

    def rows(self) -> Sequence[ConfusedPair]:
        """The pairs."""
        return self.pairs

    def columns(self) -> Sequence[Column[ConfusedPair]]:
        """Counts, and shares with the 95% interval of the share of the class."""
        return (
            Column("true", lambda pair: self.class_names[pair.true], "True class"),
            Column("predicted", lambda pair: self.class_names[pair.predicted], "Predicted class"),
            Column("count", lambda pair: pair.count, "Images", count),
            Column("share_of_class", lambda pair: pair.share, "Share of class", percent),
            Column("lower", lambda pair: pair.interval[0]),
            Column("upper", lambda pair: pair.interval[1]),
            Column("", lambda pair: pair.interval, "95% interval", bounds),
            Column("share_of_errors", lambda pair: pair.count / self.errors, "Share of errors", percent),
        )
