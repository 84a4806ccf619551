"""Runs before a report is made: plotly.js out of the Python package, and no pictures of an earlier report."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# The report works without a network, so that plotly.js travels with it.
with as_file(files("plotly") / "package_data" / "plotly.min.js") as script:
    shutil.copyfile(script, ROOT / "assets" / "plotly.min.js")
for folder in (ROOT / "figures", ROOT / "chapters" / "figures"):
    shutil.rmtree(folder, ignore_errors=True)
