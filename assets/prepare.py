"""Runs before a report is made: the foot's line, plotly.js, the evidence bundle, no pictures of an earlier one."""

import json
import shutil
import sys
from importlib.resources import as_file, files
from pathlib import Path

from svhnlab.errors import SvhnlabError
from svhnlab.site.evidence import FOLDER, write_evidence
from svhnlab.site.footer import footer_line
from svhnlab.study import open_study

ROOT = Path(__file__).resolve().parents[1]

try:
    footer = footer_line()
    study = open_study()
except SvhnlabError as error:
    sys.exit(f"Error: {error}")
# Quarto's `{{< var footer >}}`; JSON is YAML.
(ROOT / "_variables.yml").write_text(json.dumps({"footer": footer}, ensure_ascii=False), encoding="utf-8")
# The report works without a network, so that plotly.js travels with it.
with as_file(files("plotly") / "package_data" / "plotly.min.js") as script:
    shutil.copyfile(script, ROOT / "assets" / "plotly.min.js")
for folder in (ROOT / "figures", ROOT / "chapters" / "figures"):
    shutil.rmtree(folder, ignore_errors=True)
write_evidence(study, ROOT / FOLDER)
