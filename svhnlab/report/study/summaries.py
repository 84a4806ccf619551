"""The lead of each chapter: a sentence or two with its main finding, composed from the numbers.

A lead is short; intervals and p values are in the tables below it. As everywhere in the report, two models are
called different only if the exact McNemar test is significant after Holm's correction, at the level of 5%.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from svhnlab.analysis.causes import NAMES
from svhnlab.analysis.errors import compare_errors, confused_pairs
from svhnlab.report.causes.properties import property_named
from svhnlab.report.causes.shares import causes_by_run, summarise_cause_shares
from svhnlab.report.comparison.accuracy import evaluate_run
from svhnlab.report.comparison.convergence import remark_on_convergence
from svhnlab.report.comparison.pairwise_tests import augmentation_pairs, reversed_if_needed
from svhnlab.report.core.causes import cause_titles
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import AUGMENTED, runs_of, runs_with_statistics, statistics_of
from svhnlab.report.core.settings_difference import describe_settings, differing_settings
from svhnlab.report.core.text import count, interval, listing, number, percent, points, quantity, times
from svhnlab.report.core.truth import doubtful_labels, doubtful_words, true_accuracy
from svhnlab.report.core.words import in_sentence, range_over_models, sentence_start
from svhnlab.store.schema import LabelReview, PairedComparison, RunResult, Slice, Statistics, Study

# Classes are called equally frequent if the most frequent one has at most this many times the images of the rarest.
EVEN = 1.1


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
    return sentences([text, truth, different, remark_on_convergence(study, runs)])


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
        return Markdown("It differs significantly from {} (paired tests).").format(all_others)
    if not different:
        any_other = "the other" if len(others) == 1 else "any other"
        return Markdown("It does not differ significantly from {} (paired tests).").format(any_other)
    return Markdown("It differs significantly from {}, but not from {} (paired tests).").format(
        _names(different), _names(similar, "or")
    )


def summarise_data(study: Study) -> Markdown:
    """State the class imbalance, and the accuracy of always predicting the most frequent class."""
    train, test = (study.data.splits[name].counts for name in ("train", "test"))
    most, least = int(train.argmax()), int(train.argmin())
    if train[most] <= EVEN * train[least]:
        template = Markdown(
            "All {classes} classes are about equally frequent, with {lowest} to {highest} of the training images each."
            if train[most] > train[least]
            else "All {classes} classes are equally frequent, with {highest} of the training images each."
        )
    else:
        template = Markdown(
            "The classes are unequally frequent: “{most}” makes up {highest} of the training images and “{least}” "
            "{lowest}."
        )
    values = {
        "classes": len(train),
        "most": study.class_names[most],
        "least": study.class_names[least],
        "highest": percent(train[most] / train.sum()),
        "lowest": percent(train[least] / train.sum()),
        "baseline": percent(test[most] / test.sum()),
    }
    baseline = Markdown("Always predicting “{most}” would be correct for {baseline} of the test images.")
    return sentences([template.format(**values), baseline.format(**values)])


def summarise_model(study: Study, configuration: str) -> Markdown:
    """State the accuracy of one configuration, and its difference from the first one with the same augmentation.

    For that first configuration itself, the most frequent confusion is stated instead.

    Raises
    ------
    NotComputed
        If the configuration is not trained or the statistics are not computed yet.
    """
    ((run, statistics),) = runs_with_statistics(study, configuration)
    accuracy = sentence_start(
        Markdown("{model} classifies {accuracy} of {images} correctly (95% interval {limits})").format(
            model=in_sentence(run.title),
            accuracy=percent(statistics.accuracy.value),
            images=quantity(len(study.data.test_labels), "test image"),
            limits=interval(statistics.accuracy.limits),
        )
    )
    augmented = configuration.endswith(AUGMENTED)
    reference = next(name for name in study.runs if name.endswith(AUGMENTED) == augmented)
    named = [run]
    if reference == configuration:
        ending = _most_frequent_error(study, run)
    else:
        pair = reversed_if_needed(statistics_of(study), reference, configuration)
        ending = _difference(pair, in_sentence(study.runs[reference].title))
        named = [study.runs[reference], run]
    return sentences([Markdown("{}{}.").format(accuracy, ending), remark_on_convergence(study, named)])


def _most_frequent_error(study: Study, run: RunResult) -> Markdown:
    pairs = confused_pairs(evaluate_run(run).confusion)
    if not pairs:
        return Markdown("")
    first = [pair for pair in pairs if pair.count == pairs[0].count]
    if len(first) > 1:
        return Markdown("; no single confusion of two classes is the most frequent")
    return Markdown("; its most frequent error is to predict “{predicted}” for “{true}” ({times})").format(
        predicted=study.class_names[first[0].predicted],
        true=study.class_names[first[0].true],
        times=quantity(first[0].count, "time"),
    )


def _difference(pair: PairedComparison, reference: str) -> Markdown:
    """State how the second run of a pair differs from the first."""
    gap = pair.accuracy.value
    if pair.significant:
        return Markdown(", {} {} than {}, a significant difference (paired test)").format(
            points(gap), "more" if gap > 0 else "less", reference
        )
    return Markdown("; the difference from {} is not significant (paired test)").format(reference)


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
        names = listing([model for model, _ in models["undecided"]])
        parts.append(Markdown("for {} the difference is not significant (paired test)").format(names))
    if not parts:
        return Markdown("No model is trained both with and without augmentation, so its effect cannot be measured.")
    effect = Markdown("With augmentation, {}.").format(Markdown("; ").join(parts))
    alone = Markdown("This is not the effect of augmentation alone." if confounded else "")
    runs = [run for pair in versions for run in pair]
    return sentences([effect, alone, describe_settings(confounded), remark_on_convergence(study, runs)])


def summarise_errors(study: Study) -> Markdown:
    """State the number of misclassified images, and how many of those that all models misclassify have doubtful labels.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    runs = runs_of(study)
    statistics_of(study)  # they include the suspected labels
    labels = study.data.test_labels
    images = quantity(len(labels), "test image")
    agreement = compare_errors(labels, [run.test.predicted for run in runs])
    by_errors = agreement.images_by_errors
    some, everywhere = len(labels) - int(by_errors[0]), int(by_errors[-1])
    if not some:
        return Markdown("No model misclassifies any of the {}: there is no error to explain.").format(images)
    if len(runs) == 1:
        first = Markdown("{} misclassifies {} of {}.").format(in_sentence(runs[0].title), count(some), images)
    else:
        first = Markdown("Of {}, {} are misclassified by at least one of {} models and {} by all of them.").format(
            images, count(some), len(runs), count(everywhere) if everywhere else "none"
        )
    in_doubt = int(doubtful_labels(study)[agreement.wrong_in_all].sum())
    doubt = Markdown("")
    if in_doubt and len(runs) > 1:
        template = Markdown("Of the images that all models misclassify, {} have {}.")
        doubt = template.format(count(in_doubt), doubtful_words(study))
    return sentences([sentence_start(first), doubt])


