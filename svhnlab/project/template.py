"""The template of a report project.

Chapters, settings, references and the Quarto extension are those of the report at the top level of this repository. A
wheel includes them in `_INCLUDED`; a checkout reads them from its top level. Files for the author to fill in are in
`_STARTER`.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import svhnlab
from svhnlab.errors import SvhnlabError

_PACKAGE = Path(__file__).parent
_INCLUDED = _PACKAGE / "template"
_STARTER = _PACKAGE / "starter"
# Top-level files that the wheel includes, see [tool.hatch.build.targets.wheel] in pyproject.toml.
_PATTERNS = ("_quarto.yml", "index.qmd", "explore.qmd", "references.bib", "chapters/*.qmd", "_extensions/svhnlab/*")
_LICENSE = PurePosixPath("_extensions/svhnlab/LICENSE")
# Names in a project of starter files that are renamed here, where git and GitHub would act on them.
_NAMES = {"gitignore": ".gitignore", "publish.yml": ".github/workflows/publish.yml"}


def template_files(day: str) -> dict[PurePosixPath, bytes]:
    """Return the content of every file of a new report project, by its path in the project.

    Parameters
    ----------
    day
        Date in the project's ``CITATION.cff``, e.g. "2026-11-22".

    Raises
    ------
    SvhnlabError
        The package is neither a checkout nor installed from a wheel.
    """
    files = _report_files()
    for file in sorted(path for path in _STARTER.iterdir() if path.is_file()):
        text = file.read_text(encoding="utf-8")
        text = text.replace("@version@", svhnlab.__version__).replace("@date@", day)
        files[PurePosixPath(_NAMES.get(file.name, file.name))] = text.encode()
    return files


def _report_files() -> dict[PurePosixPath, bytes]:
    """Return the files of the report itself."""
    if _INCLUDED.is_dir():
        found = [path for path in sorted(_INCLUDED.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
        return {PurePosixPath(path.relative_to(_INCLUDED).as_posix()): path.read_bytes() for path in found}
    top = Path(svhnlab.__file__).resolve().parents[1]
    found = [path for pattern in _PATTERNS for path in sorted(top.glob(pattern)) if path.is_file()]
    if not found:
        raise SvhnlabError(f"{top} holds no template of a report: install svhnlab from a wheel or a checkout.")
    files = {PurePosixPath(path.relative_to(top).as_posix()): path.read_bytes() for path in found}
    return {**files, _LICENSE: (top / "LICENSE").read_bytes()}
