"""The review of labels by a person: the images that it needs, and what follows from stored verdicts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from svhnlab.analysis.label_audit import LabelAudit, Stratum, estimate_count
from svhnlab.report.comparison.accuracy import AccuracyRow, ModelComparison
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import statistics_of
from svhnlab.report.core.table import Column
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import count, interval, percent, quantity
from svhnlab.report.core.truth import audit_of, corrected_accuracy, review_rows
from svhnlab.report.core.words import range_over_models
from svhnlab.store.schema import Study

DIGITS = 2  # decimals of shares of labels in percent, most of which are small


class CorrectedAccuracyTable(ModelComparison):
    """Accuracy against the labels, against corrected labels, and against the true ones if they are known."""

    def columns(self) -> Sequence[Column[AccuracyRow]]:
        """Accuracies with the bounds of their intervals."""
        run, accuracy, *_ = super().columns()
        return run, accuracy, *self.accuracy_against("corrected"), *self.accuracy_against("true")


def describe_review_list(study: Study) -> Markdown:
    """State how many images a person reviews, and how they are chosen.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet.
    """
    suspected, images = statistics_of(study).labels.suspected, len(study.data.test_labels)
    sample = len(review_rows(study)) - len(suspected)
    others = "test images" if not len(suspected) else "others"
    drawn = Markdown("a random sample of {sample} of the {total} {others}").format(
        sample=count(sample), total=count(images - len(suspected)), others=others
    )
    if not len(suspected):
        return Markdown("No label is suspected, so the review has {}.").format(drawn)
    return Markdown("The review has all {suspected} with a suspected label and {drawn}, in random order.").format(
        suspected=quantity(len(suspected), "image"), drawn=drawn
    )


def describe_verdicts(study: Study) -> Markdown:
    """State which images a person reviewed, and the estimated share of wrong labels and accuracy that follow.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet.
    """
    statistics = statistics_of(study)
    audit = audit_of(study)
    if audit is None:
        return Markdown(
            "No person has reviewed the labels yet. The [label review](label-review.qmd) shows the images, and "
            "`svhnlab verdicts FILE` stores the verdicts."
        )
    parts = [_reviewed(audit), _differing(audit)]
    if not audit.is_estimable:
        parts.append(Markdown("The share of wrong labels can be estimated once images of both groups are reviewed."))
        return sentences(parts)
    parts += [_wrong_labels(study, audit)]
    given = [statistics.runs[name].accuracy.value for name in study.runs]
    corrected = [estimate.value for estimate in corrected_accuracy(study).values()]
    parts.append(
        Markdown("Against the corrected labels, the accuracy is {corrected} instead of {given}.").format(
            corrected=range_over_models(corrected), given=range_over_models(given)
        )
    )
    return sentences(parts)


def _reviewed(audit: LabelAudit) -> Markdown:
    groups = [f"{_share_of(audit.suspected)} with a suspected label"] if audit.suspected.images else []
    groups.append(f"{_share_of(audit.others)} of a random sample of the {'others' if groups else 'test images'}")
    unclear = {0: "none is unclear", 1: "1 is unclear and keeps its label"}
    return Markdown("A person reviewed {} without seeing the labels ([label review](label-review.qmd)); {}.").format(
        " and ".join(groups), unclear.get(audit.unclear, f"{count(audit.unclear)} are unclear and keep their labels")
    )


def _share_of(part: Stratum) -> str:
    done = len(part.rows)
    some = "all" if done == part.listed else f"{count(done) if done else 'none'} of the"
    return f"{some} {quantity(part.listed, 'image')}"


def _differing(audit: LabelAudit) -> Markdown:
    suspected, others = (count(audit.wrong(part)) if audit.wrong(part) else "none" for part in audit.strata)
    if not audit.suspected.images:
        return Markdown("The verdict differs from the label for {} of them.").format(others)
    return Markdown("The verdict differs from the label for {} of the suspected and {} of the other images.").format(
        suspected, others
    )


def _wrong_labels(study: Study, audit: LabelAudit) -> Markdown:
    rate = audit.wrong_labels
    parts = [
        Markdown(
            "The estimated [label-error rate](glossary.qmd#term-label-error-rate) of all {labels} is {rate} (95% "
            "interval {limits})."
        ).format(
            rate=percent(rate.value, DIGITS),
            labels=quantity(len(audit.labels), "test label"),
            limits=interval(rate.limits, DIGITS),
        )
    ]
    others = audit.others
    if not audit.wrong(others) and len(others.rows) < others.images:
        most = estimate_count(0, len(others.rows), others.images).high / others.images
        parts.append(
            Markdown(
                "Although none of the sampled labels is wrong, up to {} of the labels that are not suspected may be."
            ).format(percent(most, DIGITS))
        )
    truth = study.data.true_labels
    if truth is not None:
        share = float(np.mean(truth != audit.labels))
        parts.append(Markdown("The true rate is {}.").format(percent(share, DIGITS)))
    return sentences(parts)


def show_corrected_accuracy(study: Study) -> Markdown:
    """Return the table of accuracies with its caption; empty unless the accuracy can be estimated.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    statistics_of(study)
    if not corrected_accuracy(study):
        return Markdown("")
    return captioned(
        "tbl-corrected-accuracy",
        CorrectedAccuracyTable.from_study(study),
        "Accuracy on the test images against the given labels and against the [corrected "
        "labels](glossary.qmd#term-corrected-labels), with 95% intervals by photograph in brackets. Those against the "
        "corrected labels also cover the choice of the reviewed images (@sec-review-method), and are wider.",
    )
