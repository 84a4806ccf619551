"""Margins in feature space: how much closer images lie to the centroid of their own class than to the next one."""

from __future__ import annotations

import numpy as np

from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.words import in_sentence, sentence_start, share_over_models
from svhnlab.report.features.centroids import describe_verdicts, summaries_of
from svhnlab.store.schema import Estimate, Study


def describe_margin(study: Study, *configurations: str) -> Markdown:
    """State the share of images nearest to their own class, for correctly classified and misclassified images.

    Runs without centroids are omitted.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or none of them has centroids.
    """
    shares: list[tuple[Estimate, Estimate]] = []
    verdicts: list[tuple[str, str]] = []
    undefined: list[Markdown] = []
    for summary in summaries_of(study, *configurations):
        margin = summary.distances.margin
        defined = np.isfinite(margin)
        correct, wrong = (
            share_by_photograph(margin > 0, summary.photographs, defined & of_kind)
            for of_kind in (~summary.wrong, summary.wrong)
        )
        if np.isnan(correct.value) or np.isnan(wrong.value):
            missing = "misclassified" if np.isnan(wrong.value) else "correctly classified"
            text = Markdown("{} has no {} image to compare.").format(in_sentence(summary.title), missing)
            undefined.append(sentence_start(text))
            continue
        shares.append((correct, wrong))
        verdicts.append((summary.title, _verdict(correct, wrong)))
    parts = []
    if shares:
        parts.append(
            Markdown(
                "The share of images that lie nearest to the centroid of their own class (distances in class RMS "
                "radii) is {correct} for correctly classified and {wrong} for misclassified images."
            ).format(
                correct=share_over_models([correct for correct, _ in shares]),
                wrong=share_over_models([wrong for _, wrong in shares]),
            )
        )
    return sentences([*parts, describe_verdicts(verdicts), *undefined])


def _verdict(correct: Estimate, wrong: Estimate) -> str:
    if correct.low > wrong.high:
        return "the 95% intervals of the two shares do not overlap"
    if wrong.low > correct.high:
        return "the 95% intervals of the two shares do not overlap, but the share is higher for misclassified images"
    return "the 95% intervals of the two shares overlap, so no difference is shown"
