"""Sentences that follow the worked example from the pixels to the wrong answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from svhnlab.analysis.causes import UNEXPLAINED
from svhnlab.report.core.causes import cause_codes, cause_evidence, cause_titles
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import count, count_with_verb, listing, percent
from svhnlab.report.core.words import all_models, in_sentence, sentence_start
from svhnlab.report.errors.worked_example import (
    WorkedExample,
    choose_example,
    most_accurate_run,
    outcomes_of_changes,
)
from svhnlab.report.robustness.accuracy import corruption_in_sentence
from svhnlab.store.schema import RunResult, Study


def show_example(study: Study) -> Markdown:
    """Return sentences and figure of the worked example.

    Raises
    ------
    NotComputed
        If no configuration is trained, or the nearest training images of the most accurate one are not stored.
    """
    caption = (
        "One error of the most accurate trained model. Orange supports the predicted class, blue the label; below the "
        "changed images is the class that is then predicted."
    )
    note = Markdown(
        "[^example]: The example is not a typical error, but one that a reader recognises. Of the errors with a label "
        "beyond doubt, with changed versions, and with a sharpness and a contrast of at least the median of the "
        "errors, it is the one to whose label the models give the highest probability on average."
    )
    figure = captioned("fig-example", WorkedExample.from_study(study), caption)
    return Markdown("\n\n").join([describe_example(study) + Markdown("[^example]"), note, figure])


def describe_example(study: Study) -> Markdown:
    """Follow the worked example from the pixels to the wrong answer.

    Raises
    ------
    NotComputed
        If no configuration is trained, or the nearest training images of the most accurate one are not stored.
    """
    example = WorkedExample.from_study(study)
    row = choose_example(study)
    if row is None:
        return Markdown("No error has a label beyond doubt, so there is no example to follow.")
    run, runs = most_accurate_run(study), list(study.runs.values())
    label, predicted = example.class_names[example.label], example.class_names[example.predicted]
    model = in_sentence(run.title)
    parts = [
        Markdown("Image {number} has the label “{label}”. {answers}").format(
            number=example.number, label=label, answers=_answers(study, runs, row)
        ),
        Markdown(
            "{model} predicts “{predicted}” with a confidence of {confidence}; the probability of “{label}” is "
            "{probability}."
        ).format(
            model=sentence_start(model),
            predicted=predicted,
            confidence=percent(float(run.test.confidence[row])),
            label=label,
            probability=percent(float(run.test.probabilities[row, example.label])),
        ),
        _describe_neighbours(example, model, label, predicted),
        _describe_occlusion(example, label, predicted),
        _describe_cause(study, row),
        _describe_changes(study, run, row),
    ]
    return sentences(parts)


def _answers(study: Study, runs: Sequence[RunResult], row: int) -> Markdown:
    """State what the models predict, the most frequent class first."""
    counted = Counter(study.class_names[int(run.test.predicted[row])] for run in runs).most_common()
    (first, models), *others = counted
    if not others:
        who = sentence_start(all_models(len(runs)))
        return Markdown("{} {} “{}”.").format(who, "predicts" if len(runs) == 1 else "predict", first)
    listed = [f"{count(times)} “{name}”" for name, times in others]
    return Markdown("Of {} models, {} {} “{}”, and {}.").format(
        len(runs), count(models), "predicts" if models == 1 else "predict", first, listing(listed)
    )


def _describe_neighbours(example: WorkedExample, model: str, label: str, predicted: str) -> Markdown:
    labels = Counter(example.neighbour_labels)
    if labels[predicted] == len(example.neighbour_labels):
        return Markdown(
            "Its {all} nearest training images in the features of {model} are all labelled “{predicted}”."
        ).format(all=len(example.neighbour_labels), model=model, predicted=predicted)
    return Markdown(
        "Of its {all} nearest training images in the features of {model}, {as_predicted} labelled “{predicted}” and "
        "{as_label} “{label}”."
    ).format(
        all=len(example.neighbour_labels),
        model=model,
        as_predicted=count_with_verb(labels[predicted]),
        predicted=predicted,
        as_label=count(labels[label]) if labels[label] else "none",
        label=label,
    )


def _describe_occlusion(example: WorkedExample, label: str, predicted: str) -> Markdown:
    """Name the part of the image that supports the predicted class most; empty for a map without such a part."""
    values = example.attribution
    if values.max() <= 0:
        return Markdown("")
    places = np.argwhere(values == values.max()).mean(axis=0) / max(len(values) - 1, 1)
    vertical, horizontal = (
        names[min(int(3 * place), 2)]
        for names, place in zip((("upper", "", "lower"), ("left", "", "right")), places, strict=True)
    )
    where = " ".join(word for word in (vertical, horizontal) if word)
    part = f"{where} part" if where else "middle"
    return Markdown("The {part} of the image supports “{predicted}” against “{label}” most.").format(
        part=part, predicted=predicted, label=label
    )


def _describe_cause(study: Study, row: int) -> Markdown:
    """State the cause of the error of the most accurate model with its evidence; empty without stored causes."""
    if study.causes is None:
        return Markdown("")
    codes = cause_codes(study)
    place = study.causes.runs.index(most_accurate_run(study).name)
    if codes[place, row] == UNEXPLAINED:
        return Markdown("No rule of @sec-cause-shares explains the error.")
    evidence = cause_evidence(study, codes, row)[place]
    template = Markdown("The rules of @sec-cause-shares give the cause “{cause}”")
    ending = Markdown(" ({evidence})." if evidence else ".").format(evidence=evidence)
    return template.format(cause=cause_titles(study)[codes[place, row]]) + ending


def _describe_changes(study: Study, run: RunResult, row: int) -> Markdown:
    """State which changes of the image make the prediction correct; empty if it is not among the changed images."""
    outcomes = outcomes_of_changes(study, run, row)
    if outcomes is None or study.robustness is None:
        return Markdown("")
    conditions = study.robustness.conditions
    repairing = [corruption_in_sentence(conditions[i].corruption) for i in np.flatnonzero(outcomes)]
    if not repairing:
        return Markdown("None of the {} changes of @sec-corruptions makes the prediction correct.").format(
            len(outcomes)
        )
    return Markdown("Of the {all} changes of @sec-corruptions, {some} the prediction correct: {names}.").format(
        all=len(outcomes),
        some=f"{count(len(repairing))} {'makes' if len(repairing) == 1 else 'make'}",
        names=listing(list(dict.fromkeys(repairing))),
    )
