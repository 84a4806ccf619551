"""The lead of each chapter on errors: how many there are, on which images they are frequent, and their causes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from svhnlab.analysis.causes import NAMES
from svhnlab.analysis.errors import compare_errors
from svhnlab.report.causes.label_errors import doubt_suspicion
from svhnlab.report.causes.properties import property_named
from svhnlab.report.causes.shares import causes_by_run, summarise_cause_shares
from svhnlab.report.core.causes import cause_titles
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import runs_of, statistics_of
from svhnlab.report.core.text import count, count_with_verb, listing, number, percent, quantity
from svhnlab.report.core.truth import doubtful_labels, doubtful_words
from svhnlab.report.core.words import in_sentence, range_over_models, sentence_start
from svhnlab.store.schema import LabelReview, Slice, Statistics, Study


def summarise_errors(study: Study) -> Markdown:
    """State whether the models misclassify the same images, and how many of those have doubtful labels.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    runs = runs_of(study)
    statistics_of(study)  # they include the suspected labels
    agreement = compare_errors(study.data.test_labels, [run.test.predicted for run in runs])
    everywhere = int(agreement.images_by_errors[-1])
    first = _shared_errors(study)
    if len(runs) == 1 or not everywhere:
        return first
    in_doubt = int(doubtful_labels(study)[agreement.wrong_in_all].sum())
    if not in_doubt:
        return first
    if in_doubt == everywhere:
        return sentences([first, Markdown("All of these have {}.").format(doubtful_words(study))])
    template = Markdown("In some cases the label may be wrong rather than the models: {} of these {} {} {}.")
    doubt = template.format(
        count(in_doubt), count(everywhere), "has" if in_doubt == 1 else "have", doubtful_words(study)
    )
    return sentences([first, doubt])


def _shared_errors(study: Study) -> Markdown:
    """State whether the models misclassify the same images."""
    runs, labels = runs_of(study), study.data.test_labels
    images = quantity(len(labels), "test image")
    by_errors = compare_errors(labels, [run.test.predicted for run in runs]).images_by_errors
    some, everywhere = len(labels) - int(by_errors[0]), int(by_errors[-1])
    if not some:
        return Markdown("No model misclassifies any of the {}: there is no error to explain.").format(images)
    if len(runs) == 1:
        first = Markdown("{} misclassifies {} of {}.").format(in_sentence(runs[0].title), count(some), images)
        return sentence_start(first)
    return Markdown(
        "The models misclassify mostly {which} images: of {some} that at least one of them misclassifies (of "
        "{images}), {everywhere} misclassified by {all_models}."
    ).format(
        which="the same" if everywhere > some / 2 else "different",
        some=count(some),
        images=images,
        everywhere=count_with_verb(everywhere),
        all_models="both" if len(runs) == 2 else f"all {len(runs)}",
    )


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


def find_frequent_errors(statistics: Statistics) -> list[FrequentErrors]:
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
    found = find_frequent_errors(statistics)
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
    highest error rate in comparison with all other images. Without such a property, the first sentence is on the errors
    that the models share.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet.
    """
    statistics = statistics_of(study)
    found = find_frequent_errors(statistics)
    named = [one for one in found if one.adjective]
    if named:
        most = max(named, key=lambda one: (one.models, float(np.mean(one.factors))))
        text = sentence_start(_misclassified_more_often(most, len(statistics.runs)))
        first = [Markdown("{}.").format(text)]
    else:
        first = _frequent_errors(statistics) if found else [_shared_errors(study)]
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
    doubt = doubt_suspicion(statistics_of(study).labels)
    if doubt and study.data.true_labels is None:
        return doubt
    if not share.value:
        return Markdown("No error has a {}.").format(title)
    if share.value > 1 / 2:
        return Markdown("Of the errors, {} have a {}.").format(percent(share.value), title)
    return Markdown("About one error in {} has a {} ({}).").format(
        number(1 / share.value, 0), title, percent(share.value)
    )
