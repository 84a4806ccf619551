"""Quarto runs this after it has rendered a report, see `svhnlab.site.quarto.hooks`."""

import sys
from pathlib import Path

from svhnlab.errors import SvhnlabError
from svhnlab.site.quarto.hooks import post_render

if __name__ == "__main__":
    try:
        post_render(Path(__file__).resolve().parents[2])
    except SvhnlabError as error:
        sys.exit(f"Error: {error}")
