"""Runs after Quarto has made a report; what it does is in `svhnlab.site.postprocess.finish_site`."""

import os
import sys
from pathlib import Path

from svhnlab.errors import SvhnlabError
from svhnlab.site.postprocess.finish import finish_site
from svhnlab.site.prerender.prepare import OUTPUT_VARIABLE

if __name__ == "__main__":
    try:
        finish_site(Path(os.environ[OUTPUT_VARIABLE]), Path(__file__).resolve().parents[1])
    except SvhnlabError as error:
        sys.exit(f"Error: {error}")
