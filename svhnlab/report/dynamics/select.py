"""Select the scores of the training labels of a study."""

from __future__ import annotations

from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import NotComputed, runs_of, trained_runs
from svhnlab.store.schema import RunResult, Study, TrainingLabels


def training_labels_of(study: Study) -> TrainingLabels:
    """Return the scores of the training labels.

    Raises
    ------
    NotComputed
        If they are not computed yet, or no training recorded its dynamics.
    """
    found = study.training_labels
    if found is None or not found.configurations:
        trained_runs(study, what="the dynamics of the training")
        raise NotComputed("the training labels of this study are not scored yet")
    return found


def recorded_runs(study: Study) -> list[RunResult]:
    """Return the runs whose training recorded its dynamics; ``NotComputed`` as for `training_labels_of`."""
    configurations = training_labels_of(study).configurations
    return runs_of(study, *configurations)


def explain_unrecorded(study: Study) -> Markdown:
    """Say what to run for the dynamics of trainings that an earlier version stored; empty if there are none.

    Such a training is not repeated by itself, since its other results are valid.
    """
    found = study.training_labels
    trained = {name for name, run in study.runs.items() if not run.imported}
    if found is None or set(found.configurations) >= trained:
        return Markdown("")
    return Markdown(
        "An earlier version of svhnlab stored some of these trainings without their dynamics. To record them, remove "
        "the folders `run` and `dynamics` from the results and train again."
    )
