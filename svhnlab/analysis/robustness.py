"""Robustness to changes of the images: accuracies, corruption errors, paired tests, and what a change does to errors.

Accuracies are estimated on a random sample of the test images, with bootstrap intervals by photograph. A test compares
sums over the severities of a corruption by photograph (:func:`svhnlab.analysis.paired.mcnemar_by_photograph`).

References
----------
D. Hendrycks, T. Dietterich (2019), Benchmarking neural network robustness to common corruptions and perturbations,
ICLR.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import lcm

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.bootstrap import percentile_estimate, resampled_sums
from svhnlab.analysis.paired import holm, paired_p_value, sign_change_p_value
from svhnlab.store.schema import Condition, CorruptionDifference, CorruptionError, Estimate, Intervention, RunRobustness

#: Outcomes of a configuration: whether each image is classified correctly, without a change (first row) and under each
#: condition, booleans, shape (1 + C, N).
Outcomes = NDArray[np.bool_]
#: Rows of the outcomes that belong to each corruption, ascending severity.
Steps = Mapping[str, Sequence[int]]


def conditions_of(corruptions: Mapping[str, Sequence[Sequence[float]]]) -> tuple[Condition, ...]:
    """List the changes in the settings of a study.

    Parameters
    ----------
    corruptions
        Severity and strength of each step, by corruption, see `svhnlab.config.profiles.RobustnessSettings.inputs`.

    Examples
    --------
    >>> conditions_of({"blur": [[1, 0.4], [5, 1.0]]})[1]
    Condition(corruption='blur', severity=5, strength=1.0)
    """
    return tuple(
        Condition(name, int(severity), float(strength))
        for name, steps in corruptions.items()
        for severity, strength in steps
    )


def steps_of(conditions: Sequence[Condition]) -> dict[str, list[int]]:
    """List the rows of the outcomes that belong to each corruption; the first row is without a change.

    Examples
    --------
    >>> steps_of(conditions_of({"blur": [[1, 0.4], [5, 1.0]], "inverted": [[5, 1.0]]}))
    {'blur': [1, 2], 'inverted': [3]}
    """
    steps: dict[str, list[int]] = {}
    for row, one in enumerate(conditions, start=1):
        steps.setdefault(one.corruption, []).append(row)
    return steps


def choose_images(
    wrong_in_any: NDArray[np.bool_], shown: NDArray[np.int64], *, sample: int, most: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Choose a random sample of the test images, then images that the report shows, errors first.

    Parameters
    ----------
    wrong_in_any
        Whether at least one configuration misclassifies each test image, shape (N,).
    shown
        Rows of the images that the report shows one by one.
    sample
        Size of the random sample, or all images if there are fewer.
    most
        Number of images in total.
    seed
        Seed of the choice.

    Returns
    -------
    Rows, ascending, and whether each belongs to the random sample.

    Examples
    --------
    >>> rows, sampled = choose_images(np.arange(100) < 5, np.arange(20), sample=10, most=18, seed=0)
    >>> len(rows), int(sampled.sum()), set(range(5)) <= set(rows.tolist())
    (18, 10, True)
    """
    rng = np.random.default_rng([seed, 17])
    drawn = rng.permutation(len(wrong_in_any))[:sample]
    rest = rng.permutation(np.setdiff1d(shown, drawn))
    rest = rest[np.argsort(~wrong_in_any[rest], kind="stable")][: max(0, most - len(drawn))]
    rows = np.sort(np.concatenate([drawn, rest])).astype(np.int64)
    return rows, np.isin(rows, drawn)


