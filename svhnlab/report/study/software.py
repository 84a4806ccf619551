"""The software behind a report, in one sentence."""

from __future__ import annotations

import os
from collections.abc import Mapping

import svhnlab
from svhnlab.paths import BUILTIN_ENGINE, ENGINE_VARIABLE
from svhnlab.report.core.remark import Remark

_RENDERED = {
    True: "pages are rendered with pandoc [@macfarlane2006] and the PDF with Typst [@madje2022]",
    False: "pages and PDF are a Quarto book [@allaire2022]",
}


def describe_software(environment: Mapping[str, str] = os.environ) -> Remark:
    """Name the software with its version, and what it computes, draws and renders with."""
    rendered = _RENDERED[environment.get(ENGINE_VARIABLE) == BUILTIN_ENGINE]
    return Remark(
        f"This report is made with svhnlab {svhnlab.__version__}. Numbers are computed with NumPy [@harris2020] and "
        "pandas [@mckinney2010], figures drawn with Matplotlib [@hunter2007] and Plotly [@plotly2015]; trainings are "
        f"logged with Weights & Biases [@biewald2020]; {rendered}."
    )
