"""Sentences about the cost of the models, above its figure and its table."""

from __future__ import annotations

import numpy as np

from svhnlab.report.comparison.accuracy_cost import AccuracyCost
from svhnlab.report.comparison.cost_table import CostTable, cost_of, parameters_of
from svhnlab.report.comparison.pairwise_tests import reversed_if_needed
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.marks import has_augmented_version
from svhnlab.report.core.select import runs_of, statistics_of, trained_runs
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import duration, listing, millions, number, points, times
from svhnlab.report.core.words import in_sentence, sentence_start
from svhnlab.store.schema import RunResult, Statistics, Study


def show_cost(study: Study) -> Markdown:
    """Return sentences, figure and table of the cost, as far as it is known.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    runs = runs_of(study)
    trained = [run for run in runs if not run.imported]
    known = [run for run in runs if not run.imported or not all(map(np.isnan, (parameters_of(run), *cost_of(run))))]
    if not known:
        return Markdown(
            "What the models cost is not known: parameters and training time were not imported with the predictions."
        )
    parts = [describe_cost(study)] if trained else []
    if len(trained) > 1:
        arrows = any(has_augmented_version(run.name, study.runs) for run in trained)
        caption = "Accuracy against [multiply-adds](glossary.qmd#term-multiply-add) per image, with 95% intervals." + (
            " Arrows lead from each model without augmentation (hollow) to its version with it." if arrows else ""
        )
        parts.append(captioned("fig-cost", AccuracyCost.from_study(study), caption))
    table = CostTable.from_study(study)
    caption = (
        "Cost of each model: parameters, multiply-adds per image, training time, test images per second, and size of "
        "the weights file. Times are of the machine in @tbl-environments."
        if len(trained) == len(runs)
        else "Cost of each model, as far as it is known; that of imported models is what was stated with them."
    )
    return Markdown("\n\n").join([*parts, captioned("tbl-cost", table, caption)])


def describe_cost(study: Study) -> Markdown:
    """Compare the cost of the most accurate trained model with that of the cheapest one.

    What imported predictions cost is not known, so beside them the sentences speak of trained models only.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    statistics, runs = statistics_of(study), trained_runs(study)
    cheapest = min(runs, key=cost_of)
    best = max(runs, key=lambda run: (statistics.runs[run.name].accuracy.value, *(-cost for cost in cost_of(run))))
    if len(runs) == 1:
        return _single_cost(best)
    model = Markdown("model" if len(runs) == len(study.runs) else "trained model")
    if best is cheapest:
        return _cheapest_is_best(statistics, runs, best, model)
    pair = reversed_if_needed(statistics, cheapest.name, best.name)
    (work, seconds), (least_work, least_seconds) = cost_of(best), cost_of(cheapest)
    return sentences(
        [
            Markdown(
                "{cheapest} is the cheapest {model} and {best} the most accurate one: its measured accuracy is {gap} "
                "higher, at {work} multiply-adds per image and {time} training time."
            ).format(
                cheapest=sentence_start(in_sentence(cheapest.title)),
                model=model,
                best=in_sentence(best.title),
                gap=points(pair.accuracy.value),
                work=_ratio(work, least_work),
                time=_ratio(seconds, least_seconds),
            ),
            Markdown("") if pair.significant else Markdown("The higher cost is not shown to improve the accuracy."),
        ]
    )


def _single_cost(run: RunResult) -> Markdown:
    work, seconds = cost_of(run)
    return Markdown(
        "{model} is the only trained model. It needs {work} multiply-adds per image, was trained in {time} and "
        "classifies {speed} images per second."
    ).format(
        model=sentence_start(in_sentence(run.title)),
        work=millions(work),
        time=duration(seconds),
        speed=number(run.environment["inference_images_per_second"], 0),
    )


def _cheapest_is_best(statistics: Statistics, runs: list[RunResult], best: RunResult, model: Markdown) -> Markdown:
    others = [run for run in runs if run is not best]
    worse = [in_sentence(run.title) for run in others if statistics.pair(run.name, best.name).significant]
    unsettled = [in_sentence(run.title) for run in others if not statistics.pair(run.name, best.name).significant]
    name = sentence_start(in_sentence(best.title))
    parts = [
        Markdown("{best} is the cheapest {model}, and no other {model} has a higher measured accuracy.").format(
            best=name, model=model
        )
    ]
    if worse:
        parts.append(
            Markdown("By the paired tests it is significantly more accurate than {worse} (5% level).").format(
                worse=listing(worse)
            )
        )
    if unsettled:
        parts.append(
            Markdown("It does not differ significantly from {others}.").format(others=listing(unsettled, "or"))
        )
    return sentences(parts)


def _ratio(one: float, other: float) -> str:
    """Write a ratio for use before a noun, e.g. "2.3 times the"."""
    return "about the same" if abs(one / other - 1) < 0.05 else f"{times(one / other)} the"
