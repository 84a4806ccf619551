"""Where the project is, and what its chapters and its pages agree on."""

from __future__ import annotations

from pathlib import Path

#: Folder of a site that holds the code its pages link to.
CODE = "code"
#: Folders of the evidence on single images and of the cards, in a site and in the project's cache.
EVIDENCE, CARDS = "evidence", "cards"
#: Environment variable of the chapters' cells that names the engine; Quarto where it is not set.
ENGINE_VARIABLE, BUILTIN_ENGINE = "SVHNLAB_ENGINE", "builtin"
#: What a cell shows where a chapter has nothing more to say: the rest of its text is left out.
CHAPTER_END = "<!-- the chapter ends here -->"


def project_root(folder: Path | None = None) -> Path:
    """Return the nearest folder with a ``_quarto.yml``, going up from a folder (the current one), else that folder.

    A chapter is executed in its own folder, below the project's.
    """
    here = Path.cwd() if folder is None else folder.absolute()
    return next((place for place in (here, *here.parents) if (place / "_quarto.yml").is_file()), here)
