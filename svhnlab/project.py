"""Where the project is."""

from __future__ import annotations

from pathlib import Path


def project_root(folder: Path | None = None) -> Path:
    """Return the nearest folder with a ``_quarto.yml``, going up from a folder (the current one), else that folder.

    A chapter is executed in its own folder, below the project's.
    """
    here = Path.cwd() if folder is None else folder.absolute()
    return next((place for place in (here, *here.parents) if (place / "_quarto.yml").is_file()), here)
