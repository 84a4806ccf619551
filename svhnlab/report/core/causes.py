"""The cause of each error of a study, and what is evidence for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.cause_measures import MEASURES, beyond
from svhnlab.analysis.cause_shares import assign
from svhnlab.analysis.causes import CLAUSES, NAMES, TITLES
from svhnlab.report.core.select import NotComputed, runs_of
from svhnlab.report.core.text import count, listing, number
from svhnlab.report.core.truth import suspected_labels
from svhnlab.store.schema import UNCLEAR, Causes, Study

# Titles and clauses where labels are suspected to be wrong, and a person has reviewed some of them at most.
_SUSPECTED = {"wrong label": "suspected label", "have a wrong label": "have a suspected label"}


def causes_of(study: Study) -> Causes:
    """Return the evidence for the causes of a study's errors.

    Raises
    ------
    NotComputed
        If no configuration is trained or the causes are not computed yet.
    """
    runs_of(study)
    if study.causes is None:
        raise NotComputed("the causes of the errors of this study are not computed yet")
    return study.causes


def cause_titles(study: Study) -> tuple[str, ...]:
    """Return the title of each code; a wrong label is a suspected one where the true labels are unknown."""
    return TITLES if study.data.true_labels is not None else tuple(_SUSPECTED.get(title, title) for title in TITLES)


def cause_clauses(study: Study) -> tuple[str, ...]:
    """Return what the errors with each code have in common, see `cause_titles`."""
    return CLAUSES if study.data.true_labels is not None else tuple(_SUSPECTED.get(one, one) for one in CLAUSES)


def cause_codes(study: Study) -> NDArray[np.int64]:
    """Return the cause of each error, shape (M, N), see `svhnlab.analysis.cause_shares.assign`.

    Labels that are known, from the generator or from a person's verdicts, take precedence over suspicions.

    Raises
    ------
    NotComputed
        If no configuration is trained or the causes are not computed yet.
    """
    causes = causes_of(study)
    wrong = np.stack([study.runs[name].test.wrong for name in causes.runs])
    labels, truth = study.data.test_labels, study.data.true_labels
    if truth is not None:
        return assign(causes, wrong, wrong_labels=truth != labels)
    wrong_labels, unclear = suspected_labels(study), np.zeros(len(labels), dtype=bool)
    if study.verdicts is not None:
        rows, classes = study.verdicts.rows, study.verdicts.classes
        unclear[rows[classes == UNCLEAR]] = True
        wrong_labels[rows] = (classes != labels[rows]) & (classes != UNCLEAR)
    return assign(causes, wrong, wrong_labels=wrong_labels, unclear=unclear)


def cause_evidence(study: Study, codes: NDArray[np.int64], row: int) -> list[str]:
    """Return for each configuration what is evidence for the cause of its error on a test image.

    Parameters
    ----------
    codes
        Of `cause_codes`.
    row
        Row of the test image.

    Returns
    -------
    One for each configuration; empty where there is no error, or where the cause needs no more words.
    """
    causes = causes_of(study)
    return [
        _evidence(study, causes, place, NAMES[code], row) if code >= 0 else ""
        for place, code in enumerate(codes[:, row])
    ]


def _evidence(study: Study, causes: Causes, place: int, cause: str, row: int) -> str:
    if cause in {measure.cause for measure in MEASURES.values()}:
        return listing(
            [
                f"{MEASURES[one.measure].title} {number(float(causes.measures[one.measure][row]), 3)} "
                f"(threshold: {'at least' if one.above else 'at most'} {number(one.limit, 3)})"
                for one in causes.thresholds
                if MEASURES[one.measure].cause == cause and beyond(one, causes.measures[one.measure])[row]
            ]
        )
    if cause == "look-alike":
        run = study.runs[causes.runs[place]].test
        names = sorted((int(run.labels[row]), int(run.predicted[row])))
        one, other = (study.class_names[name] for name in names)
        return f"{one} and {other} are confused more often than chance"
    if cause == "this-model":
        return f"{count(int(causes.others[place, row]))} of {count(causes.trainings[place])} other models are correct"
    return ""
