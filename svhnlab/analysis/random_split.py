"""How much a random split of single images raises the validation accuracy, compared with a split of photographs.

Where single images are divided, validation images share photographs with training images, and their accuracy does not
estimate that on new photographs. Test photographs are new to both models; the accuracy on them shows by how much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.clusters import contrast_by_photograph, share_by_photograph
from svhnlab.store.schema import Estimate


@dataclass(frozen=True)
class SplitOutcome:
    """Which images one model classifies correctly.

    Attributes
    ----------
    validation, test
        Whether each image is classified correctly, booleans, shapes (V,) and (N,).
    photographs
        Number of the photograph of each validation image, shape (V,).
    """

    validation: NDArray[np.bool_]
    test: NDArray[np.bool_]
    photographs: NDArray[np.int64]


@dataclass(frozen=True)
class SplitAccuracy:
    """Accuracy of one model on validation and test images, and the first minus the second."""

    validation: Estimate
    test: Estimate
    difference: Estimate


def compare_splits(
    by_photograph: SplitOutcome, by_image: SplitOutcome, test_photographs: NDArray[np.int64]
) -> tuple[SplitAccuracy, SplitAccuracy, Estimate]:
    """Compare the models of a split by photograph and of a split by image, on the same test images.

    Parameters
    ----------
    by_photograph, by_image
        Outcomes of the two models. Their validation images are from the same file, in which photographs are numbered.
    test_photographs
        Number of the photograph of each test image in another file, shape (N,).

    Returns
    -------
    The accuracies of both models, and the bias of the split by image: its validation minus test accuracy, minus that of
    the split by photograph. Intervals are by photograph; images of one photograph in both validation parts, and the
    test images of both models, count as dependent.

    Examples
    --------
    >>> rows = np.arange(100)
    >>> photograph = SplitOutcome(rows % 10 > 1, rows % 10 > 1, rows // 2)
    >>> image = SplitOutcome(rows % 10 > 0, rows % 10 > 1, rows // 2)
    >>> _, _, bias = compare_splits(photograph, image, rows)
    >>> round(bias.value, 2), round(bias.low, 2), round(bias.high, 2)
    (0.1, 0.04, 0.16)
    """
    offset = int(max(by_photograph.photographs.max(), by_image.photographs.max())) + 1
    of_test = test_photographs + offset  # numbers in both files start at 0
    accuracies = [
        SplitAccuracy(
            share_by_photograph(one.validation, one.photographs),
            share_by_photograph(one.test, test_photographs),
            contrast_by_photograph([(1, one.validation, one.photographs), (-1, one.test, of_test)]),
        )
        for one in (by_photograph, by_image)
    ]
    bias = contrast_by_photograph(
        [
            (1, by_image.validation, by_image.photographs),
            (-1, by_image.test, of_test),
            (-1, by_photograph.validation, by_photograph.photographs),
            (1, by_photograph.test, of_test),
        ]
    )
    return accuracies[0], accuracies[1], bias
