"""The cause of each error, the shares of the causes, and their agreement with the generator's parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.causes import CAUSES, CORRECT, PICTURE, UNEXPLAINED, Booleans
from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.store.schema import Causes, Estimate


def assign(
    causes: Causes,
    wrong: Booleans,
    *,
    wrong_labels: Booleans | None = None,
    unclear: Booleans | None = None,
) -> NDArray[np.int64]:
    """Return the cause of each error: the place of the first rule in `CAUSES` that applies.

    Parameters
    ----------
    causes
        Evidence of M configurations and N images.
    wrong
        Whether each configuration misclassifies each image, shape (M, N).
    wrong_labels
        Whether each label is wrong, where that is known better than from the suspicion, shape (N,).
    unclear
        Images that a person could not recognise, shape (N,); they are ambiguous.

    Returns
    -------
    Shape (M, N): a place in `CAUSES`, `UNEXPLAINED`, or `CORRECT` where there is no error.

    Examples
    --------
    >>> applies = {cause.name: np.zeros((1, 3), dtype=bool) for cause in CAUSES}
    >>> applies["degraded"][:, 0] = applies["this-model"][:, :2] = True
    >>> causes = Causes(("cnn",), applies, {}, (), (), np.zeros((1, 3), dtype=np.int64), (0,))
    >>> assign(causes, np.array([[True, False, True]])).tolist()
    [[1, -1, 5]]
    """
    applies = dict(causes.applies)
    if wrong_labels is not None:
        applies["wrong-label"] = np.broadcast_to(wrong_labels, wrong.shape)
    if unclear is not None:
        applies["ambiguous"] = applies["ambiguous"] | unclear
    codes = np.full(wrong.shape, UNEXPLAINED, dtype=np.int64)
    for code in reversed(range(len(CAUSES))):
        codes[applies[CAUSES[code].name]] = code
    return np.where(wrong, codes, CORRECT)


def cause_shares(codes: NDArray[np.int64], photographs: NDArray[np.int64] | None) -> tuple[Estimate, ...]:
    """Return the share of each cause among the errors, with its 95% Wilson interval by photograph.

    Parameters
    ----------
    codes
        Of `assign`, for one configuration or several, shape (M, N). Errors of several configurations on one photograph
        count as dependent.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Returns
    -------
    One for each code, in the order of `TITLES`; the values add up to 1, or are NaN without errors.

    Examples
    --------
    >>> shares = cause_shares(np.array([[0, 0, 5, CORRECT], [0, 2, 5, CORRECT]]), None)
    >>> [share.value for share in shares]
    [0.5, 0.0, 0.16666666666666666, 0.0, 0.0, 0.3333333333333333]
    """
    groups = np.arange(codes.shape[1]) if photographs is None else photographs
    flat, of_error = codes.ravel(), np.tile(groups, len(codes))
    return tuple(share_by_photograph(flat == code, of_error, flat != CORRECT) for code in range(UNEXPLAINED + 1))


@dataclass(frozen=True)
class CauseScores:
    """Agreement of the causes with the generator's parameters on the errors of all configurations.

    Attributes
    ----------
    confusion
        Number of errors, shape (4, 4): rows are the causes by the parameters, columns those by the rules, in the order
        of `svhnlab.analysis.causes.PICTURE`, then none of these.
    agreement
        Share of the errors on the diagonal, with its interval by photograph.
    kappa
        Cohen's kappa: agreement beyond that expected from the frequencies of the causes, 1 for complete agreement.
    """

    confusion: NDArray[np.int64]
    agreement: Estimate
    kappa: float


def score_causes(causes: Causes, wrong: Booleans, photographs: NDArray[np.int64] | None) -> CauseScores | None:
    """Compare the causes found without known labels with those by the parameters; None if these are unknown.

    Parameters
    ----------
    wrong
        Whether each configuration misclassifies each image, shape (M, N).
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    References
    ----------
    J. Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20, 37-46.

    Examples
    --------
    >>> applies = {cause.name: np.zeros((1, 3), dtype=bool) for cause in CAUSES}
    >>> applies["degraded"][:, :2] = True
    >>> others, truth = np.zeros((1, 3), dtype=np.int64), np.array([1, 5, 5])
    >>> causes = Causes(("cnn",), applies, {}, (), (), others, (0,), truth=truth)
    >>> scores = score_causes(causes, np.ones((1, 3), dtype=bool), None)
    >>> round(scores.agreement.value, 2), round(scores.kappa, 2), scores.confusion[3].tolist()
    (0.67, 0.4, [0, 1, 0, 1])
    """
    if causes.truth is None or not wrong.any():
        return None
    last = len(PICTURE)
    found = np.minimum(assign(causes, wrong), last)[wrong]
    truth = np.minimum(np.broadcast_to(causes.truth, wrong.shape), last)[wrong]
    groups = np.arange(wrong.shape[1]) if photographs is None else photographs
    confusion = np.zeros((last + 1, last + 1), dtype=np.int64)
    np.add.at(confusion, (truth, found), 1)
    agreement = share_by_photograph(found == truth, np.broadcast_to(groups, wrong.shape)[wrong])
    expected = float(confusion.sum(axis=1) @ confusion.sum(axis=0)) / len(found) ** 2
    return CauseScores(
        confusion, agreement, (agreement.value - expected) / (1 - expected) if expected < 1 else float("nan")
    )
