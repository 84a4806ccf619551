"""Share of wrong labels, and accuracy against corrected labels, from the verdicts of a person on some images.

A person can't look at all test images. The suspected labels are wrong most often, so all of them are reviewed; to learn
about the others too, a random sample of them is reviewed. Both estimates are stratified: the reviewed images of each of
the two parts of the test set stand for that part. An unclear image keeps its label, so a label counts as wrong only if
a person recognises another class.

The reviewed images of each part must be a random sample of it. This also holds when a person stops early, since the
images are reviewed in random order.

References
----------
J. P. Buonaccorsi (1987), A note on confidence intervals for proportions in finite populations, The American
Statistician 41, 215-218 (interval for a part of the test set). G. Y. Zou, W. Huang, X. Zhang (2009), A note on
confidence interval estimation for a linear function of binomial proportions, Computational Statistics & Data Analysis
53, 1080-1085 (interval for a sum). C.-E. Särndal, B. Swensson, J. Wretman (1992), Model assisted survey sampling,
Springer, section 6.3 (difference estimator of the accuracy). E. Ohlsson (1995), Coordination of samples using permanent
random numbers, in Business survey methods, Wiley, 153-169 (sample that changes little when other labels are suspected).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.analysis.metrics import CONFIDENCE
from svhnlab.store.schema import UNCLEAR, UNDEFINED, Estimate, Verdicts

SAMPLE = 200
"""Images without a suspected label that are reviewed. If no label of these is wrong, at most 1.8% of all such labels
are."""


def choose_images(suspected: NDArray[np.int64], total: int, digest: str) -> NDArray[np.int64]:
    """Choose the images that a person reviews: all with a suspected label, and a random sample of the others.

    The sample is the first `SAMPLE` of the others in a random order of all images, so most of it stays the same when
    other labels are suspected.

    Parameters
    ----------
    suspected
        Rows of the suspected labels, shape (S,).
    total
        Number of test images.
    digest
        Digest of the test images in hexadecimal, the seed of the random order.

    Returns
    -------
    Rows in the random order of the review, shape (L,).

    Examples
    --------
    >>> rows = choose_images(np.array([3, 5]), 10_000, "1f")
    >>> len(rows), np.isin([3, 5], rows).tolist()
    (202, [True, True])
    >>> len(np.intersect1d(rows, choose_images(np.array([5, 8]), 10_000, "1f")))
    201
    """
    rng = np.random.default_rng(int(digest, 16))
    order = rng.permutation(total)
    others = order[~np.isin(order, suspected)][:SAMPLE]
    return np.asarray(rng.permutation(np.concatenate([np.sort(suspected), others])), dtype=np.int64)


@dataclass(frozen=True)
class Stratum:
    """A part of the test set.

    Attributes
    ----------
    images
        Number of images.
    listed
        Number of images that were chosen for the review.
    rows
        Rows of the reviewed images, shape (R,).
    """

    images: int
    listed: int
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class LabelAudit:
    """Verdicts on a stratified sample of the test images, and what follows from them.

    Attributes
    ----------
    labels
        Given labels, shape (N,).
    corrected
        The same with the class that a person recognised on each reviewed image, shape (N,).
    suspected, others
        The images with a suspected label, and all others.
    unclear
        Number of reviewed images that are unclear.
    """

    labels: NDArray[np.int64]
    corrected: NDArray[np.int64]
    suspected: Stratum
    others: Stratum
    unclear: int

    @property
    def strata(self) -> tuple[Stratum, Stratum]:
        """Both parts of the test set."""
        return self.suspected, self.others

    @property
    def is_estimable(self) -> bool:
        """Whether images of both parts are reviewed, without which nothing is known about a part."""
        return all(len(part.rows) or not part.images for part in self.strata)

    def wrong(self, part: Stratum) -> int:
        """Return the number of reviewed images of a part on which a person recognised another class than the label."""
        return int((self.corrected != self.labels)[part.rows].sum())

    @property
    def wrong_labels(self) -> Estimate:
        """Estimated share of wrong labels in this test set, with its 95% interval; NaN unless `is_estimable`.

        The interval covers the random choice of the reviewed images.
        """
        counts = [estimate_count(self.wrong(part), len(part.rows), part.images) for part in self.strata]
        return _sum([_scaled(count, 1 / len(self.labels)) for count in counts])

    def accuracy(self, predicted: NDArray[np.int64], photographs: NDArray[np.int64] | None) -> Estimate:
        """Estimate the accuracy against the corrected labels of all images; NaN unless `is_estimable`.

        The accuracy against the labels as corrected so far is changed by the share of predictions that the correction
        of all other labels would turn from wrong to right, minus that of predictions that it would turn from right to
        wrong, both estimated from the reviewed images of each part.

        Parameters
        ----------
        predicted
            Predicted classes, shape (N,).
        photographs
            Number of the photograph of each image, shape (N,); when None each image is its own.

        Returns
        -------
        The accuracy with a 95% interval, which covers the sampling variability of the test set and the random choice
        of the reviewed images.
        """
        right, was_right = predicted == self.corrected, predicted == self.labels
        parts = [share_by_photograph(right, photographs)]
        for sign, changed in ((1, right & ~was_right), (-1, ~right & was_right)):
            for part in self.strata:
                known = int(changed[part.rows].sum())
                all_of_part = estimate_count(known, len(part.rows), part.images)
                parts.append(_scaled(all_of_part, sign / len(self.labels), less=known))
        total = _sum(parts)
        return Estimate(*(min(max(value, 0.0), 1.0) for value in (total.value, total.low, total.high)))


def audit_labels(
    labels: NDArray[np.int64], suspected: NDArray[np.int64], verdicts: Verdicts, digest: str
) -> LabelAudit:
    """Relate verdicts to the labels.

    Verdicts on other images than those of `choose_images`, which an earlier study may have suspected, and on images
    that a person chose are left out, since they are no random sample.

    Parameters
    ----------
    labels
        Given labels, shape (N,).
    suspected
        Rows of the suspected labels, shape (S,).
    verdicts
        Verdicts on some images.
    digest
        As in `choose_images`.

    Examples
    --------
    >>> labels = np.arange(1_000) % 10
    >>> suspected = np.array([3, 5])
    >>> rows = np.sort(choose_images(suspected, 1_000, "1f"))
    >>> audit = audit_labels(labels, suspected, Verdicts(rows, np.where(rows == 3, 8, labels[rows])), "1f")
    >>> audit.wrong(audit.suspected), round(audit.wrong_labels.value, 3), round(audit.wrong_labels.high, 3)
    (1, 0.001, 0.017)
    """
    listed = choose_images(suspected, len(labels), digest)
    used = np.isin(verdicts.rows, listed) & ~np.isin(verdicts.rows, verdicts.chosen)
    rows, classes = verdicts.rows[used], verdicts.classes[used]
    among_suspected = np.isin(rows, suspected)
    return LabelAudit(
        labels=labels,
        corrected=Verdicts(rows, classes).correct(labels),
        suspected=Stratum(len(suspected), len(suspected), rows[among_suspected]),
        others=Stratum(len(labels) - len(suspected), len(listed) - len(suspected), rows[~among_suspected]),
        unclear=int((classes == UNCLEAR).sum()),
    )


def estimate_count(hits: int, sampled: int, total: int) -> Estimate:
    """Estimate how many of `total` images have a property that `hits` of `sampled` randomly chosen ones have.

    The 95% interval has all numbers that neither tail of the hypergeometric distribution, of 2.5% each, rules out. It
    covers the number with a probability of at least 95%, and is the number itself if all images are sampled.

    Examples
    --------
    >>> estimate_count(0, 200, 1_955)
    Estimate(value=0.0, low=0.0, high=33.0)
    >>> estimate_count(21, 45, 45), estimate_count(0, 0, 45).high
    (Estimate(value=21.0, low=21.0, high=21.0), nan)
    """
    if sampled == total:
        return Estimate(float(hits), float(hits), float(hits))
    if not sampled:
        return UNDEFINED
    from scipy.stats import hypergeom  # noqa: PLC0415  (takes a second to import)

    tail = (1 - CONFIDENCE) / 2
    possible = range(hits, total - sampled + hits + 1)
    low = bisect_left(possible, True, key=lambda n: bool(hypergeom.sf(hits - 1, total, n, sampled) > tail))
    high = bisect_left(possible, True, key=lambda n: bool(hypergeom.cdf(hits, total, n, sampled) <= tail)) - 1
    return Estimate(total * hits / sampled, float(possible[low]), float(possible[high]))


def _scaled(estimate: Estimate, factor: float, *, less: float = 0.0) -> Estimate:
    """Subtract a constant from an estimate, then multiply it by a factor."""
    value, *limits = (factor * (number - less) for number in (estimate.value, estimate.low, estimate.high))
    return Estimate(value, min(limits), max(limits))


def _sum(parts: list[Estimate]) -> Estimate:
    """Add independent estimates; the distances of the bounds from the values add up in squares (Zou et al.)."""
    value = sum(part.value for part in parts)
    low = math.sqrt(sum((part.value - part.low) ** 2 for part in parts))
    high = math.sqrt(sum((part.high - part.value) ** 2 for part in parts))
    return Estimate(value, value - low, value + high)
