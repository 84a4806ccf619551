"""The lead of each chapter on accuracy: a sentence or two with its main finding, composed from the numbers.

A lead is short; intervals and p values are in the tables below it. As everywhere in the report, two models are
called different only if the exact McNemar test is significant after Holm's correction, at the level of 5%.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from svhnlab.analysis.errors import confused_pairs
from svhnlab.report.comparison.accuracy import evaluate_run
from svhnlab.report.comparison.convergence import remark_on_convergence
from svhnlab.report.comparison.pairwise_tests import augmentation_pairs, reversed_if_needed
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import AUGMENTED, runs_of, runs_with_statistics, statistics_of
from svhnlab.report.core.settings_difference import describe_settings, differing_settings
from svhnlab.report.core.text import count, interval, listing, number, percent, points, quantity, times
from svhnlab.report.core.truth import true_accuracy
from svhnlab.report.core.words import in_sentence, sentence_start
from svhnlab.store.schema import PairedComparison, RunResult, Statistics, Study


def summarise_overview(study: Study) -> Markdown:
    """Name the model with the highest accuracy, and the others from which it differs significantly.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    runs, statistics = runs_of(study), statistics_of(study)
    best = _most_accurate(statistics, runs)
    accuracy = statistics.runs[best[0].name].accuracy
    values = {
        "best": _names(best),
        "accuracy": percent(accuracy.value),
        "images": quantity(len(study.data.test_labels), "test image"),
        "limits": interval(accuracy.limits),
        "models": count(len(runs)),
    }
    if len(runs) == 1:
        template = Markdown(
            "{best}, the only model, classifies {accuracy} of {images} correctly (95% interval {limits})."
        )
    elif len(best) > 1:
        template = Markdown(
            "{best} share the highest accuracy: each classifies {accuracy} of {images} correctly (95% interval "
            "{limits})."
        )
    else:
        template = Markdown(
            "{best} has the highest accuracy of {models} models: it classifies {accuracy} of {images} "
            "correctly (95% interval {limits})."
        )
    text = sentence_start(template.format(**values))
    others = [run for run in runs if run is not best[0]]
    single = len(best) == 1
    truth = _against_truth(study, best[0]) if single else Markdown("")
    different = _differences(statistics, best[0], others) if single and others else Markdown("")
    return sentences([text, truth, different])


def _against_truth(study: Study, run: RunResult) -> Markdown:
    """State the accuracy of a run against the true labels; empty if these are unknown or all labels are right."""
    if not len(study.data.injected):
        return Markdown("")
    template = Markdown("Against the true labels, its accuracy is {accuracy} ({limits}).")
    estimates = true_accuracy(study, run.name).values()
    return sentences(template.format(accuracy=percent(one.value), limits=interval(one.limits)) for one in estimates)


def _differences(statistics: Statistics, best: RunResult, others: Sequence[RunResult]) -> Markdown:
    """Name the other runs from which a run differs significantly."""
    different = [run for run in others if statistics.pair(best.name, run.name).significant]
    similar = [run for run in others if run not in different]
    if not similar:
        all_others = "the other" if len(others) == 1 else "all others"
        return Markdown("The model differs significantly from {} (paired tests).").format(all_others)
    if not different:
        any_other = "the other" if len(others) == 1 else "any other"
        return Markdown("The model does not differ significantly from {} (paired tests).").format(any_other)
    return Markdown("The model differs significantly from {}, but not from {} (paired tests).").format(
        _names(different), _names(similar, "or")
    )


def summarise_model(study: Study, configuration: str) -> Markdown:
    """State how one configuration differs from the first one with the same augmentation, and then its accuracy.

    For that first configuration itself, the most frequent confusion is stated instead.

    Raises
    ------
    NotComputed
        If the configuration is not trained or the statistics are not computed yet.
    """
    ((run, statistics),) = runs_with_statistics(study, configuration)
    augmented = configuration.endswith(AUGMENTED)
    reference = next(name for name in study.runs if name.endswith(AUGMENTED) == augmented)
    title, named = sentence_start(in_sentence(run.title)), [run]
    if reference == configuration:
        first = _most_frequent_error(study, run)
    else:
        pair = reversed_if_needed(statistics_of(study), reference, configuration)
        first = _difference(pair, title, in_sentence(study.runs[reference].title))
        named = [study.runs[reference], run]
    accuracy = Markdown("{model} classifies {accuracy} of {images} correctly (95% interval {limits}).").format(
        model=Markdown("The model") if first else title,
        accuracy=percent(statistics.accuracy.value),
        images=quantity(len(study.data.test_labels), "test image"),
        limits=interval(statistics.accuracy.limits),
    )
    return sentences([first, accuracy, remark_on_convergence(study, named)])


