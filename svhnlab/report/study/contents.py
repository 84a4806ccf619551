"""The lists of chapters on the first page."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from svhnlab.config.quarto_file import ChapterEntry, chapter_entries
from svhnlab.paths import project_root
from svhnlab.report.core.markdown import Markdown
from svhnlab.store.schema import Study

# A chapter about trained models, or about one configuration, ends at this call if the study has none of them.
_BEGIN = re.compile(r"^chapter\.begin\((?:[\"'](?P<configuration>[^\"']+)[\"'])?\)", re.MULTILINE)
_TASKS = Markdown("""The tasks of the tutorial are in these chapters:

| Task | Chapter |
|:-----|:--------|
| 0: the data and their class frequencies | [The data](chapters/data.qmd) |
| 1: a small network | [A small network from scratch](chapters/cnn.qmd) |
| 2: ResNet-18 | [ResNet-18](chapters/resnet18.qmd) |
| 3: augmentation | [Augmentation](chapters/augmentation.qmd) |
| 4: error analysis | [Misclassified images](chapters/errors.qmd), [Causes of the errors](chapters/causes.qmd) |
| 5: comparison | [Comparison of the models](chapters/comparison.qmd) |
""")


def list_chapters(study: Study | None = None, project: Path | None = None) -> Markdown:
    """List the chapters and appendices with links and summaries.

    Parameters
    ----------
    study
        Chapters without content in this study are left out; when None, all are listed.
    project
        Folder of the project; by default the project of the current folder.

    Raises
    ------
    InputError
        If ``_quarto.yml`` or a chapter can't be used.
    """
    project = project or project_root()
    empty: tuple[ChapterEntry, ...] = ()
    if study is not None:
        trained = [*(name for name, run in study.runs.items() if not run.imported), *study.missing]
        empty = chapters_without_content(project, trained)
    lines = []
    for chapter in chapter_entries(project):
        if chapter in empty:
            continue
        link = f"- [{chapter.title}]({chapter.source})"  # title and summary are Markdown
        lines.append(f"{link}: {chapter.summary}" if chapter.summary else link)
    return Markdown("\n".join(lines))


def chapters_without_content(project: Path, trained: Collection[str]) -> tuple[ChapterEntry, ...]:
    """Return the chapters about trained models of which the study has none.

    Parameters
    ----------
    trained
        Names of the configurations that are or will be trained.

    Raises
    ------
    InputError
        If ``_quarto.yml`` or a chapter can't be used.
    """
    empty = []
    for chapter in chapter_entries(project):
        begin = _BEGIN.search((project / chapter.source).read_text(encoding="utf-8"))
        if begin and (begin["configuration"] not in trained if begin["configuration"] else not trained):
            empty.append(chapter)
    return tuple(empty)


def list_tasks(study: Study) -> Markdown:
    """List the tasks of the tutorial on SVHN with their chapters; nothing for other data."""
    return Markdown("") if study.data.kind == "custom" else _TASKS
