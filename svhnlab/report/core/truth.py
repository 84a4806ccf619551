"""Labels that are known or suspected to be wrong, and accuracy against true labels and against corrected ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.analysis.label_audit import LabelAudit, audit_labels, choose_images
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import runs_of, statistics_of
from svhnlab.report.core.text import count, percent, quantity
from svhnlab.store.schema import Estimate, Study


def suspected_labels(study: Study) -> NDArray[np.bool_]:
    """Return whether each test label is suspected to be wrong, shape (N,); none is without statistics."""
    suspected = np.zeros(len(study.data.test_labels), dtype=bool)
    if study.statistics is not None:
        suspected[study.statistics.labels.suspected] = True
    return suspected


def doubtful_labels(study: Study) -> NDArray[np.bool_]:
    """Return whether each test label is suspected or known to be wrong, shape (N,)."""
    return suspected_labels(study) | study.data.known_wrong


def doubtful_words(study: Study) -> str:
    """Name the labels of `doubtful_labels`, e.g. "suspected or known wrong labels"."""
    return "suspected or known wrong labels" if len(study.data.injected) else "suspected labels"


def label_note(study: Study, row: int) -> str:
    """State in a few words what is wrong with the label of a test image, e.g. "wrong label"; empty if nothing is."""
    if study.data.known_wrong[row]:
        truth = study.data.true_labels
        return "wrong label" if truth is None else f"shows {study.class_names[truth[row]]}"
    return "suspected" if suspected_labels(study)[row] else ""


def true_accuracy(study: Study, *configurations: str) -> dict[str, Estimate]:
    """Return the accuracy against the true labels with its Wilson interval by photograph, by configuration.

    Empty if the true labels are unknown.

    Raises
    ------
    NotComputed
        If a named configuration is not trained.
    """
    truth = study.data.true_labels
    if truth is None:
        return {}
    photographs = study.data.test_photographs
    return {
        run.name: share_by_photograph(run.test.predicted == truth, photographs)
        for run in runs_of(study, *configurations)
    }


def review_rows(study: Study) -> NDArray[np.int64]:
    """Return the rows of the test images that a person reviews; ``NotComputed`` without statistics."""
    suspected = statistics_of(study).labels.suspected
    return choose_images(suspected, len(study.data.test_labels), study.data.images_digest)


def audit_of(study: Study) -> LabelAudit | None:
    """Relate the verdicts of persons to the test labels; None without verdicts or statistics."""
    if study.verdicts is None or study.statistics is None:
        return None
    data, suspected = study.data, study.statistics.labels.suspected
    return audit_labels(data.test_labels, suspected, study.verdicts, data.images_digest)


def corrected_accuracy(study: Study, *configurations: str) -> dict[str, Estimate]:
    """Return the estimated accuracy against corrected labels with its interval, by configuration.

    Empty unless a person has reviewed images with and without a suspected label; see
    `svhnlab.analysis.label_audit.LabelAudit.accuracy`.

    Raises
    ------
    NotComputed
        If a named configuration is not trained.
    """
    audit = audit_of(study)
    if audit is None or not audit.is_estimable:
        return {}
    photographs = study.data.test_photographs
    return {run.name: audit.accuracy(run.test.predicted, photographs) for run in runs_of(study, *configurations)}


def state_wrong_labels(study: Study) -> Markdown:
    """State in one sentence which share of the labels is wrong on purpose; empty for photographs and own files."""
    wrong, total = len(study.data.injected), len(study.data.test_labels)
    if study.data.kind != "generated" or not wrong:
        return Markdown("")
    return Markdown("Of the test labels, {share} are wrong on purpose, to test the search for label errors.").format(
        share=percent(wrong / total)
    )


def explain_wrong_labels(study: Study) -> Markdown:
    """State how many labels are wrong on purpose, why, and what follows; empty for photographs and own files."""
    wrong, total = len(study.data.injected), len(study.data.test_labels)
    if study.data.kind != "generated" or not wrong:
        return Markdown("")
    return Markdown(
        "As in most real data, some labels are wrong: {wrong} of the {total} ({share}) were replaced by a random other "
        "digit. Since the true labels are known, the search for label errors can be checked, and every model also "
        "judged against them. A model that recognises a digit with a wrong label counts as wrong against that label."
    ).format(share=percent(wrong / total), wrong=count(wrong), total=quantity(total, "test label"))
