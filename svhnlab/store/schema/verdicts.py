"""Verdicts of persons on test images."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

#: Class of an image on which a person recognised none.
UNCLEAR = -1


@dataclass(frozen=True)
class Verdicts:
    """Classes that persons recognised on test images.

    Attributes
    ----------
    rows
        Rows of the test images with a verdict, ascending, shape (V,).
    classes
        Class of each of them, or `UNCLEAR`, shape (V,).
    chosen
        Those of the rows that persons chose for what they show, and that are thus no random sample.
    """

    rows: NDArray[np.int64]
    classes: NDArray[np.int64]
    chosen: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def correct(self, labels: NDArray[np.int64]) -> NDArray[np.int64]:
        """Replace labels, shape (N,), by the verdicts; an unclear image keeps its label."""
        corrected = labels.copy()
        clear = self.classes != UNCLEAR
        corrected[self.rows[clear]] = self.classes[clear]
        return corrected
