"""The project's root folder, and names shared by its chapters and pages."""

from __future__ import annotations

from pathlib import Path

#: Folder of a site with the code that its pages link to.
CODE = "code"
#: Folders for the evidence on single images and for the cards, in a site and in the project's cache.
EVIDENCE, CARDS = "evidence", "cards"
#: Environment variable with the engine that executes the chapters (default: Quarto); its value for the built-in engine.
ENGINE_VARIABLE, BUILTIN_ENGINE = "SVHNLAB_ENGINE", "builtin"
#: Output of a cell that ends a chapter early: the rest of the chapter is omitted.
CHAPTER_END = "<!-- the chapter ends here -->"


def project_root(folder: Path | None = None) -> Path:
    """Return the nearest folder with a ``_quarto.yml``, from a folder (default: current) upwards, else that folder.

    Chapters are executed in their own folder, below the project root.
    """
    here = Path.cwd() if folder is None else folder.absolute()
    return next((place for place in (here, *here.parents) if (place / "_quarto.yml").is_file()), here)
