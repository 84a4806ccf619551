"""Execute the chapters of a report in parallel, and cache their results until an input changes."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from svhnlab.errors import SvhnlabError
from svhnlab.files import file_sha256, locked, write_atomically
from svhnlab.paths import ENGINE_VARIABLE
from svhnlab.site.book import CACHE, Book, BookChapter
from svhnlab.site.execute.notebook import execute
from svhnlab.store.store import digest_of

FIGURES = "figures"
_FIGURE = re.compile(rf"\b{FIGURES}/([\w.-]+)")
_PRELOAD = ["svhnlab.site.execute.notebook", "svhnlab.site.execute.preload"]


def execute_chapters(book: Book, *, env: Mapping[str, str], inputs: str) -> dict[BookChapter, str]:
    """Return the Markdown of every chapter with the results of its cells.

    Each chapter is executed in its own process, as many at a time as there are cores. A cached execution is reused if
    text, inputs and all pictures are unchanged. Pictures that no chapter shows any longer are removed.

    Parameters
    ----------
    env
        Environment of the cells.
    inputs
        Digest of the cells' inputs other than the chapters' texts: results, code, settings. If it is empty,
        every chapter is executed.

    Raises
    ------
    SvhnlabError
        A cell fails: one line with chapter, line of the file and cause.
    """
    # A worker imports the program's main module; a module that renders on import would deadlock here.
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise SvhnlabError('A script that renders a report must do so under `if __name__ == "__main__":`.')
    cache = book.root / CACHE
    cache.mkdir(exist_ok=True)
    with locked(cache / ".lock", lambda: None):
        digests = {chapter: _digest(book, chapter, inputs, env.get(ENGINE_VARIABLE, "")) for chapter in book.chapters}
        executed: dict[BookChapter, _Executed] = {}
        for chapter, digest in digests.items():
            if inputs and (cached := _load(book, chapter, digest)):
                executed[chapter] = cached
        missing = [chapter for chapter in book.chapters if chapter not in executed]
        for chapter, text in _execute(book, missing, env).items():
            executed[chapter] = _save(book, chapter, digests[chapter], text)
        _prune(book, executed)
    return {chapter: executed[chapter].markdown for chapter in book.chapters}


def all_executed(book: Book, *, env: Mapping[str, str], inputs: str) -> bool:
    """Return whether every chapter has a cached execution of the same text and inputs; pictures are not compared."""
    engine = env.get(ENGINE_VARIABLE, "")
    return bool(inputs) and all(
        (kept := _read(book, chapter)) is not None and kept[0] == _digest(book, chapter, inputs, engine)
        for chapter in book.chapters
    )


@dataclass(frozen=True)
class _Executed:
    """Markdown of a chapter, and digests of its pictures and tables by path relative to the project."""

    markdown: str
    files: dict[str, str]


def _digest(book: Book, chapter: BookChapter, inputs: str, engine: str) -> str:
    text = hashlib.sha256((book.root / chapter.source).read_bytes()).hexdigest()
    return digest_of({"text": text, "inputs": inputs, "engine": engine, "echo": book.echo, "warning": book.warning})


def _place(book: Book, chapter: BookChapter) -> Path:
    return book.root / CACHE / f"{str(chapter.source).replace('/', '-')}.json"


def _read(book: Book, chapter: BookChapter) -> tuple[str, _Executed] | None:
    """Return the cached execution of a chapter with the digest of its inputs; None without a file that can be used."""
    place = _place(book, chapter)
    if not place.is_file():
        return None
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
        return kept["digest"], _Executed(str(kept["markdown"]), dict(kept["files"]))
    except (ValueError, KeyError, TypeError):
        return None  # written by another version of this module


def _load(book: Book, chapter: BookChapter, digest: str) -> _Executed | None:
    """Return the cached execution with the same inputs; None if there is none, or a file of it has changed."""
    kept = _read(book, chapter)
    if kept is None or kept[0] != digest:
        return None
    unchanged = all(
        (book.root / name).is_file() and file_sha256(book.root / name) == sha for name, sha in kept[1].files.items()
    )
    return kept[1] if unchanged else None


def _save(book: Book, chapter: BookChapter, digest: str, markdown: str) -> _Executed:
    folder = chapter.source.parent / FIGURES
    names = sorted({str(folder / name) for name in _FIGURE.findall(markdown)})
    files = {name: file_sha256(book.root / name) for name in names if (book.root / name).is_file()}
    text = json.dumps({"digest": digest, "markdown": markdown, "files": files}, ensure_ascii=False)
    write_atomically(_place(book, chapter), text.encode())
    return _Executed(markdown, files)


def _prune(book: Book, executed: Mapping[BookChapter, _Executed]) -> None:
    shown = {book.root / name for chapter in executed.values() for name in chapter.files}
    for folder in {book.root / chapter.source.parent / FIGURES for chapter in book.chapters}:
        for file in folder.glob("*"):
            if file not in shown:
                file.unlink()


def warm_up() -> None:
    """Start the imports of the chapters in a background process, and return immediately."""
    if _context().get_start_method() == "forkserver":
        forkserver.ensure_running()


def _context() -> BaseContext:
    """Return a context whose workers are forked from a process with the imports done (on Windows: spawned)."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    context.set_forkserver_preload(_PRELOAD)
    return context


def _execute(book: Book, chapters: list[BookChapter], env: Mapping[str, str]) -> dict[BookChapter, str]:
    """Execute each chapter in a new process, at most one per core at a time.

    Not with a `ProcessPoolExecutor` of ``max_tasks_per_child=1``: if a worker finishes before the pool has registered
    it, the pool's thread fails and the call waits forever (Python 3.11).
    """
    context = _context()
    # Longest first, so that other cores do not wait for it at the end.
    waiting = sorted(chapters, key=lambda chapter: (book.root / chapter.source).stat().st_size)
    running: dict[Connection, tuple[BookChapter, BaseProcess]] = {}
    executed: dict[BookChapter, str] = {}
    try:
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                chapter = waiting.pop()
                receiver, sender = context.Pipe(duplex=False)
                arguments = (sender, book, chapter, dict(env))
                process = context.Process(target=_send_executed, args=arguments)  # type: ignore[attr-defined]
                process.start()
                sender.close()  # so that the receiver notices the end of the process
                running[receiver] = chapter, process
            ready = wait(list(running))
            for receiver in [one for one in running if one in ready]:
                chapter, process = running[receiver]
                executed[chapter] = _received(receiver, chapter)
                process.join()
                del running[receiver]
    finally:
        for _, process in running.values():
            process.terminate()
            process.join()
    return {chapter: executed[chapter] for chapter in chapters}


def _received(receiver: Connection, chapter: BookChapter) -> str:
    """Return what a process has sent: the Markdown of its chapter; raise the error if it has sent one."""
    try:
        result: str | Exception = receiver.recv()
    except EOFError:
        raise SvhnlabError(
            f"The process that executed {chapter.source} was killed; it may have run out of memory."
        ) from None
    if isinstance(result, Exception):
        raise result
    return result


def _send_executed(sender: Connection, book: Book, chapter: BookChapter, env: Mapping[str, str]) -> None:
    try:
        result: str | Exception = _execute_chapter(book, chapter, env)
    except Exception as error:  # the parent raises it
        result = error
    sender.send(result)


def _execute_chapter(book: Book, chapter: BookChapter, env: Mapping[str, str]) -> str:
    os.environ.clear()
    os.environ.update(env)
    file = book.root / chapter.source
    return execute(file, str(chapter.source), file.parent / FIGURES, echo=book.echo, warning=book.warning)
