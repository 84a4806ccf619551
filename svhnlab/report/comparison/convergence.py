"""Remark on trainings that stopped while their validation accuracy still rose."""

from __future__ import annotations

from collections.abc import Sequence

from svhnlab.analysis.clusters import design_effect
from svhnlab.analysis.convergence import Convergence, convergence
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.text import listing, points
from svhnlab.report.core.words import in_sentence, sentence_start
from svhnlab.store.schema import RunResult, Study


def convergence_of(study: Study, run: RunResult) -> Convergence:
    """Measure whether the validation accuracy of a run still rose when its training stopped.

    The design effect is that of the predictions with the kept weights, the only ones that are stored.
    """
    assert run.validation is not None  # it is trained
    photographs = None if study.data.photographs is None else study.data.photographs["validation"]
    accuracies = [epoch.validation_accuracy for epoch in run.history]
    return convergence(accuracies, len(run.validation.labels), design_effect(~run.validation.wrong, photographs))


def unconverged_runs(study: Study, runs: Sequence[RunResult]) -> list[RunResult]:
    """Return the runs whose training stopped while the validation accuracy still rose; imported ones are not judged."""
    return [run for run in runs if not run.imported and convergence_of(study, run).still_rising]


def remark_on_convergence(study: Study, runs: Sequence[RunResult]) -> Markdown:
    """Name the runs that have not converged; empty if all have."""
    unconverged = unconverged_runs(study, runs)
    if not unconverged:
        return Markdown("")
    one = len(unconverged) == 1
    return Markdown("{names} {have} not converged, so {their} results say little about the {models} as such.").format(
        names=sentence_start(listing([in_sentence(run.title) for run in unconverged])),
        have="has" if one else "have",
        their="its" if one else "their",
        models="model" if one else "models",
    )


def explain_convergence(study: Study, runs: Sequence[RunResult]) -> Markdown:
    """State by how much the validation accuracy of unconverged runs rose at the end; empty if all have converged."""
    unconverged = unconverged_runs(study, runs)
    if not unconverged:
        return Markdown("")
    one = len(unconverged) == 1
    return Markdown(
        "**Not converged:** training stopped while the validation accuracy was still rising, {gains}. The results "
        "of {these} say little about the {models} as such."
    ).format(
        gains=listing([_gain(study, run, unconverged[:i]) for i, run in enumerate(unconverged)]),
        these="this run" if one else "these runs",
        models="model" if one else "models",
    )


def _gain(study: Study, run: RunResult, before: Sequence[RunResult]) -> Markdown:
    """State the gain of a run; the number of epochs stands once if it is that of the run before."""
    found = convergence_of(study, run)
    epochs = "epoch" if found.epochs == 1 else f"{found.epochs} epochs"
    known = bool(before) and convergence_of(study, before[-1]).epochs == found.epochs
    last = Markdown("" if known else " in the last {}").format(epochs)
    return Markdown("for {model} by {gain}{last}").format(
        model=in_sentence(run.title), gain=points(found.gain), last=last
    )
