"""What the card of a model says."""

from __future__ import annotations

from typing import Any

import numpy as np
from tabulate import tabulate

from svhnlab.analysis.metrics import Evaluation
from svhnlab.analysis.seeds import metric_over_seeds
from svhnlab.cards.data import license_fields
from svhnlab.config.architectures import ARCHITECTURES
from svhnlab.config.citation import Citation
from svhnlab.config.initial_weights import WEIGHTS_WORDS
from svhnlab.report.calibration.reliability import describe_calibration
from svhnlab.report.causes.properties import property_named, value_words
from svhnlab.report.causes.slices import describe_slices
from svhnlab.report.comparison.accuracy import evaluate_run
from svhnlab.report.core.select import statistics_of
from svhnlab.report.core.text import (
    count,
    duration,
    escape_markdown,
    interval,
    listing,
    percent,
    quantity,
    share_with_interval,
)
from svhnlab.report.errors.confusion_matrix import describe_confusion
from svhnlab.report.training.augmentation import changes_to_images
from svhnlab.store.schema import RunResult, RunStatistics, Study


def model_metadata(study: Study, run: RunResult, citation: Citation) -> dict[str, Any]:
    """Return the head of a model card in the form of the Hugging Face Hub, with the results as a model index."""
    metrics = [{"type": "accuracy", "name": "Accuracy", "value": float((~run.test.wrong).mean())}]
    found = _statistics(study, run)
    if found is not None:
        metrics.append({"type": "f1", "name": "Macro-F1", "value": found.macro_f1.value})
        metrics.append({"type": "ece", "name": "Expected calibration error", "value": found.calibration.ece.value})
    official = study.data.kind == "official"
    result = {
        "task": {"type": "image-classification"},
        "dataset": {"name": study.data.name, "type": "svhn" if official else study.data.kind, "split": "test"},
        "metrics": metrics,
    }
    return {
        **license_fields(study),
        "library_name": "pytorch",
        "pipeline_tag": "image-classification",
        "tags": ["image-classification", run.name, *citation.keywords],
        **({"datasets": ["ufldl-stanford/svhn"]} if official else {}),
        "metrics": ["accuracy", "f1"],
        "model-index": [{"name": f"{run.name}-{run.key}", "results": [result]}],
    }


def model_facts(study: Study, run: RunResult, citation: Citation) -> dict[str, Any]:
    """Return what the template of a model card needs."""
    settings, environment = run.settings, run.environment
    evaluation, statistics = evaluate_run(run), _statistics(study, run)
    recipe = settings["recipe"]
    architecture = ARCHITECTURES.get(recipe["model"])  # a stored model may be one that is not trained any more
    at = environment["commit"]
    changed = {True: ", with uncommitted changes", False: "", None: ", changes unknown"}[at["dirty"]]
    return {
        "run": run.name,
        "title": run.title,
        "report": citation,
        "study": study.key,
        "kind": study.data.kind,
        "data": study.data.name,
        "class_count": len(study.class_names),
        "key": run.key,
        "checksum": run.checksum,
        "architecture": architecture.summary if architecture else recipe["model"],
        "parameters": count(settings["parameters"]),
        "multiply_adds": count(settings["multiply_adds"]),
        "side": recipe["image_size"],
        "start": WEIGHTS_WORDS[settings["start"]["kind"]].description,
        "recipe": recipe,
        "augmentation": changes_to_images(recipe["augmentation"]) if recipe["augmentation"] else None,
        "best_epoch": run.best_epoch,
        "seed": settings["seed"],
        "training_images": count(settings["image_count"]),
        "test_images": count(evaluation.n),
        "protocol": study.data.protocol,
        "commit": f"{at['sha']}{changed}" if at["sha"] else "outside a checkout",
        "version": environment["svhnlab"],
        "machine": environment["device_name"] or environment["processor"],
        "time": duration(environment["training_seconds"]),
        "analysed": statistics is not None,
        "headline": None if statistics is None else headline_table(statistics),
        "per_class": per_class_table(study, evaluation, statistics),
        "confusion": str(describe_confusion(evaluation, study.class_names)),
        "calibration": None if statistics is None else str(describe_calibration(study, run.name)),
        "segments": None if statistics is None else str(describe_slices(study, run.name)),
        "limitations": limitations(study, run, evaluation, statistics),
        "repeats": _repeats_words(study, run),
    }


def _statistics(study: Study, run: RunResult) -> RunStatistics | None:
    return None if study.statistics is None else study.statistics.runs.get(run.name)


