"""All chapters of a report, executed side by side and kept until what they are made of changes."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from pathlib import Path

from filelock import FileLock

from svhnlab.errors import SvhnlabError
from svhnlab.files import file_sha256, write_atomically
from svhnlab.paths import ENGINE_VARIABLE
from svhnlab.site.book import CACHE, Book, BookChapter
from svhnlab.site.execute.notebook import execute
from svhnlab.store.store import digest_of

FIGURES = "figures"
_FIGURE = re.compile(rf"\b{FIGURES}/([\w.-]+)")
# What every worker would import again, seconds each.
_PRELOAD = ["svhnlab.site.execute.notebook", "svhnlab.report"]


def draw_chapters(book: Book, *, env: Mapping[str, str], inputs: str) -> dict[BookChapter, str]:
    """Return the Markdown of every chapter with the results of its cells.

    Each chapter is executed in a process of its own, as many at a time as there are cores. One whose text and inputs
    are those of an earlier drawing, and whose pictures are all still there and whole, is not executed again.
    Pictures that no chapter shows any more are removed.

    Parameters
    ----------
    env
        Environment of the cells.
    inputs
        Digest of everything but the chapters' texts that decides what the cells give: results, code, settings. Empty
        for "not known": then nothing is kept.

    Raises
    ------
    SvhnlabError
        A cell fails: one line with chapter, line of the file and cause.
    """
    # A worker imports the program's main module; one that draws as it is imported would wait here for itself.
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise SvhnlabError('A script that draws a report must do so under `if __name__ == "__main__":`.')
    kept = book.root / CACHE
    kept.mkdir(exist_ok=True)
    with FileLock(kept / ".lock"):
        digests = {chapter: _digest(book, chapter, inputs, env.get(ENGINE_VARIABLE, "")) for chapter in book.chapters}
        drawn: dict[BookChapter, _Drawn] = {}
        for chapter, digest in digests.items():
            if inputs and (found := _recall(book, chapter, digest)):
                drawn[chapter] = found
        missing = [chapter for chapter in book.chapters if chapter not in drawn]
        for chapter, text in _execute(book, missing, env).items():
            drawn[chapter] = _keep(book, chapter, digests[chapter], text)
        _prune(book, drawn)
    return {chapter: drawn[chapter].markdown for chapter in book.chapters}


@dataclass(frozen=True)
class _Drawn:
    """A chapter's Markdown and the digests of the pictures and tables it shows, by path from the project's root."""

    markdown: str
    files: dict[str, str]


def _digest(book: Book, chapter: BookChapter, inputs: str, engine: str) -> str:
    text = hashlib.sha256((book.root / chapter.source).read_bytes()).hexdigest()
    return digest_of({"text": text, "inputs": inputs, "engine": engine, "echo": book.echo, "warning": book.warning})


def _place(book: Book, chapter: BookChapter) -> Path:
    return book.root / CACHE / f"{str(chapter.source).replace('/', '-')}.json"


def _recall(book: Book, chapter: BookChapter, digest: str) -> _Drawn | None:
    """Return what was drawn from the same inputs; None if there is nothing, or a file of it changed."""
    place = _place(book, chapter)
    if not place.is_file():
        return None
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
        same = found["digest"] == digest
        drawn = _Drawn(str(found["markdown"]), dict(found["files"]))
    except (ValueError, KeyError, TypeError):
        return None  # of another version of this module: drawn again
    whole = all(
        (book.root / name).is_file() and file_sha256(book.root / name) == sha for name, sha in drawn.files.items()
    )
    return drawn if same and whole else None


def _keep(book: Book, chapter: BookChapter, digest: str, markdown: str) -> _Drawn:
    folder = chapter.source.parent / FIGURES
    names = sorted({str(folder / name) for name in _FIGURE.findall(markdown)})
    files = {name: file_sha256(book.root / name) for name in names if (book.root / name).is_file()}
    text = json.dumps({"digest": digest, "markdown": markdown, "files": files}, ensure_ascii=False)
    write_atomically(_place(book, chapter), text.encode())
    return _Drawn(markdown, files)


def _prune(book: Book, drawn: Mapping[BookChapter, _Drawn]) -> None:
    shown = {book.root / name for found in drawn.values() for name in found.files}
    for folder in {book.root / chapter.source.parent / FIGURES for chapter in book.chapters}:
        for file in folder.glob("*"):
            if file not in shown:
                file.unlink()


def warm_up() -> None:
    """Begin to import what the chapters use, in a process of its own, and return at once."""
    if _context().get_start_method() == "forkserver":
        forkserver.ensure_running()


def _context() -> BaseContext:
    """Imports once, in a process without threads; each chapter runs in a copy of it (on Windows: in a new process)."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    context.set_forkserver_preload(_PRELOAD)
    return context


def _execute(book: Book, chapters: list[BookChapter], env: Mapping[str, str]) -> dict[BookChapter, str]:
    if not chapters:
        return {}
    context = _context()
    # The longest first, so that no core waits for it alone at the end.
    longest = sorted(chapters, key=lambda chapter: -(book.root / chapter.source).stat().st_size)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context, max_tasks_per_child=1) as pool:
        waiting = {chapter: pool.submit(_draw, book, chapter, dict(env)) for chapter in longest}
        try:
            return {chapter: waiting[chapter].result() for chapter in chapters}
        except BrokenProcessPool as error:
            raise SvhnlabError("A process that drew a chapter was killed; is the memory used up?") from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _draw(book: Book, chapter: BookChapter, env: Mapping[str, str]) -> str:
    os.environ.clear()
    os.environ.update(env)
    file = book.root / chapter.source
    return execute(file, str(chapter.source), file.parent / FIGURES, echo=book.echo, warning=book.warning)
