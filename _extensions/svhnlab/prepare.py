"""Runs before a report is rendered, see `svhnlab.site.prerender.prepare` and `svhnlab.site.quarto.hooks`."""

import os
import sys
from pathlib import Path

from svhnlab.errors import SvhnlabError
from svhnlab.site.prerender.prepare import prepare
from svhnlab.site.quarto.hooks import OUTPUT_VARIABLE, pre_render

if __name__ == "__main__":
    try:
        (pre_render if OUTPUT_VARIABLE in os.environ else prepare)(Path(__file__).resolve().parents[1])
    except SvhnlabError as error:
        sys.exit(f"Error: {error}")
