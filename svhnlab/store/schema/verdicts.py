"""Verdicts of persons on test images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Class of an image on which a person recognised none.
UNCLEAR = -1


@dataclass(frozen=True)
class Verdicts:
    """Classes that persons recognised on test images without seeing the labels.

    Attributes
    ----------
    rows
        Rows of the test images with a verdict, ascending, shape (V,).
    classes
        Class of each of them, or `UNCLEAR`, shape (V,).
    """

    rows: NDArray[np.int64]
    classes: NDArray[np.int64]

    def correct(self, labels: NDArray[np.int64]) -> NDArray[np.int64]:
        """Replace labels, shape (N,), by the verdicts; an unclear image keeps its label."""
        corrected = labels.copy()
        clear = self.classes != UNCLEAR
        corrected[self.rows[clear]] = self.classes[clear]
        return corrected
