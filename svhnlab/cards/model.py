"""Content of a model card."""

from __future__ import annotations

from typing import Any

import numpy as np

from svhnlab.analysis.metric_registry import METRICS
from svhnlab.analysis.metrics import Evaluation
from svhnlab.analysis.seeds import metric_over_seeds
from svhnlab.cards.parts import SOFTWARE_LICENSE, license_fields, pipe_table
from svhnlab.config.architectures import known_architecture
from svhnlab.config.citation import Citation
from svhnlab.config.initial_weights import WEIGHTS_WORDS
from svhnlab.report.calibration.risk_coverage import describe_deferral
from svhnlab.report.calibration.temperature import describe_temperature
from svhnlab.report.calibration.underconfidence import describe_calibration
from svhnlab.report.causes.slices import UnderperformingSlices, compare_error_rates, describe_slices, name_slice
from svhnlab.report.comparison.accuracy import evaluate_run
from svhnlab.report.core.many_classes import end_rows, tell_ends
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.metric_columns import show_value
from svhnlab.report.core.select import is_imported
from svhnlab.report.core.table import OMITTED
from svhnlab.report.core.text import count, duration, interval, listing, percent, quantity, share_with_interval
from svhnlab.report.core.truth import corrected_accuracy, true_accuracy
from svhnlab.report.errors.confusion_matrix import describe_confusion
from svhnlab.report.training.augmentation import changes_to_images
from svhnlab.store.schema import Estimate, RunResult, RunStatistics, Study

MOST_NAMED = 8
"""Number of equally weak classes up to which they are named."""


def model_metadata(study: Study, run: RunResult, citation: Citation) -> dict[str, Any]:
    """Return the metadata of a model card in the format of the Hugging Face Hub, with the results as a model index."""
    metrics = [{"type": "accuracy", "name": "Accuracy", "value": float((~run.test.wrong).mean())}]
    statistics = _statistics(study, run)
    if statistics is not None:
        metrics = [
            {"type": metric.hub_type or metric.name, "name": metric.title, "value": statistics.metrics[name].value}
            for name, metric in METRICS.items()
        ]
    official = study.data.kind == "official"
    result = {
        "task": {"type": "image-classification"},
        "dataset": {"name": study.data.name, "type": "svhn" if official else study.data.kind, "split": "test"},
        "metrics": metrics,
    }
    return {
        **license_fields(study),
        **({} if run.imported else {"library_name": "pytorch"}),
        "pipeline_tag": "image-classification",
        "tags": ["image-classification", run.name, *citation.keywords],
        **({"datasets": ["ufldl-stanford/svhn"]} if official else {}),
        "metrics": [metric.hub_type for metric in METRICS.values() if metric.hub_type],
        "model-index": [{"name": f"{run.name}-{run.key}", "results": [result]}],
    }


def model_facts(study: Study, run: RunResult, citation: Citation) -> dict[str, Any]:
    """Return the variables of a model card's template."""
    evaluation, statistics = evaluate_run(run), _statistics(study, run)
    return {
        "imported": _import_facts(run) if run.imported else None,
        "all_imported": is_imported(study),
        "some_imported": any(one.imported for one in study.runs.values()),
        **({} if run.imported else _training_facts(study, run)),
        "run": run.name,
        "title": run.title,
        "report": citation,
        "software_license": SOFTWARE_LICENSE,
        "study": study.key,
        "kind": study.data.kind,
        "data": study.data.name,
        "class_count": len(study.class_names),
        "key": run.key,
        "checksum": run.checksum,
        "test_images": count(evaluation.n),
        "protocol": study.data.protocol,
        "commit": _commit(run.environment),
        "version": run.environment["svhnlab"],
        "metrics": METRICS.values(),
        "metric_table": None if statistics is None else metric_table(statistics),
        "per_class": per_class_table(study, evaluation, statistics),
        "ends": tell_ends(len(study.class_names), "F1").strip(),
        "confusion": describe_confusion(study, run.name),
        "calibration": None if statistics is None else _calibration(study, run.name),
        "slices": None if statistics is None else describe_slices(study, run.name),
        "limitations": limitations(study, run, evaluation),
        "repeats": _accuracy_over_seeds(study, run),
    }


def _training_facts(study: Study, run: RunResult) -> dict[str, Any]:
    """Return the variables on the architecture and the training of a trained model."""
    settings, environment = run.settings, run.environment
    recipe = run.recipe
    architecture = known_architecture(recipe["model"])
    return {
        "architecture": architecture.summary if architecture else recipe["model"],
        "parameters": count(settings["parameters"]),
        "multiply_adds": count(settings["multiply_adds"]),
        "side": recipe["image_size"],
        "stored": study.data.test_images.shape[-1] if study.data.reading is None else study.data.reading.stored_size,
        "start": WEIGHTS_WORDS[settings["start"]["kind"]].description,
        "recipe": recipe,
        "augmentation": changes_to_images(recipe["augmentation"]) if recipe["augmentation"] else None,
        "best_epoch": run.best_epoch,
        "seed": settings["seed"],
        "training_images": count(settings["image_count"]),
        "machine": environment["device_name"] or environment["processor"],
        "time": duration(environment["training_seconds"]),
    }


def _import_facts(run: RunResult) -> dict[str, Any]:
    """Return the variables on an imported model."""
    settings = run.settings
    parameters, seconds = settings["parameters"], settings["training_seconds"]
    return {
        "file": settings["imported"]["file"],
        "digest": settings["imported"]["sha256"],
        "read_as": listing([f"{split} as {kind}" for split, kind in settings["imported"]["read_as"].items()]),
        "parameters": None if parameters is None else count(parameters),
        "time": None if seconds is None else duration(seconds),
        "epochs": len(run.history),
    }


