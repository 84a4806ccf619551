"""A sentence on what the chance in training may change."""

from __future__ import annotations

from scipy.stats import norm

from svhnlab.analysis.seeds import LEVEL, spread_over_seeds
from svhnlab.displays.base import Remark, named_runs
from svhnlab.displays.comments.words import by_model, named
from svhnlab.displays.stored import statistics_of
from svhnlab.displays.text import listing, number, quantity
from svhnlab.results import Study


def seeds_comment(study: Study) -> Remark:
    """Say how far the accuracy moves with the seed, beside how far it moves with the test images.

    Raises
    ------
    ValueError
        If no run is stored or the statistics are not made yet.
    """
    statistics, runs = statistics_of(study), named_runs(study, [])
    accuracies = {run.name: [repeat.accuracy for repeat in study.repeats[run.name]] for run in runs}
    spreads = {name: spread_over_seeds(values) for name, values in accuracies.items() if len(values) > 1}
    if not spreads:
        return Remark(
            "Each run was trained once, with one seed, so there is no interval over seeds: how far these figures would "
            "move if the models were trained again is not known. All intervals and tests cover the drawing of test "
            "images alone. `svhnlab train` with the option `--seeds` trains each run several times."
        )
    numbers = sorted({spread.trainings for spread in spreads.values()})
    often = f"{numbers[0]} times" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]} times"
    several = [run for run in runs if run.name in spreads]
    # Both as standard deviations, so that they can be compared: the interval of the mean shrinks with the trainings.
    errors = {
        name: (own.accuracy.high - own.accuracy.low) / (2 * float(norm.ppf((1 + LEVEL) / 2)))
        for name, own in statistics.runs.items()
    }
    deviation, error = (
        by_model(values, lambda value: number(100 * value, 2))
        for values in ([spreads[run.name].deviation for run in several], [errors[run.name] for run in several])
    )
    of_several = ", by run" if len(several) > 1 else ""
    text = (
        f"{_subject(len(several), len(runs))} trained {often}, with another seed each time. Over the seeds the "
        f"accuracy has a standard deviation of {deviation} percentage points{of_several}; drawing the test images "
        f"gives a standard error of {error}."
    )
    larger = [run for run in several if spreads[run.name].deviation_low > errors[run.name]]
    smaller = [run for run in several if spreads[run.name].deviation_high < errors[run.name]]
    for found, word in ((larger, "more"), (smaller, "less")):
        if found:
            who = "every run" if len(found) == len(several) > 1 else listing([named(run) for run in found])
            text += f" For {who} the seed moves the accuracy {word} than the choice of test images does."
    if len(larger) + len(smaller) < len(several):
        which = "These trainings are" if not larger and not smaller else "For the others the trainings are"
        text += f" {which} too few to tell which of the two moves the accuracy more (95% interval of the deviation)."
    if len(several) > 1:
        first = max(several, key=lambda run: accuracies[run.name][0])
        best = max(several, key=lambda run: spreads[run.name].mean)
        text += (
            f" {named(best)} also has the highest mean over the seeds."
            if best is first
            else f" By the mean over the seeds not {named(first)} but {named(best)} comes first."
        )
    text += " The tests between runs compare the models of the first seed."
    return Remark(text)


def _subject(several: int, runs: int) -> str:
    if several == runs:
        return "Each run was"
    return f"Of {quantity(runs, 'run')}, {several} {'was' if several == 1 else 'were'}"
