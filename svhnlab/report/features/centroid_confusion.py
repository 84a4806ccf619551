"""Relation between the distance of two class centroids and the confusion of the classes."""

from __future__ import annotations

import numpy as np

from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import runs_with_features
from svhnlab.report.core.text import listing, number, p_equation
from svhnlab.report.core.words import in_sentence, range_over_models
from svhnlab.report.features.centroids import describe_verdicts
from svhnlab.store.schema import ALPHA, FeatureStatistics, Study


def describe_centroid_confusion(study: Study, *configurations: str) -> Markdown:
    """State for each run whether classes with close centroids are confused more often.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    results = runs_with_features(study, *configurations)
    defined = [(run, row) for run, row in results if not np.isnan(row.centroid_confusion)]
    undefined = [in_sentence(run.title) for run, row in results if np.isnan(row.centroid_confusion)]
    parts = [
        describe_verdicts([(run.title, _verdict(row)) for run, row in defined]),
        Markdown(
            "The measure is Spearman’s rank correlation between centroid distance and confusion rate over ordered "
            "pairs of classes, tested by permuting the classes (Mantel test)."
        ),
    ]
    if defined:
        prefix = Markdown("largest " if len(defined) > 1 else "")
        parts.append(
            Markdown("It is {} ({}{}).").format(
                range_over_models([row.centroid_confusion for _, row in defined], lambda value: number(value, 2)),
                prefix,
                p_equation(max(row.centroid_confusion_p for _, row in defined)),
            )
        )
    if undefined:
        parts.append(Markdown("It is undefined for {}.").format(listing(undefined)))
    return sentences(parts)


def _verdict(statistics: FeatureStatistics) -> str:
    if statistics.centroid_confusion_p >= ALPHA:
        return "no significant relation between the distance of two classes and their confusion was found"
    if statistics.centroid_confusion < 0:
        return "classes are confused more often the closer their centroids lie"
    return "classes are confused more often the farther apart their centroids lie"
