"""Conversions by pandoc, which are kept until an input changes."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pypandoc

from svhnlab.errors import SvhnlabError
from svhnlab.files import file_sha256, write_atomically
from svhnlab.store.store import digest_of


def as_address(path: Path) -> str:
    """Escape percent signs: pandoc reads templates and bibliographies from addresses, in which %20 is a space."""
    return str(path).replace("%", "%25")


class Conversions:
    """Runs pandoc, or returns what it returned before for the same text, options and files.

    Parameters
    ----------
    folder
        Folder of the kept results; it is created if it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._used: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, options: Sequence[str], text: str, where: str, *, files: Sequence[Path] = ()) -> str:
        """Return what pandoc makes of ``text``. Warnings are errors, since they indicate faults on the page.

        Parameters
        ----------
        where
            What is converted, for the error.
        files
            Every file that the options name: a result is used again only if these have the same content, wherever they
            are.

        Raises
        ------
        SvhnlabError
            Pandoc fails or warns: its message in one line.
        """
        kept = self._folder / f"{_digest(options, text, files)}.txt"
        self._used.add(kept.name)
        if kept.is_file():
            return kept.read_text(encoding="utf-8")
        command = [pypandoc.get_pandoc_path(), "--fail-if-warnings", *options]
        done = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode:
            message = [line for line in done.stderr.splitlines() if not line.startswith("Failing because")]
            raise SvhnlabError(f"{where}: {' '.join(' '.join(message).split())}")
        write_atomically(kept, done.stdout.encode())
        return done.stdout

    def prune(self) -> None:
        """Remove the results that were not used."""
        for file in self._folder.glob("*.txt"):
            if file.name not in self._used:
                file.unlink()


def _digest(options: Sequence[str], text: str, files: Sequence[Path]) -> str:
    program = Path(pypandoc.get_pandoc_path()).stat()
    named = "\n".join(options)
    for file in files:
        content = file_sha256(file)
        for path in (as_address(file), str(file)):
            named = named.replace(path, content)
    return digest_of(
        {
            "pandoc": [program.st_size, program.st_mtime_ns],
            "options": named,
            "text": hashlib.sha256(text.encode()).hexdigest(),
        }
    )
