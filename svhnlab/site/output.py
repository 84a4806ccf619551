"""The folder of a rendered site, and the environment of the processes that render it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import svhnlab
from svhnlab.errors import InputError


def child_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for processes that run cells and import this copy of the package."""
    package = str(Path(svhnlab.__file__).parents[1])
    paths = [path for path in env.get("PYTHONPATH", "").split(os.pathsep) if path]
    return {**env, "PYTHONPATH": os.pathsep.join([package, *paths])}


def sizes(site: Path, pdf: Path | None) -> tuple[int, int]:
    """Return the bytes of a site without its PDF, and of the PDF (0 if there is none)."""
    total = sum(file.stat().st_size for file in site.rglob("*") if file.is_file())
    pdf_bytes = pdf.stat().st_size if pdf and pdf.is_file() else 0
    return total - pdf_bytes, pdf_bytes


def check_output(root: Path, output: Path) -> None:
    """Raise an error if a site must not replace the content of a folder."""
    if root.is_relative_to(output):
        raise InputError(f"The site can't replace {output}, which holds the project: choose another folder.")
    if output.exists() and not output.is_dir():
        raise InputError(f"{output} is a file: choose another place for the site.")
    if output.is_dir() and any(output.iterdir()):
        made = (output / "index.html").is_file() or any(output.glob("*.pdf"))
        if not made:
            raise InputError(f"{output} holds files that are not part of a report: choose an empty or new folder.")