def summarise_causes(study: Study) -> Markdown:
    """State the shares of the causes of the errors, and on which images errors are more frequent.

    Studies of earlier versions have no causes; the number of suspected labels is then stated instead of the shares.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet.
    """
    statistics = statistics_of(study)
    if study.causes is None:
        return sentences([*_frequent_errors(statistics), _suspected_labels(statistics.labels)])
    return sentences([summarise_cause_shares(study), *_frequent_errors(statistics)])


def _suspected_labels(review: LabelReview) -> Markdown:
    """State how many labels are suspected to be wrong and, if it is known, how many of them are."""
    suspected = len(review.suspected)
    if suspected and review.injected and review.true_positives is not None:
        missed = review.injected - review.true_positives
        return Markdown("Of {}, {} {} wrong; of {}, {} {} missed.").format(
            quantity(suspected, "suspected label"),
            count(review.true_positives) if review.true_positives else "none",
            "is" if review.true_positives <= 1 else "are",
            quantity(review.injected, "wrong label"),
            count(missed) if missed else "none",
            "is" if missed <= 1 else "are",
        )
    if suspected == 1:
        return Markdown("The label of 1 image is suspected to be wrong.")
    if not suspected:
        return Markdown("No label is suspected to be wrong.")
    return Markdown("The labels of {} are suspected to be wrong.").format(quantity(suspected, "image"))


@dataclass(frozen=True)
class FrequentErrors:
    """A property of the images whose low or high values have significantly more errors.

    Attributes
    ----------
    adjective
        Of the images with more errors, e.g. "blurred"; empty if underperforming slices are on both sides.
    title
        Name of the property in a sentence.
    slices
        The underperforming slices of all models.
    models
        Number of models with such slices.
    """

    adjective: str
    title: str
    slices: tuple[Slice, ...]
    models: int

    @property
    def factors(self) -> list[float]:
        """Error rate on each slice divided by that on all other images."""
        return [part.rate.value / part.rest if part.rest else np.inf for part in self.slices]


def _find_frequent_errors(statistics: Statistics) -> list[FrequentErrors]:
    """Return the properties with underperforming slices.

    If all these slices lie on one side of a property's middle slice, that side is named, e.g. "blurred".
    """
    found = []
    for name in statistics.properties:
        names = property_named(name)
        weak, sides, models = _underperforming(statistics, name)
        if weak:
            adjective = (names.low if -1 in sides else names.high) if len(sides & {-1, 1}) == 1 else ""
            found.append(FrequentErrors(adjective, names.title.lower(), tuple(weak), models))
    return found