def headline_table(found: RunStatistics) -> str:
    """Return a pipe table of the headline figures with their intervals."""
    figures = {
        "Accuracy": found.accuracy,
        "Macro-F1": found.macro_f1,
        "Expected calibration error": found.calibration.ece,
    }
    rows = [[name, percent(own.value, 2), interval(own.limits, 2)] for name, own in figures.items()]
    headers = ["Metric", "Value", "95% interval"]
    return str(tabulate(rows, headers, tablefmt="pipe", colalign=["left", "right", "right"], disable_numparse=True))


def per_class_table(study: Study, evaluation: Evaluation, found: RunStatistics | None) -> str:
    """Return a pipe table of precision, recall and F1 of each class, with intervals where there are some."""
    rows = []
    for k, name in enumerate(study.class_names):
        plain = (percent(float(values[k])) for values in (evaluation.precision, evaluation.recall, evaluation.f1))
        shares = (
            plain
            if found is None
            else (share_with_interval(values[k]) for values in (found.precision, found.recall, found.f1))
        )
        rows.append([escape_markdown(name), *shares, count(int(evaluation.support[k]))])
    headers = ["Class", "Precision", "Recall", "F1", "Images"]
    align = ["left", *["right"] * 4]
    return str(tabulate(rows, headers, tablefmt="pipe", colalign=align, disable_numparse=True))


def limitations(study: Study, run: RunResult, evaluation: Evaluation, found: RunStatistics | None) -> list[str]:
    """Return what is known against the model, as sentences in Markdown."""
    sentences = [_weakest_class(study, evaluation)]
    if found is not None:
        sentences += [_weak_segments(found), _trust(found), _suspected(study)]
    if study.data.kind == "generated":
        sentences.append("It has seen drawings alone: what it does on photographs is not known.")
    repeats = study.repeats.get(run.name, ())
    if len(repeats) < 2:
        sentences.append("It was trained once: how much of its figures is chance in training is not known.")
    return [sentence for sentence in sentences if sentence]


def _weakest_class(study: Study, evaluation: Evaluation) -> str:
    with np.errstate(invalid="ignore"):
        recall = np.where(evaluation.support > 0, evaluation.recall, np.nan)
    lowest = float(np.nanmin(recall))
    if lowest == 1:
        return "Every test image is right, so that these images show no weakness."
    weakest = [escape_markdown(study.class_names[k]) for k in np.flatnonzero(recall == lowest)]
    return f"Recall is lowest for class {listing(weakest)}, with {percent(lowest)}."


def _weak_segments(found: RunStatistics) -> str:
    weak = sorted((part for part in found.slices if part.underperforming), key=lambda part: part.rest - part.rate.value)
    if not weak:
        return "No property of the picture is shown to gather its errors."
    worst = weak[0]
    words = f"{value_words(worst.name, worst.lower)} to {value_words(worst.name, worst.upper)}"
    return (
        f"It errs more often on {quantity(len(weak), 'segment')} of the picture’s properties; most of all on images of "
        f"{property_named(worst.name).title.lower()} {words}, with {percent(worst.rate.value)} errors against "
        f"{percent(worst.rest)} on all other images."
    )


def _suspected(study: Study) -> str:
    review = statistics_of(study).labels
    total, suspected = len(review.quality), len(review.suspected)
    if not suspected:
        return f"None of {quantity(total, 'test label')} is suspected to be wrong."
    return (
        f"{count(suspected)} of {quantity(total, 'test label')} {'is' if suspected == 1 else 'are'} suspected to be "
        "wrong: what counts as an error of the model may be one of the label."
    )


def _trust(found: RunStatistics) -> str:
    calibration = found.calibration
    target = percent(calibration.target, 0)
    if calibration.deferral_rate == 0:
        return f"It has an accuracy of {target} without handing any image to a person."
    if calibration.deferral_rate == 1:
        return (
            f"No share of images that its confidence could hand to a person leaves a rest with an accuracy of {target}."
        )
    return (
        f"For an accuracy of {target} the {percent(calibration.deferral_rate)} of the images of which it is least "
        "confident have to be handed to a person."
    )


def _repeats_words(study: Study, run: RunResult) -> str | None:
    repeats = study.repeats.get(run.name, ())
    if len(repeats) < 2:
        return None
    accuracies = metric_over_seeds(repeats, "accuracy")
    return (
        f"Trained {len(repeats)} times with other seeds, the accuracy lies between {percent(min(accuracies), 2)} and "
        f"{percent(max(accuracies), 2)}."
    )