def _most_frequent_error(study: Study, run: RunResult) -> Markdown:
    """Name the most frequent confusion of a run; empty if it makes no error or several are equally frequent."""
    pairs = confused_pairs(evaluate_run(run).confusion)
    if not pairs or (len(pairs) > 1 and pairs[1].count == pairs[0].count):
        return Markdown("")
    return Markdown("The most frequent error of {model} is to predict “{predicted}” for “{true}” ({times}).").format(
        model=in_sentence(run.title),
        predicted=study.class_names[pairs[0].predicted],
        true=study.class_names[pairs[0].true],
        times=quantity(pairs[0].count, "time"),
    )


def _difference(pair: PairedComparison, title: Markdown, reference: str) -> Markdown:
    """State how the second run of a pair differs from the first."""
    gap = pair.accuracy.value
    if not pair.significant:
        return Markdown("{} does not differ significantly from {} in accuracy (paired test).").format(title, reference)
    return Markdown("{} is significantly {} accurate than {}, by {} (paired test).").format(
        title, "more" if gap > 0 else "less", reference, points(gap)
    )


def summarise_augmentation(study: Study) -> Markdown:
    """State for which models augmentation changes the accuracy significantly.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet.
    """
    statistics = statistics_of(study)
    models: dict[str, list[tuple[str, float]]] = {"more": [], "less": [], "undecided": []}
    versions = [(study.runs[plain], study.runs[augmented]) for plain, augmented in augmentation_pairs(study)]
    confounded = [pair for pair in versions if differing_settings(*pair) != ["augmentation"]]
    for plain, augmented in augmentation_pairs(study):
        pair = reversed_if_needed(statistics, plain, augmented)
        gap = pair.accuracy.value
        verdict = "undecided" if not pair.significant else "more" if gap > 0 else "less"
        models[verdict].append((in_sentence(study.runs[plain].title), gap))
    parts = [
        Markdown("{models} {are} {verdict} accurate, by {gaps} percentage points").format(
            models=listing([model for model, _ in models[verdict]]),
            are="is" if len(models[verdict]) == 1 else "are",
            verdict=verdict,
            gaps=listing([number(abs(100 * gap), 1) for _, gap in models[verdict]]),
        )
        for verdict in ("more", "less")
        if models[verdict]
    ]
    if models["undecided"]:
        names = [model for model, _ in models["undecided"]]
        undecided = Markdown("The accuracy of {} does not change significantly with augmentation (paired {}).").format(
            listing(names), "test" if len(names) == 1 else "tests"
        )
    else:
        undecided = Markdown("")
    if not versions:
        return Markdown("No model is trained both with and without augmentation, so its effect cannot be measured.")
    effect = Markdown("With augmentation, {}.").format(Markdown("; ").join(parts)) if parts else Markdown("")
    alone = Markdown("This is not the effect of augmentation alone." if confounded else "")
    runs = [run for pair in versions for run in pair]
    return sentences([effect, undecided, alone, describe_settings(confounded), remark_on_convergence(study, runs)])


def summarise_comparison(study: Study) -> Markdown:
    """State how many pairs of models differ significantly, and the cost of the highest accuracy.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    runs, statistics = runs_of(study), statistics_of(study)
    best = _most_accurate(statistics, runs)
    if len(runs) == 1:
        text = Markdown("{} is the only model, so there is nothing to compare.").format(_names(best))
        return sentence_start(text)
    different, pairs = sum(pair.significant for pair in statistics.pairs), len(statistics.pairs)
    if pairs == 1:
        tests = Markdown("The two models {}differ significantly (paired test).").format(
            Markdown("" if different else "do not ")
        )
    else:
        tests = Markdown("Of {} pairs of models, {} {} significantly (paired tests).").format(
            pairs,
            "all" if different == pairs else different or "none",
            "differs" if different == 1 else "differ",
        )
    names = sentence_start(_names(best))
    if len(best) > 1:
        highest = Markdown("{} share the highest accuracy.").format(names)
    else:
        highest = Markdown("{} has the highest accuracy{}.").format(names, _cost(runs, best[0]))
    return sentences([highest, tests, remark_on_convergence(study, runs)])


def _cost(runs: Sequence[RunResult], best: RunResult) -> Markdown:
    """Compare the multiply-adds of a run with the lowest number; empty if that of a run is unknown."""
    work = [float(run.settings.get("multiply_adds", np.nan)) for run in runs]  # unknown if it is imported
    ratio = float(best.settings.get("multiply_adds", np.nan)) / min(work)
    if np.isnan(work).any():
        return Markdown("")
    if np.ptp(work) == 0:
        return Markdown("; all models need the same number of multiply-adds per image")
    if ratio == 1:
        return Markdown("; no model needs fewer multiply-adds per image")
    return Markdown(", at {} the multiply-adds of the cheapest model").format(times(ratio))


def _most_accurate(statistics: Statistics, runs: Sequence[RunResult]) -> list[RunResult]:
    """Return the runs that share the highest accuracy."""
    top = max(statistics.runs[run.name].accuracy.value for run in runs)
    return [run for run in runs if statistics.runs[run.name].accuracy.value == top]


def _names(runs: Sequence[RunResult], last: str = "and") -> str:
    return listing([in_sentence(run.title) for run in runs], last)
