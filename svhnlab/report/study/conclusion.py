"""Conclusion and limitations of the report, composed from the stored results and tests."""

from __future__ import annotations

import numpy as np

from svhnlab.analysis.causes import UNEXPLAINED
from svhnlab.report.causes.shares import causes_by_run
from svhnlab.report.comparison.convergence import remark_on_convergence
from svhnlab.report.comparison.pairwise_tests import augmentation_pairs, reversed_if_needed
from svhnlab.report.core.causes import cause_titles
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import runs_of, statistics_of
from svhnlab.report.core.settings_difference import describe_settings, differing_settings
from svhnlab.report.core.text import interval, listing, number, percent, quantity
from svhnlab.report.core.truth import doubtful_labels, doubtful_words
from svhnlab.report.core.words import in_sentence, sentence_start
from svhnlab.report.robustness.repairs import significant_gains
from svhnlab.report.study.overview import times_trained
from svhnlab.store.schema import Study

_DATA = {
    "official": Markdown("All images are house numbers from one data set. Others may have other causes of errors."),
    "custom": Markdown("All images are from one data set, {name}. Other images may have other causes of errors."),
    "generated": Markdown(
        "The images are generated. Their nuisances are those that the generator has, so shares and accuracies do not "
        "transfer to photographs."
    ),
}


def conclude(study: Study) -> Markdown:
    """State what the errors have in common, which changes of the image cause or repair errors, and which models help.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    return _bullets([_main_causes(study), _effect_of_changes(study), _effect_of_models(study)])


def _main_causes(study: Study) -> Markdown:
    """State the most frequent cause and the share of the errors without one; empty without stored causes."""
    if study.causes is None:
        return Markdown("")
    every = causes_by_run(study)[0]
    if not every.errors:
        return Markdown("**Causes.** There is no error to explain.")
    explained = [share.value for share in every.shares[:UNEXPLAINED]]
    first, unexplained = int(np.argmax(explained)), every.shares[UNEXPLAINED].value
    return Markdown(
        "**Causes.** The most frequent cause is “{title}” ({share} of the errors, 95% interval {limits}); {rest} "
        "(@sec-cause-shares)."
    ).format(
        share=percent(explained[first]),
        limits=interval(every.shares[first].limits),
        title=cause_titles(study)[first],
        rest=f"no rule explains {percent(unexplained)}" if unexplained else "the rules explain every error",
    )


def _effect_of_changes(study: Study) -> Markdown:
    """State which change of the image raises the accuracy significantly; empty if no changed images are predicted."""
    if study.robustness is None:
        return Markdown("")
    gains = significant_gains(study)
    found = (
        Markdown("For at least one model, {} repairs significantly more errors than it causes").format(
            listing(list(dict.fromkeys(gain.corruption for gain in gains)), "or")
        )
        if gains
        else Markdown("No change of the image repairs significantly more errors than it causes")
    )
    return Markdown("**Interventions.** {} (@sec-repairs).").format(found)


def _effect_of_models(study: Study) -> Markdown:
    """State for which models augmentation changes the accuracy significantly, and which model has the highest one."""
    statistics = statistics_of(study)
    parts = []
    for words, sign in (("more", 1), ("less", -1)):
        names = [
            in_sentence(study.runs[plain].title)
            for plain, augmented in augmentation_pairs(study)
            if (pair := reversed_if_needed(statistics, plain, augmented)).significant and sign * pair.accuracy.value > 0
        ]
        if names:
            template = Markdown("Augmentation makes {names} significantly {words} accurate (@sec-augmentation-effect).")
            parts.append(template.format(names=listing(names), words=words))
    if augmentation_pairs(study) and not parts:
        parts.append(
            Markdown("Augmentation changes the accuracy of no model significantly (@sec-augmentation-effect).")
        )
    runs = runs_of(study)
    best = max(runs, key=lambda run: statistics.runs[run.name].accuracy.value)
    similar = [run for run in runs if run is not best and not statistics.pair(best.name, run.name).significant]
    if len(runs) > 1:
        ending = (
            Markdown(", without a significant difference from {}").format(
                listing([in_sentence(run.title) for run in similar], "or")
            )
            if similar
            else Markdown(", significantly above each other model")
        )
        template = Markdown("{best} has the highest accuracy{ending} (@sec-pairs-of-models).")
        parts.append(template.format(best=sentence_start(in_sentence(best.title)), ending=ending))
    return Markdown("**Models.** {}").format(sentences(parts)) if parts else Markdown("")


def list_limitations(study: Study) -> Markdown:
    """List what the results do not cover: data, trainings, test images, labels and settings.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    return _bullets(
        [
            Markdown("**Data.** {}").format(_DATA[study.data.kind].format(name=study.data.name)),
            _few_trainings(study),
            _few_images(study),
            _wrong_labels(study),
            _confounded(study),
        ]
    )


def _few_trainings(study: Study) -> Markdown:
    """State how many trainings there are of each configuration, and which did not converge."""
    often = times_trained(study)
    if study.runs and all(run.imported for run in study.runs.values()):
        text = Markdown(
            "The predictions of one training of each model were imported. Another training would give other errors, "
            "and no interval or test of this report covers that."
        )
    elif often == "once":
        text = Markdown(
            "Each model{} was trained once. Another seed would give other errors, and no interval or test of this "
            "report covers that."
        ).format(Markdown(" that is not imported" if any(run.imported for run in study.runs.values()) else ""))
    else:
        text = Markdown(
            "Each model was trained {}. The paired tests compare the trainings with the first seed; @sec-seeds has the "
            "variability between trainings."
        ).format(often)
    return Markdown("**Trainings.** {}").format(sentences([text, remark_on_convergence(study, runs_of(study))]))


def _few_images(study: Study) -> Markdown:
    """State the differences in accuracy that the paired tests detect."""
    smallest = [pair.minimum_detectable_difference for pair in statistics_of(study).pairs]
    known = [value for value in smallest if not np.isnan(value)]
    if not known:
        return Markdown("")
    low, high = number(100 * min(known), 1), number(100 * max(known), 1)
    return Markdown(
        "**Test images.** On {images}, a paired test detects differences in accuracy of {range} percentage points with "
        "a power of 80%. Smaller differences may exist where none is significant."
    ).format(images=quantity(len(study.data.test_labels), "image"), range=low if low == high else f"{low} to {high}")


def _wrong_labels(study: Study) -> Markdown:
    """State the share of doubtful test labels."""
    share = float(doubtful_labels(study).mean())
    if not share:
        return Markdown("")
    return Markdown(
        "**Labels.** Of the test images, {share} have {words} (@sec-labels). Accuracy is measured against the given "
        "labels unless stated otherwise."
    ).format(share=percent(share), words=doubtful_words(study))


def _confounded(study: Study) -> Markdown:
    """State in what else the versions without and with augmentation differ; empty if in nothing."""
    pairs = [(study.runs[plain], study.runs[augmented]) for plain, augmented in augmentation_pairs(study)]
    confounded = [pair for pair in pairs if differing_settings(*pair) != ["augmentation"]]
    if not confounded:
        return Markdown("")
    return Markdown("**Settings.** {} So their difference is not the effect of augmentation alone.").format(
        describe_settings(confounded)
    )


def _bullets(lines: list[Markdown]) -> Markdown:
    return Markdown("\n").join(Markdown("- {}").format(line) for line in lines if line)