def least_change(outcomes: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Find the smallest severity at which the outcome of an image differs from that without a change.

    Parameters
    ----------
    outcomes
        Whether each image is classified correctly without a change, in the first row, and at each severity, ascending,
        shape (1 + S, N).

    Returns
    -------
    Position of the severity, from 1 to S; 0 for an image whose outcome is the same at all of them.

    Examples
    --------
    >>> least_change(np.array([[True, True, False], [True, False, False], [False, False, False]])).tolist()
    [2, 1, 0]
    """
    return np.asarray((outcomes != outcomes[:1]).argmax(axis=0))


def evaluate_runs(
    outcomes: Mapping[str, Outcomes],
    steps: Steps,
    reference: str,
    *,
    resamples: int,
    seed: int,
    photographs: NDArray[np.int64] | None = None,
) -> dict[str, RunRobustness]:
    """Estimate accuracies, corruption errors, and shares of repaired errors and of broken correct predictions.

    Parameters
    ----------
    outcomes
        By configuration, all on the same images.
    steps
        Rows of the outcomes by corruption.
    reference
        Configuration to whose errors the corruption errors are related.
    resamples, seed
        Number of bootstrap resamples, and seed of the draws.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Examples
    --------
    >>> right = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 1]], dtype=bool)
    >>> (run,) = evaluate_runs({"cnn": right}, {"blur": [1, 2]}, "cnn", resamples=100, seed=0).values()
    >>> run.unchanged.value, [one.value for one in run.accuracy], run.errors.mean.value
    (0.75, [0.5, 0.5], 1.0)
    >>> run.interventions[1].repaired.value, round(run.interventions[1].broken.value, 2)
    (1.0, 0.67)
    """
    columns = {name: _columns(right) for name, right in outcomes.items()}
    sums = resampled_sums(columns, resamples, seed, photographs)
    observed = {name: part.sum(axis=0)[None] for name, part in columns.items()}
    p_values = holm(
        [paired_p_value(right[0], changed, photographs) for right in outcomes.values() for changed in right[1:]]
    )
    results = {}
    for i, (name, right) in enumerate(outcomes.items()):
        one, drawn, count = _Sums(observed[name], len(right)), _Sums(sums[name], len(right)), len(right) - 1
        p = p_values[i * count : (i + 1) * count]
        estimated = {
            key: [percentile_estimate(float(value), draws) for value, draws in zip(values[0], many.T, strict=True)]
            for key, (values, many) in {
                "accuracy": (one.accuracy, drawn.accuracy),
                "repaired": (one.repaired, drawn.repaired),
                "broken": (one.broken, drawn.broken),
                "mean": (one.mean(steps), drawn.mean(steps)),
            }.items()
        }
        results[name] = RunRobustness(
            unchanged=estimated["accuracy"][0],
            accuracy=tuple(estimated["accuracy"][1:]),
            mean=estimated["mean"][0],
            errors=_relate(
                one, _Sums(observed[reference], len(right)), drawn, _Sums(sums[reference], len(right)), steps
            ),
            interventions=tuple(
                Intervention(repaired, broken, float(value))
                for repaired, broken, value in zip(estimated["repaired"][:-1], estimated["broken"][:-1], p, strict=True)
            ),
            any_repaired=estimated["repaired"][-1],
            any_broken=estimated["broken"][-1],
        )
    return results


def _columns(right: Outcomes) -> NDArray[np.float64]:
    """Return for each image: 1, the outcomes, and whether each condition, and any of them, repairs or breaks it."""
    repaired, broken = right[1:] & ~right[0], ~right[1:] & right[0]
    parts = [np.ones_like(right[:1]), right, repaired, repaired.any(0)[None], broken, broken.any(0)[None]]
    return np.vstack(parts).T.astype(np.float64)


class _Sums:
    """Ratios of sums over images; each has a row for each resample."""

    def __init__(self, sums: NDArray[np.float64], rows: int) -> None:
        images, right, repaired, broken = np.split(sums, [1, 1 + rows, 1 + 2 * rows], axis=1)
        self.accuracy = right / images
        self.repaired = _ratio(repaired, images - right[:, :1])
        self.broken = _ratio(broken, right[:, :1])

    def mean(self, steps: Steps) -> NDArray[np.float64]:
        """Mean over corruptions of the mean accuracies, one column."""
        return np.mean([self.accuracy[:, list(rows)].mean(axis=1) for rows in steps.values()], axis=0)[:, None]

    def errors(self, steps: Steps) -> NDArray[np.float64]:
        """Mean error rate over the severities of each corruption."""
        return np.stack([(1 - self.accuracy[:, list(rows)]).mean(axis=1) for rows in steps.values()], axis=1)


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def _relate(one: _Sums, other: _Sums, drawn: _Sums, other_drawn: _Sums, steps: Steps) -> CorruptionError:
    """Divide the errors of a configuration by those of the reference."""
    values, draws = (
        _ratio(mine.errors(steps), theirs.errors(steps)) for mine, theirs in ((one, other), (drawn, other_drawn))
    )
    defined = ~np.isnan(values[0])
    mean = float(values[0, defined].mean()) if defined.any() else float("nan")
    return CorruptionError(
        # a resample in which the reference has no errors under a corruption is left out
        mean=percentile_estimate(mean, draws[:, defined].mean(axis=1)) if defined.any() else Estimate(mean, mean, mean),
        by_corruption={name: percentile_estimate(float(values[0, i]), draws[:, i]) for i, name in enumerate(steps)},
    )


def compare_runs(
    outcomes: Mapping[str, Outcomes],
    steps: Steps,
    *,
    resamples: int,
    seed: int,
    photographs: NDArray[np.int64] | None = None,
) -> tuple[CorruptionDifference, ...]:
    """Compare every pair of configurations under each corruption and under all, and beyond their difference without.

    Parameters
    ----------
    outcomes, steps, resamples, seed, photographs
        As in :func:`evaluate_runs`.

    Returns
    -------
    Every pair in the order of the configurations, second minus first, with all corruptions, then their mean. The null
    hypothesis of a test is that the difference of a photograph, summed over its images and the severities, is as likely
    positive as negative; `beyond` subtracts from each severity the difference without a change.

    Examples
    --------
    >>> weak = np.array([[True] * 40, [False] * 30 + [True] * 10])
    >>> strong = np.ones((2, 40), dtype=bool)
    >>> blur, mean = compare_runs({"cnn": weak, "resnet18": strong}, {"blur": [1]}, resamples=100, seed=0)
    >>> blur.corruption, blur.accuracy.value, blur.significant, blur.beyond.value, mean.corruption
    ('blur', 0.75, True, 0.75, '')
    """
    pairs = list(combinations(outcomes, 2))
    if not pairs:
        return ()
    weights = _weights(steps, len(next(iter(outcomes.values()))))
    scale = weights[:, 1:].sum(axis=1)
    changes = {
        (first, second): (outcomes[second].astype(np.int64) - outcomes[first].astype(np.int64)).T @ weights.T
        for first, second in pairs
    }
    columns = {pair: np.hstack([np.ones((len(change), 1)), change]) for pair, change in changes.items()}
    sums = resampled_sums(columns, resamples, seed, photographs)
    names = [*steps, ""]
    estimates, p_values = {}, {}
    for pair in pairs:
        observed = columns[pair].sum(axis=0)
        draws = sums[pair][:, 1:] / sums[pair][:, :1] / scale
        for i, value in enumerate(observed[1:] / observed[0] / scale):
            place = (pair, names[i % len(names)], i >= len(names))
            estimates[place] = percentile_estimate(float(value), draws[:, i])
            p_values[place] = sign_change_p_value(changes[pair][:, i], photographs)
    adjusted: dict[tuple[tuple[str, str], str, bool], float] = {}
    # a family for all corruptions and one for their mean, both for the difference and for what is beyond
    for beyond in (False, True):
        for family in (list(steps), [""]):
            places = [(pair, name, beyond) for pair in pairs for name in family]
            adjusted.update(zip(places, holm([p_values[place] for place in places]).tolist(), strict=True))
    return tuple(
        CorruptionDifference(
            *pair,
            corruption=name,
            accuracy=estimates[pair, name, False],
            p_adjusted=adjusted[pair, name, False],
            beyond=estimates[pair, name, True],
            beyond_p_adjusted=adjusted[pair, name, True],
        )
        for pair in pairs
        for name in names
    )


def _weights(steps: Steps, rows: int) -> NDArray[np.int64]:
    """Return whole-number weights of the rows of the outcomes in each sum, shape (2 (K + 1), 1 + C).

    First the K corruptions and their mean, in which corruptions count alike whatever their number of severities; then
    the same with the outcome without a change subtracted from each.
    """
    common = lcm(*(len(of_one) for of_one in steps.values()))
    plain = np.zeros((len(steps) + 1, rows), dtype=np.int64)
    for i, of_one in enumerate(steps.values()):
        plain[i, list(of_one)] = 1
        plain[-1, list(of_one)] = common // len(of_one)
    beyond = plain.copy()
    beyond[:, 0] = -plain.sum(axis=1)
    return np.vstack([plain, beyond])
