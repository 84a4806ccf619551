"""Contrast of two colours, by WCAG 2.2."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.colors import to_rgb


def relative_luminance(colour: Any) -> float:
    """Relative luminance of a colour, 0 for black to 1 for white (WCAG 2.2)."""
    channel = np.asarray(to_rgb(colour))
    linear = np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast_ratio(one: Any, other: Any) -> float:
    """Contrast of two colours, 1 for none to 21 for black on white (WCAG 2.2)."""
    light, dark = sorted((relative_luminance(one), relative_luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
