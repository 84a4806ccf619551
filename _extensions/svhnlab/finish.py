"""Runs after Quarto has rendered a report, see `svhnlab.site.quarto.hooks`."""

import sys
from pathlib import Path

from svhnlab.errors import SvhnlabError
from svhnlab.site.quarto.hooks import post_render

if __name__ == "__main__":
    try:
        post_render(Path(__file__).resolve().parents[1])
    except SvhnlabError as error:
        sys.exit(f"Error: {error}")
