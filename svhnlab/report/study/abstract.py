"""Default abstract of a report, computed from the study."""

from __future__ import annotations

from svhnlab.config.initial_weights import WEIGHTS_WORDS
from svhnlab.report.causes.shares import summarise_cause_shares
from svhnlab.report.core.markdown import plain_words
from svhnlab.report.core.text import count, interval, listing, percent, quantity, without_start
from svhnlab.report.study.error_summaries import summarise_finding
from svhnlab.store.schema import Study


def write_abstract(study: Study) -> str:
    """Summarise a study as plain text: data, models, initial weights, highest accuracy, and causes of the errors."""
    runs = list(study.runs.values())
    data = f"{quantity(len(study.class_names), 'class', 'classes')} ({study.data.name})"
    if not runs:
        return f"A study of image classifiers for {data}; no model is trained yet."
    training = int(study.data.splits["train"].counts.sum())
    # on which images imported models were trained is not known
    origin = "for" if any(run.imported for run in runs) else f"trained on {count(training)} images of"
    sentences = [
        f"An error analysis of {quantity(len(runs), 'image classifier')} {origin} {data}: "
        f"{listing([without_start(run.title) for run in runs])}."
    ]
    for kind, weights in WEIGHTS_WORDS.items():
        started = [run for run in runs if not run.imported and run.settings["start"]["kind"] == kind]
        tuned = [without_start(run.title) for run in started]
        if tuned and kind != "random":
            sentences.append(
                f"{listing(tuned)} {'is' if len(tuned) == 1 else 'are'} fine-tuned from {weights.description}."
            )
    if study.statistics is not None:
        accuracies = {run.name: study.statistics.runs[run.name].accuracy for run in runs}
        top = max(accuracy.value for accuracy in accuracies.values())
        best = [run for run in runs if accuracies[run.name].value == top]
        sentences.append(
            f"The highest accuracy on {quantity(len(study.data.test_labels), 'test image')} is {percent(top)} "
            f"({listing([without_start(run.title) for run in best])}; 95% interval "
            f"{interval(accuracies[best[0].name].limits)})."
        )
        if study.causes is not None:
            sentences.append(plain_words(summarise_cause_shares(study)))
        sentences.append(plain_words(summarise_finding(study)))
    return " ".join(sentences)
