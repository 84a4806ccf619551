"""Slider of a page that changes the temperature and shows the calibration at each."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

from svhnlab.analysis.metric_registry import CALIBRATION
from svhnlab.report.core.metric_columns import show_value
from svhnlab.report.core.text import number
from svhnlab.store.schema import TemperatureScaling
from svhnlab.web.resources import script_json

STEPS = 1_000
"""Confidences on a page are integer numbers of steps from 0 to 1."""


def slider_part(scalings: Mapping[str, TemperatureScaling], name: str) -> str:
    """Return a raw HTML block for Markdown with the slider, hidden until the page's script starts it.

    Parameters
    ----------
    scalings
        By title of the run, at least one.
    name
        Prefix of the ids, unique on the page.
    """
    models = [
        f'<label><input type="radio" name="{name}-model" value="{i}"{" checked" if i == 0 else ""}>'
        f"<span>{escape(title)}</span></label>"
        for i, title in enumerate(scalings)
    ]
    return (
        "```{=html}\n"
        f'<div id="{name}" class="temperature-slider page-tool" role="group" aria-label="Calibration by temperature"'
        " hidden>\n"
        f"<fieldset><legend>Model</legend>{''.join(models)}</fieldset>\n"
        f'<div class="temperature-bar"><label for="{name}-range">Temperature</label>'
        '<span class="temperature-value" aria-hidden="true"></span>'
        f'<div class="temperature-track"><input type="range" id="{name}-range" min="0" step="1">'
        '<span class="temperature-mark" aria-hidden="true">fitted</span></div>'
        '<div class="temperature-buttons"><button type="button" class="to-trained">As trained, T = 1</button>'
        '<button type="button" class="to-fitted"></button></div></div>\n'
        '<div class="temperature-view"><div class="temperature-plot"></div><div>'
        '<dl class="temperature-scores"></dl>'
        '<p class="tool-help">Grey: as trained. Larger points: more images.</p></div></div>\n'
        '<p class="temperature-status" role="status"></p>\n'
        "</div>\n"
        f'<script type="application/json" id="{name}-data">{script_json(payload(scalings))}</script>\n'
        "```"
    )


def payload(scalings: Mapping[str, TemperatureScaling]) -> dict[str, Any]:
    """Return the data of the page's script in compact form: metrics as text, confidences as integers."""
    return {
        "steps": STEPS,
        "metrics": [metric.short_title for metric in CALIBRATION.values()],
        "runs": [
            {
                "fitted": [at.temperature for at in scaling.grid].index(scaling.temperature),
                "trained": [at.temperature for at in scaling.grid].index(1.0),
                "temperatures": [number(at.temperature, 2) for at in scaling.grid],
                "values": [
                    [show_value(metric, at.metrics[metric_name]) for metric_name, metric in CALIBRATION.items()]
                    for at in scaling.grid
                ],
                "images": [at.images for at in scaling.grid],
                "correct": [at.correct for at in scaling.grid],
                "confidence": [
                    [0 if np.isnan(mean) else round(STEPS * mean) for mean in at.confidence] for at in scaling.grid
                ],
            }
            for scaling in scalings.values()
        ],
    }