def _commit(environment: dict[str, Any]) -> str:
    commit = environment["commit"]
    changes = {True: ", with uncommitted changes", False: "", None: ", changes unknown"}[commit["dirty"]]
    return f"{commit['sha']}{changes}" if commit["sha"] else "outside a checkout"


def _calibration(study: Study, name: str) -> Markdown:
    parts = [describe_calibration(study, name)]
    if study.runs[name].validation is not None:
        parts.append(describe_temperature(study, name))
    return Markdown(" ").join(parts)


def _statistics(study: Study, run: RunResult) -> RunStatistics | None:
    return None if study.statistics is None else study.statistics.runs.get(run.name)


def metric_table(statistics: RunStatistics) -> Markdown:
    """Return a table of all metrics with their intervals."""
    rows = []
    for name, metric in METRICS.items():
        estimate = statistics.metrics[name]
        low, high = (show_value(metric, limit, digits=2) for limit in estimate.limits)
        rows.append([metric.title, show_value(metric, estimate.value, digits=2), f"{low} to {high}"])
    return pipe_table(["Metric", "Value", "95% interval"], rows)


def per_class_table(study: Study, evaluation: Evaluation, statistics: RunStatistics | None) -> Markdown:
    """Return a table of precision, recall and F1 by class, of many the ends; with intervals if they are computed."""
    rows = []
    for k in end_rows(evaluation.f1):
        if k is None:
            rows.append([OMITTED] * 5)
            continue
        if statistics is None:
            values = (evaluation.precision, evaluation.recall, evaluation.f1)
            shares = [percent(float(value[k])) for value in values]
        else:
            estimates = (statistics.precision, statistics.recall, statistics.f1)
            shares = [share_with_interval(estimate[k]) for estimate in estimates]
        rows.append([study.class_names[k], *shares, count(int(evaluation.support[k]))])
    return pipe_table(["Class", "Precision", "Recall", "F1", "Images"], rows)


def limitations(study: Study, run: RunResult, evaluation: Evaluation) -> list[Markdown]:
    """Return the known limitations of the model, each in a sentence or two."""
    sentences = [_weakest_class(study, evaluation)]
    if study.statistics is not None:
        sentences.append(_underperforming(study, run))
        if run.validation is not None:
            sentences.append(describe_deferral(study, run.name))
        sentences.append(_suspected(study))
    if len(study.data.injected):
        sentences += [_against_truth(study, accuracy) for accuracy in true_accuracy(study, run.name).values()]
    sentences += [_against_corrected(accuracy) for accuracy in corrected_accuracy(study, run.name).values()]
    if run.imported:
        sentences.append(
            Markdown("It was imported as predictions; how it was trained is not known, nor whether it is reproducible.")
        )
    elif study.data.kind == "generated":
        sentences.append(
            Markdown("It was trained on generated images only, so its performance on photographs is not known.")
        )
    if not run.imported and len(study.repeats.get(run.name, ())) < 2:
        sentences.append(Markdown("It was trained once, so the variability between trainings is not known."))
    return sentences


def _weakest_class(study: Study, evaluation: Evaluation) -> Markdown:
    lowest = float(np.nanmin(evaluation.recall))
    if lowest == 1:
        return Markdown("Every test image is classified correctly, so these images show no weakness.")
    weakest = [study.class_names[k] for k in np.flatnonzero(evaluation.recall == lowest)]
    if len(weakest) > MOST_NAMED:
        return Markdown("Recall is {} for {} classes.").format(percent(lowest), count(len(weakest)))
    return Markdown("Recall is lowest for class {}, with {}.").format(listing(weakest), percent(lowest))


def _underperforming(study: Study, run: RunResult) -> Markdown:
    slices = UnderperformingSlices.from_study(study, run.name).slices
    if not slices:
        return Markdown("Its error rate is not significantly higher on any slice of the test images.")
    _, worst = slices[0]
    return Markdown(
        "Its error rate is significantly higher on {slices} of the test images; the largest difference is on {worst} "
        "({rates})."
    ).format(slices=quantity(len(slices), "slice"), worst=name_slice(worst), rates=compare_error_rates(worst))


def _suspected(study: Study) -> Markdown:
    assert study.statistics is not None
    review = study.statistics.labels
    labels, suspected = quantity(len(review.quality), "test label"), len(review.suspected)
    if not suspected:
        return Markdown("None of {} is suspected to be wrong.").format(labels)
    return Markdown("Of {}, {} {} suspected to be wrong: some of its errors may be label errors.").format(
        labels, count(suspected), "is" if suspected == 1 else "are"
    )


def _against_truth(study: Study, accuracy: Estimate) -> Markdown:
    return Markdown(
        "Of {}, {} are wrong on purpose. Against the true labels, the accuracy is {} (95% interval {})."
    ).format(
        quantity(len(study.data.test_labels), "test label"),
        count(len(study.data.injected)),
        percent(accuracy.value),
        interval(accuracy.limits),
    )


def _against_corrected(accuracy: Estimate) -> Markdown:
    return Markdown("Against labels corrected by a person, the accuracy is estimated at {} (95% interval {}).").format(
        percent(accuracy.value), interval(accuracy.limits)
    )


def _accuracy_over_seeds(study: Study, run: RunResult) -> Markdown | None:
    repeats = study.repeats.get(run.name, ())
    if len(repeats) < 2:
        return None
    accuracies = metric_over_seeds(repeats, "accuracy")
    return Markdown("Over {} trainings with different seeds, the accuracy ranges from {} to {}.").format(
        len(repeats), percent(min(accuracies), 2), percent(max(accuracies), 2)
    )
