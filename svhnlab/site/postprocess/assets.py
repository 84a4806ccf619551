"""Files that the pages load: scripts and styles of this package, plotly.js, evidence and cards."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from svhnlab.paths import CARDS, EVIDENCE
from svhnlab.site.book import CACHE
from svhnlab.web.resources import write_page_files

#: Folder of scripts and styles in a site.
ASSETS = "assets"


def write_assets(site: Path, project: Path) -> None:
    """Copy scripts, styles, evidence and cards into a site.

    A report works offline, so plotly.js is included.

    Parameters
    ----------
    site
        Folder of the pages.
    project
        Folder with ``_quarto.yml``.
    """
    folder = site / ASSETS
    folder.mkdir(parents=True, exist_ok=True)
    write_page_files(folder)
    with as_file(files("plotly") / "package_data" / "plotly.min.js") as script:
        shutil.copyfile(script, folder / "plotly.min.js")
    for name in (EVIDENCE, CARDS):
        if (project / CACHE / name).is_dir():
            shutil.copytree(project / CACHE / name, site / name, dirs_exist_ok=True)
