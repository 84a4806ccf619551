"""Discussion of the results: what is left of the errors, and whether observation and experiment agree."""

from __future__ import annotations

import numpy as np

from svhnlab.report.comparison.pairwise_tests import augmentation_pairs
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import runs_of, statistics_of, trained_runs
from svhnlab.report.core.text import count, count_with_verb, listing, percent, quantity
from svhnlab.report.core.truth import doubtful_labels, doubtful_words
from svhnlab.report.core.words import all_models, in_sentence, sentence_start
from svhnlab.report.robustness.accuracy import corruption_in_sentence, lowers_accuracy
from svhnlab.report.study.error_summaries import find_frequent_errors
from svhnlab.store.schema import Study

#: The corruption that makes an image so.
_CORRUPTIONS = {
    "blurred": "blur",
    "low-contrast": "contrast-down",
    "high-contrast": "contrast-up",
    "dark": "darker",
    "bright": "brighter",
    "cluttered": "paste",
}


def discuss(study: Study) -> Markdown:
    """Return paragraphs on the errors that other models avoid, and on what observation and experiment show.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    paragraphs = [_remaining_errors(study), _observation_and_experiment(study)]
    return Markdown("\n\n").join([paragraph for paragraph in paragraphs if paragraph])


def _remaining_errors(study: Study) -> Markdown:
    """Divide the errors of the most accurate model into doubtful labels, errors of all models, and others."""
    runs = runs_of(study)
    best = min(runs, key=lambda run: int(run.test.wrong.sum()))
    wrong, doubtful = best.test.wrong, doubtful_labels(study)
    if not wrong.any():
        return Markdown("")
    errors, in_doubt = int(wrong.sum()), int((wrong & doubtful).sum())
    parts = [
        sentence_start(
            Markdown("{model}, {only}, makes {errors}.").format(
                model=in_sentence(best.title),
                only="the only model" if len(runs) == 1 else "the most accurate model",
                errors=quantity(errors, "error"),
            )
        )
    ]
    if in_doubt:
        parts.append(
            Markdown("Of these, {count} ({share}) {have} {words}.").format(
                count=count(in_doubt),
                share=percent(in_doubt / errors),
                have="has" if in_doubt == 1 else "have",
                words=doubtful_words(study),
            )
        )
    if len(runs) > 1:
        everywhere = np.all([run.test.wrong for run in runs], axis=0)
        others = errors - int((wrong & (everywhere | doubtful)).sum())
        parts.append(
            Markdown(
                "Of the {rest}, {shared} misclassified by every model, and {others} classified correctly by another "
                "one. Always choosing a correct prediction where a model has one would give an accuracy of {oracle}."
            ).format(
                rest="others" if in_doubt else "errors",
                shared=count_with_verb(int((everywhere & ~doubtful).sum())),
                others=count_with_verb(others),
                oracle=percent(1 - float(everywhere.mean())),
            )
        )
    return sentences(parts)


def _observation_and_experiment(study: Study) -> Markdown:
    """Compare the images on which errors are frequent with the changes that make an image like them."""
    observed = Markdown(
        "Causes, slices of the test images and distances in feature space describe the errors as they are: they show "
        "what is associated with errors, not what causes them."
    )
    experiments = ["trainings without and with augmentation"] if augmentation_pairs(study) else []
    if study.robustness is not None:
        experiments.insert(0, "changes of the test images")
    if study.without_suspects is not None and study.training_labels and len(study.training_labels.review.suspected):
        experiments.append("the training without suspected labels")
    if not experiments:
        return observed
    changed = Markdown("Only {} change one thing and keep the others.").format(listing(experiments))
    compared = _compare(study)
    if compared and study.robustness is not None:
        compared.append(
            Markdown(
                "The two need not agree: a corruption changes an image by a fixed amount, and only {} were changed."
            ).format(quantity(int(study.robustness.sampled.sum()), "image"))
        )
    return sentences([observed, changed, *compared])


def _compare(study: Study) -> list[Markdown]:
    """State how many models have more errors on some images, and how many are less accurate if images are made so."""
    runs, robustness = trained_runs(study), study.robustness
    if robustness is None:
        return []
    found = [
        (one, _CORRUPTIONS[one.adjective])
        for one in find_frequent_errors(statistics_of(study))
        if _CORRUPTIONS.get(one.adjective) in robustness.corruptions
    ]
    parts: list[Markdown] = []
    stated: tuple[str, str] | None = None
    for one, corruption in found:
        last = robustness.corruptions[corruption][-1]
        affected = sum(lowers_accuracy(study, run.name, last) for run in runs)
        counts = _of(one.models, len(study.runs)), _of(affected, len(runs))
        if counts == stated:
            template = Markdown("The same holds for {images} images and {change}.")
        else:
            template = Markdown(
                "On {images} images, {observed} make significantly more errors; under {change} of the highest "
                "severity, the accuracy of {affected} is significantly lower (@sec-robustness-accuracy)."
            )
        stated = counts
        parts.append(
            template.format(
                images=one.adjective,
                change=corruption_in_sentence(corruption),
                observed=counts[0],
                affected=counts[1],
            )
        )
    return parts


def _of(some: int, models: int) -> str:
    """Write how many of the models, e.g. "2 of 4 models"."""
    return all_models(models) if some == models else f"{count(some) if some else 'none'} of the {models} models"
