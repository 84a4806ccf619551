"""The maps on a page: one at a time, drawn by a script that lets them be moved and turned."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from svhnlab.displays.style import class_colours, class_marks
from svhnlab.displays.text import number, percent, quantity
from svhnlab.scripts import script_json

if TYPE_CHECKING:
    from svhnlab.displays.maps.base import EmbeddingMaps

#: Style of a class's sample of colour beside its name, by Plotly's word for its mark.
SHAPES = {"circle": "", "square": "; border-radius: 0", "diamond": "; border-radius: 0; transform: rotate(45deg)"}
STEPS = 9_999  # coordinates on a page are whole numbers of this many steps from the centre to the outermost point


def page_part(maps: EmbeddingMaps, name: str) -> str:
    """Return the maps one at a time to be chosen, moved and turned, as Markdown with raw HTML.

    Parameters
    ----------
    maps
        The display.
    name
        Stem of its pictures, unique on the page. What stands in for the maps without scripts is to be a division
        named after it, with ``-static`` at the end.
    """
    models = [
        f'<label><input type="radio" name="{name}-model" value="{i}"{" checked" if i == 0 else ""}>'
        f"<span>{escape(run.title)}</span></label>"
        for i, run in enumerate(maps.runs)
    ]
    classes = [f'<label><input type="radio" name="{name}-class" value="-1" checked><span>All</span></label>'] + [
        f'<label><input type="radio" name="{name}-class" value="{k}">'
        f'<span><i style="background: {colour}{SHAPES[mark]}"></i>{escape(label)}</span></label>'
        for k, (label, colour, (_, mark)) in enumerate(
            zip(
                maps.class_names,
                class_colours(len(maps.class_names)),
                class_marks(len(maps.class_names)),
                strict=True,
            )
        )
    ]
    script = files("svhnlab.displays.maps").joinpath("maps.js").read_text(encoding="utf-8")
    return (
        "```{=html}\n"
        f'<div id="{name}" class="feature-maps" hidden>\n'
        f'<fieldset class="map-models"><legend>Model</legend>{"".join(models)}</fieldset>\n'
        f'<fieldset class="map-classes"><legend>True class</legend>{"".join(classes)}</fieldset>\n'
        '<div class="map-bar"><label class="map-errors"><input type="checkbox"> Errors (crosses) alone</label>'
        '<span class="map-buttons"><button type="button" class="map-closer" aria-label="Zoom in">+</button>'
        '<button type="button" class="map-farther" aria-label="Zoom out">−</button>'
        '<button type="button" class="map-reset">Reset view</button>'
        '<button type="button" class="map-enlarge" hidden>Enlarge</button></span></div>\n'
        f'<div class="map-plot" role="group" tabindex="0" aria-label="{escape(maps.alt)} {maps.instructions}">'
        '<div class="map-tip" hidden><div></div><p></p></div></div>\n'
        '<dl class="map-scores" aria-live="polite"></dl>\n'
        f'<p class="map-help">{maps.instructions}</p>\n'
        "</div>\n"
        f'<script type="application/json" id="{name}-data">{script_json(payload(maps))}</script>\n'
        f"<script>\n{script.strip()}\nsvhnlabMaps({json.dumps(name)});\n</script>\n"
        "```"
    )


def payload(maps: EmbeddingMaps) -> dict[str, Any]:
    """Return what the page's script draws from, as compact as it goes: whole numbers, shared between the runs."""
    reach = maps.spans.max() or 1.0
    steps = {name: np.rint(points / reach * STEPS).astype(int) for name, points in maps.coordinates.items()}
    runs = []
    for run in maps.runs:
        scores, centres = maps.scores[run.name], maps.centres(run.name)
        near = quantity(scores.neighbours, "neighbour")
        runs.append(
            {
                "points": steps[run.name].T.tolist(),
                "centres": [
                    np.rint(centres[k] / reach * STEPS).astype(int).tolist() if k in centres else None
                    for k in range(len(maps.class_names))
                ],
                "predicted": maps.predicted[run.name].tolist(),
                "confidence": np.rint(1000 * run.test.confidence[maps.rows]).astype(int).tolist(),
                "scores": [
                    ["Trustworthiness", number(scores.trustworthiness)],
                    [f"Of {near} kept", percent(scores.neighbour_preservation)],
                    ["Kept with another start", percent(scores.seed_overlap)],
                    ["KL divergence", number(scores.kl_divergence, 2)],
                    ["Errors on the map", f"{int(maps.wrong[run.name].sum()):,} of {len(maps.rows):,}"],
                ],
                "silhouette": ["Silhouette, mean of classes", number(scores.mean_silhouette, 2)],
                "silhouettes": [
                    [f"Silhouette of class {name}", number(value, 2)]
                    for name, value in zip(maps.class_names, scores.silhouette, strict=True)
                ],
            }
        )
    return {
        "dimensions": maps.dimensions,
        "reach": STEPS,
        "spans": np.rint(maps.spans / reach * STEPS).astype(int).tolist(),
        "names": maps.class_names,
        "colours": class_colours(len(maps.class_names)),
        "symbols": [symbol for _, symbol in class_marks(len(maps.class_names))],
        "onMap": maps.on_map,
        "nameSize": 20 if maps.large_names else 13,
        "rows": maps.rows.tolist(),
        "labels": maps.labels.tolist(),
        "runs": runs,
    }
