"""What training without the images changes whose label is suspected to be wrong."""

from __future__ import annotations

import numpy as np

from svhnlab.analysis.clusters import contrast_by_photograph, share_by_photograph
from svhnlab.analysis.paired import paired_p_value
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import runs_of
from svhnlab.report.core.text import count, p_value, points_with_interval, share_with_interval
from svhnlab.report.core.words import in_sentence, sentence_start
from svhnlab.report.dynamics.select import training_labels_of
from svhnlab.store.keys import RANDOM_SPLIT_RUN
from svhnlab.store.schema import ALPHA, Study


def describe_without_suspects(study: Study) -> Markdown:
    """Compare the accuracy of the training without suspected labels with that of the study's own; empty without one.

    Where true labels are known, both are judged against them.

    Raises
    ------
    NotComputed
        If the configuration is not trained, or the training labels are not scored.
    """
    cleaned = study.without_suspects
    suspected = () if cleaned is None else training_labels_of(study).review.suspected
    if cleaned is None or not len(suspected):  # earlier versions also trained where there are none
        return Markdown("")
    (run,) = runs_of(study, RANDOM_SPLIT_RUN)
    known = study.data.true_labels is not None
    truth = study.data.test_labels if study.data.true_labels is None else study.data.true_labels
    photographs = study.data.test_photographs
    before, after = run.test.predicted == truth, cleaned.test.predicted == truth
    groups = np.arange(len(truth)) if photographs is None else photographs
    change = contrast_by_photograph([(1, after, groups), (-1, before, groups)])
    p = paired_p_value(before, after, photographs)
    verdict = "differ significantly" if p < ALPHA else "do not differ significantly"
    return sentences(
        [
            Markdown(
                "{model} was trained once more with the same recipe and seed, but without the {count} suspected "
                "images. Its test accuracy{against} is then {after} instead of {before}, a difference of {change} "
                "percentage points; the two trainings {verdict} (exact McNemar test by photograph, p {p})."
            ).format(
                model=sentence_start(in_sentence(run.title)),
                count=count(len(suspected)),
                against=" against the true labels" if known else "",
                after=share_with_interval(share_by_photograph(after, photographs)),
                before=share_with_interval(share_by_photograph(before, photographs)),
                change=points_with_interval(change),
                verdict=Markdown(verdict),
                p=p_value(p) if p_value(p).startswith("<") else f"= {p_value(p)}",
            ),
            Markdown("This is one seed: the variability between trainings is not covered."),
        ]
    )
