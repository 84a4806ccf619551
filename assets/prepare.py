"""Runs before a report is made; what it does is in `svhnlab.site.prerender.prepare`."""

import sys
from pathlib import Path

from svhnlab.errors import SvhnlabError
from svhnlab.site.prerender.prepare import prepare

if __name__ == "__main__":
    try:
        prepare(Path(__file__).resolve().parents[1])
    except SvhnlabError as error:
        sys.exit(f"Error: {error}")
