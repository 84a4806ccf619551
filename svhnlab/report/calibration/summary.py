"""The main findings on calibration and deferral, for the top of the chapter."""

from __future__ import annotations

from svhnlab.report.calibration.select import calibrations_of, models
from svhnlab.report.calibration.underconfidence import state_sides
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.words import range_over_models, share_over_models
from svhnlab.store.schema import Study


def summarise_confidence(study: Study) -> Markdown:
    """State which models are over- or underconfident, and the accuracy without the images that are deferred.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    runs = calibrations_of(study)
    parts = state_sides(runs, with_gaps=False)
    if not parts:
        parts.append(Markdown("Neither over- nor underconfidence is detected in {}.").format(models(runs, len(runs))))
    found = [run.deferral for run in runs if run.deferral is not None and run.deferral.threshold]
    partial = [deferral for deferral in found if deferral.rate < 1]
    if partial:
        parts.append(
            Markdown(
                "When the least certain {rates} of the test images are deferred to a person, the accuracy on the rest "
                "is {accuracies}."
            ).format(
                rates=range_over_models([deferral.rate for deferral in partial]),
                accuracies=share_over_models([deferral.accuracy for deferral in partial]),
            )
        )
    return sentences(parts)
