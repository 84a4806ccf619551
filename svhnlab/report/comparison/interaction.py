"""Model and augmentation as a 2 by 2 design, and their interaction."""

from __future__ import annotations

from svhnlab.config.architectures import DESIGN
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import NotComputed, runs_with_statistics, statistics_of
from svhnlab.report.core.text import (
    points,
    signed_interval,
    signed_points,
)
from svhnlab.report.core.words import in_sentence
from svhnlab.store.schema import Interaction, Study


def _interaction(study: Study) -> Interaction:
    """Return the interaction of a study; ``NotComputed`` unless all four configurations of the design are trained."""
    runs_with_statistics(study, *DESIGN)
    interaction = statistics_of(study).interaction
    if interaction is None:
        raise NotComputed("the interaction of model and augmentation is not computed yet")
    return interaction


def describe_interaction(study: Study) -> Markdown:
    """State whether the effect of augmentation on the accuracy differs between the two models.

    Raises
    ------
    NotComputed
        If one of the four configurations is not trained or the statistics are not computed yet.
    """
    interaction = _interaction(study)
    small, deep = (in_sentence(study.runs[plain].title) for plain in DESIGN[::2])
    difference = interaction.difference
    if difference.low > 0 or difference.high < 0:
        more, less = (deep, small) if difference.value > 0 else (small, deep)
        conclusion = Markdown(
            "the 95% interval excludes zero, and augmentation helps {more} by {points} more than {less}."
        ).format(points=points(difference.value), more=more, less=less)
    else:
        conclusion = Markdown("the 95% interval includes zero, so no interaction is claimed.")
    return Markdown(
        "The effect on {deep} minus that on {small} is {difference} percentage points ({limits}): {text}"
    ).format(
        deep=deep,
        small=small,
        difference=signed_points(difference.value),
        limits=signed_interval(difference),
        text=conclusion,
    )