def _frequent_errors(statistics: Statistics) -> list[Markdown]:
    """Name the images on which errors are significantly more frequent than on the others."""
    models = len(statistics.runs)
    found = _find_frequent_errors(statistics)
    on_sides = [_misclassified_more_often(one, models) for one in found if one.adjective]
    elsewhere = [Markdown("{}{}").format(one.title, _by_models(one, models)) for one in found if not one.adjective]
    if not found:
        return [Markdown("The error rate is not significantly higher on any slice of the test images.")]
    texts = [sentence_start(Markdown("{}.").format(Markdown("; ").join(on_sides)))] if on_sides else []
    if elsewhere:
        also = "also " if on_sides else ""
        texts.append(
            Markdown("Errors are {}more frequent for some values of {}.").format(Markdown(also), listing(elsewhere))
        )
    return texts


def _misclassified_more_often(found: FrequentErrors, models: int) -> Markdown:
    return Markdown("{adjective} images are misclassified {frequency} all others{by_models}").format(
        adjective=found.adjective, frequency=_frequency(found), by_models=_by_models(found, models)
    )


def _by_models(found: FrequentErrors, models: int) -> Markdown:
    return Markdown("" if found.models == models else " ({} of {} models)").format(found.models, models)


def _underperforming(statistics: Statistics, name: str) -> tuple[list[Slice], set[int], int]:
    """Return the underperforming slices by one property, their sides of the middle slice, and the number of models.

    A side is -1 below the middle slice, 0 for the middle slice and 1 above. Only models with such slices are counted.
    """
    weak: list[Slice] = []
    sides: set[int] = set()
    models = 0
    for run in statistics.runs.values():
        slices = sorted((part for part in run.slices if part.name == name), key=lambda part: part.lower)
        places = [place for place, part in enumerate(slices) if part.underperforming]
        weak += [slices[place] for place in places]
        sides |= {int(np.sign(place - (len(slices) - 1) / 2)) for place in places}
        models += bool(places)
    return weak, sides, models


def _frequency(found: FrequentErrors) -> str:
    """Write how often images of these slices are misclassified in comparison with all others."""
    if not np.all(np.isfinite(found.factors)):
        return "more often than"
    return f"{range_over_models(found.factors, lambda factor: number(factor, 1))} times as often as"


def summarise_finding(study: Study) -> Markdown:
    """State in two sentences which images are misclassified most often, and how many errors have a wrong label.

    The images are those of the property that has underperforming slices in the most models and, among these, the
    highest error rate in comparison with all other images.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet.
    """
    statistics = statistics_of(study)
    found = _find_frequent_errors(statistics)
    named = [one for one in found if one.adjective]
    if named:
        most = max(named, key=lambda one: (one.models, float(np.mean(one.factors))))
        text = sentence_start(_misclassified_more_often(most, len(statistics.runs)))
        first = [Markdown("{}.").format(text)]
    else:
        first = _frequent_errors(statistics)
    return sentences([*first, _errors_with_wrong_labels(study)])


def _errors_with_wrong_labels(study: Study) -> Markdown:
    """State the share of the errors that have a wrong label; of suspected labels in studies without causes."""
    if study.causes is None:
        return _suspected_labels(statistics_of(study).labels)
    every = causes_by_run(study)[0]
    if not every.errors:
        return Markdown("There is no error to explain.")
    place = NAMES.index("wrong-label")
    share, title = every.shares[place], cause_titles(study)[place]
    if not share.value:
        return Markdown("No error has a {}.").format(title)
    if share.value > 1 / 2:
        return Markdown("Of the errors, {} have a {}.").format(percent(share.value), title)
    return Markdown("About one error in {} has a {} ({}).").format(
        number(1 / share.value, 0), title, percent(share.value)
    )


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
    if len(best) > 1:
        shared = sentence_start(Markdown("{} share the highest accuracy.").format(_names(best)))
        return sentences([tests, shared, remark_on_convergence(study, runs)])
    work = [float(run.settings.get("multiply_adds", np.nan)) for run in runs]  # unknown if it is imported
    ratio = float(best[0].settings.get("multiply_adds", np.nan)) / min(work)
    if np.isnan(work).any():
        cost = Markdown("")
    elif np.ptp(work) == 0:
        cost = Markdown("; all models need the same number of multiply-adds per image")
    elif ratio == 1:
        cost = Markdown("; no model needs fewer multiply-adds per image")
    else:
        cost = Markdown(", at {} the multiply-adds of the cheapest model").format(times(ratio))
    highest = Markdown("{} has the highest accuracy{}.").format(_names(best), cost)
    return sentences([tests, sentence_start(highest), remark_on_convergence(study, runs)])


def _most_accurate(statistics: Statistics, runs: Sequence[RunResult]) -> list[RunResult]:
    """Return the runs that share the highest accuracy."""
    top = max(statistics.runs[run.name].accuracy.value for run in runs)
    return [run for run in runs if statistics.runs[run.name].accuracy.value == top]


def _names(runs: Sequence[RunResult], last: str = "and") -> str:
    return listing([in_sentence(run.title) for run in runs], last)
