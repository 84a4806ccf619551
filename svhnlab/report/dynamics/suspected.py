"""Training images whose labels are suspected to be wrong."""

from __future__ import annotations

import numpy as np

from svhnlab.report.causes.label_errors import SuspectedLabels, compare_with_truth
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.text import count, count_with_verb, number, percent, quantity
from svhnlab.report.core.words import all_models
from svhnlab.report.dynamics.select import training_labels_of
from svhnlab.store.schema import Study


class SuspectedTrainingLabels(SuspectedLabels):
    """The S training images whose labels are most likely wrong, as `SuspectedLabels` shows test images."""

    split = "training"
    suggestion = "the most probable class by the mean logits over all epochs and models"

    @classmethod
    def from_study(cls, study: Study, *, n_images: int = 24) -> SuspectedTrainingLabels:
        """Select the suspected labels with the lowest quality.

        Raises
        ------
        NotComputed
            If the training labels are not scored yet, or no training recorded its dynamics.
        """
        found = training_labels_of(study)
        rows = found.review.suspected[:n_images]
        return cls(
            found.images[: len(rows)],
            study.data.indices["train"][rows],
            found.labels[rows],
            found.review.suggested[rows],
            found.review.quality[rows],
            None if found.wrong is None else np.isin(rows, found.wrong),
            len(found.review.suspected),
            study.class_names,
        )


def describe_training_labels(study: Study) -> Markdown:
    """State how many training labels are suspected to be wrong and, if the true ones are known, how many of them are.

    Raises
    ------
    NotComputed
        If the training labels are not scored yet, or no training recorded its dynamics.
    """
    found = training_labels_of(study)
    review, models, total = found.review, len(found.configurations), len(found.labels)
    suspected = len(review.suspected)
    parts = [
        Markdown("Confident learning from the trainings of {models} flags {suspected} of {labels} ({share}).").format(
            models="the only trained model" if models == 1 else all_models(models),
            suspected=count(suspected) if suspected else "none",
            labels=quantity(total, "training label"),
            share=percent(suspected / total, 2),
        )
    ]
    if found.wrong is None:
        parts.append(
            Markdown(
                "The true labels are unknown, so a flagged label should be inspected and is not proven to be wrong."
            )
        )
    elif not len(found.wrong):
        parts.append(Markdown("The images are generated without wrong labels, so each is a false positive."))
    else:
        parts.append(compare_with_truth(review))
        if review.average_precision is not None and not np.isnan(review.average_precision):
            parts.append(
                Markdown("Ranking all training labels by quality gives an average precision of {}.").format(
                    number(review.average_precision, 2)
                )
            )
    return sentences(parts)


def summarise_dynamics(study: Study) -> Markdown:
    """State the number of suspected training labels and, if it is known, how many of them are wrong.

    Raises
    ------
    NotComputed
        If the training labels are not scored yet, or no training recorded its dynamics.
    """
    found = training_labels_of(study)
    suspected = len(found.review.suspected)
    labels = quantity(len(found.labels), "training label")
    template = (
        Markdown(
            "A network fits a wrong label later than the correct ones, if at all, so the course of the training "
            "reveals suspected labels: {} of {}."
        )
        if suspected
        else Markdown(
            "A network fits a wrong label later than the correct ones, if at all. By the course of the training, {} of "
            "{} is suspected to be wrong."
        )
    )
    text = template.format(count(suspected) if suspected else "none", labels)
    if found.wrong is None or not len(found.wrong):
        return text
    hits = found.review.true_positives or 0
    return sentences(
        [
            text,
            Markdown("Of {wrong}, {found} among them.").format(
                wrong=quantity(len(found.wrong), "wrong label"), found=count_with_verb(hits)
            ),
        ]
    )
