"""The software used for a report, in two sentences."""

from __future__ import annotations

import os
from collections.abc import Mapping

import svhnlab
from svhnlab.paths import BUILTIN_ENGINE, ENGINE_VARIABLE
from svhnlab.report.core.markdown import Markdown

_RENDERED = {
    True: Markdown("pages are rendered with pandoc [@macfarlane2006] and the PDF with Typst [@madje2022]"),
    False: Markdown("pages and PDF are a Quarto book [@allaire2022]"),
}


def describe_software(environment: Mapping[str, str] = os.environ) -> Markdown:
    """Name the software with its version, and the libraries that compute, plot, log and render."""
    return Markdown(
        "This report was created with svhnlab {version}. Numbers are computed with NumPy [@harris2020] and pandas "
        "[@mckinney2010], figures are drawn with Matplotlib [@hunter2007] and Plotly [@plotly2015], and training runs "
        "are logged with Weights & Biases [@biewald2020]; {rendered}."
    ).format(version=svhnlab.__version__, rendered=_RENDERED[environment.get(ENGINE_VARIABLE) == BUILTIN_ENGINE])
