"""Rules by which the cause of each error is found, and their agreement with the generator's parameters."""

from __future__ import annotations

import numpy as np

from svhnlab.analysis.cause_measures import MEASURES, RISK
from svhnlab.analysis.cause_shares import score_causes
from svhnlab.analysis.causes import CAUSES
from svhnlab.report.core.causes import causes_of
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.text import interval, listing, number, percent
from svhnlab.report.core.words import sentence_start
from svhnlab.store.schema import Study


def describe_causes(study: Study) -> Markdown:
    """State how the causes are found and, on generated digits, how often the generator's parameters agree.

    Raises
    ------
    NotComputed
        If no configuration is trained or the causes are not computed yet.
    """
    causes = causes_of(study)
    wrong = np.stack([study.runs[name].test.wrong for name in causes.runs])
    parts = [
        Markdown(
            "Each error has one [cause](glossary.qmd#term-cause), that of the first rule that applies. A picture "
            "counts as degraded or ambiguous where a measured property is beyond the value from which errors are at "
            "least {risk} times as frequent as on the other images."
        ).format(risk=number(RISK, 0))
    ]
    found = {one.measure for one in causes.thresholds}
    without = [measure.title for name, measure in MEASURES.items() if name not in found]
    if without:
        parts.append(Markdown("In this study, no such value exists for {}.").format(listing(without, "or")))
    if found:
        parts.append(
            Markdown(
                "Some correctly classified images are also beyond these values, and the values are found on the errors "
                "that they explain, so their shares are somewhat too high."
            )
        )
    scores = score_causes(causes, wrong, study.data.test_photographs)
    if scores is not None:
        parts.append(
            Markdown(
                "Found without known labels, the causes agree with the generator’s parameters for {share} of the "
                "errors (95% interval {limits}; [Cohen’s kappa](glossary.qmd#term-cohens-kappa) {kappa})."
            ).format(
                share=percent(scores.agreement.value),
                limits=interval(scores.agreement.limits),
                kappa=number(scores.kappa, 2),
            )
        )
    return sentences(parts)


def show_cause_rules(study: Study) -> Markdown:
    """Return a list of the rules in their order, and the thresholds of this study.

    Raises
    ------
    NotComputed
        If no configuration is trained or the causes are not computed yet.
    """
    causes = causes_of(study)
    lines = []
    for place, cause in enumerate(CAUSES, start=1):
        limits = [
            Markdown("{title} {side} {limit} ({share} of the test images; error rate {rate}, others {rest})").format(
                title=MEASURES[one.measure].title,
                side="at least" if one.above else "at most",
                limit=number(one.limit, 3),
                share=percent(one.share),
                rate=percent(one.rate),
                rest=percent(one.rest),
            )
            for one in causes.thresholds
            if MEASURES[one.measure].cause == cause.name
        ]
        if cause.name == "look-alike":
            limits = [
                Markdown("“{}” and “{}”").format(study.class_names[one], study.class_names[other])
                for one, other in causes.look_alikes
            ]
        here = Markdown(" Here: {}.").format(Markdown("; ").join(limits)) if limits else Markdown("")
        lines.append(
            Markdown("{place}. **{title}.** {rule}{here}").format(
                place=Markdown(str(place)), title=sentence_start(cause.title), rule=Markdown(cause.rule), here=here
            )
        )
    lines.append(
        Markdown("{place}. **Unexplained.** None of these rules applies.").format(place=Markdown(str(len(CAUSES) + 1)))
    )
    return Markdown("\n").join(lines)
