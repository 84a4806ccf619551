"""Run commands of the tool in forked children of a process that has done the slow imports, and interrupt them.

Started as a script, this module is that process: it reads one request per line and answers with one line of JSON.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stdout, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from svhnlab.site.book import Book, BookChapter
from svhnlab.site.execute import cache
from tests.fixtures.paths import ROOT

KILLED = -signal.SIGKILL
#: Values of `Interruption.error` besides error numbers: kill the process group, or only count the changes.
KILL, COUNT = 0, -1

#: Modules that the commands import when they need them.
_SLOW_IMPORTS = (
    "pikepdf",
    "pypandoc",
    "typst",
    "svhnlab.cards",
    "svhnlab.provenance.record",
    "svhnlab.publishing.publish",
    "svhnlab.publishing.verify",
    "svhnlab.site.builtin.build",
    "svhnlab.site.execute.notebook",
    "svhnlab.site.execute.preload",
    "svhnlab.site.postprocess.finish",
    "svhnlab.site.prerender.evidence",
    "svhnlab.site.prerender.label_review",
    "svhnlab.site.render",
    "tests.fixtures.stored_report",
)
_LIMIT = 300  # seconds after which a command that does not end is killed


@dataclass(frozen=True)
class Interruption:
    """When a command is interrupted, and how.

    Attributes
    ----------
    folder
        Folder whose changes are counted.
    at
        Number of the change of the folder at which it happens, see ``faulty_disk.c``; -1 for none.
    error
        `KILL`, or the number of the error with which the change fails.
    after
        Seconds after which the command is killed; None for none.
    """

    folder: str
    at: int = -1
    error: int = KILL
    after: float | None = None


@dataclass(frozen=True)
class Outcome:
    """What a command returned.

    Attributes
    ----------
    status
        Exit status; negative for a signal.
    output
        Standard output and standard error.
    changes
        Number of changes of the watched folder; 0 without a compiler.
    seconds
        Wall time.
    """

    status: int
    output: str
    changes: int
    seconds: float

    @property
    def error(self) -> str:
        """The one line of a failed command; checks that there is one, and no traceback."""
        assert self.status in (1, 2), self
        assert "Traceback" not in self.output, self.output
        (line,) = [line for line in self.output.splitlines() if line.startswith("Error: ")]
        assert self.output.rstrip().endswith(line), self.output
        return line


class Commands:
    """The process that runs the commands.

    Attributes
    ----------
    counts
        Whether changes of a folder are counted and can fail.
    """

    def __init__(self, library: Path | None, scratch: Path, official: Path) -> None:
        self.counts = library is not None
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "WANDB_MODE": "disabled"}
        if library is not None:
            environment["LD_PRELOAD"] = str(library)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.commands", str(official)],
            cwd=scratch,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, *commands: tuple[str, ...], interruption: Interruption | None = None) -> list[Outcome]:
        """Run commands at the same time; each is the arguments of ``svhnlab``."""
        request = {"commands": commands, "interruption": None if interruption is None else asdict(interruption)}
        return [Outcome(**answer) for answer in self._ask(request)]

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def run(self, *command: str | Path, interruption: Interruption | None = None) -> Outcome:
        """Run one command."""
        return self.start(tuple(map(str, command)), interruption=interruption)[0]

    def warm(self, *command: str | Path) -> None:
        """Run one command in the process itself, whose later children then have its imports done."""
        assert self._ask({"here": list(map(str, command))}) == 0

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def compile_library(folder: Path) -> Path | None:
    """Compile ``faulty_disk.c``; return None if this machine can't."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        return None
    library = folder / "faulty_disk.so"
    source = Path(__file__).with_name("faulty_disk.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"], check=True)
    return library


def _serve(official: Path) -> None:
    """Answer the requests."""
    with _small(official):
        for line in sys.stdin:
            request = json.loads(line)
            print(json.dumps(_answer(request)), flush=True)


def _answer(request: dict[str, Any]) -> Any:
    if "here" in request:
        with patch.dict(os.environ), redirect_stdout(io.StringIO()):
            return _main(request["here"])
    interruption = None if request["interruption"] is None else Interruption(**request["interruption"])
    return [asdict(one) for one in _outcomes(request["commands"], interruption)]


def _main(command: list[str]) -> int:
    """Run ``svhnlab`` with these arguments in this process, and return its exit status."""
    from svhnlab.cli import main

    drawn = patch("svhnlab.site.render.render", _draw_small_site) if command[0] == "publish" else nullcontext()
    with patch("sys.argv", ["svhnlab", *command]), drawn:
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
    raise AssertionError


def _outcomes(commands: list[list[str]], interruption: Interruption | None) -> list[Outcome]:
    begin = time.monotonic()
    counter = Path(f"counter-{os.getpid()}")
    counter.write_bytes(bytes(8))
    children = [(_fork(command, number, interruption, counter), number) for number, command in enumerate(commands)]
    outcomes = []
    for child, number in children:
        limit = _LIMIT if interruption is None or interruption.after is None else interruption.after
        while not (ended := os.waitpid(child, os.WNOHANG))[0]:
            if time.monotonic() > begin + limit:
                os.killpg(child, signal.SIGKILL)
            time.sleep(0.002)
        status = os.waitstatus_to_exitcode(ended[1])
        output = Path(f"output-{number}").read_text(encoding="utf-8", errors="replace")
        changes = int.from_bytes(counter.read_bytes(), sys.byteorder)
        outcomes.append(Outcome(status, output, changes, time.monotonic() - begin))
    return outcomes


def _fork(command: list[str], number: int, interruption: Interruption | None, counter: Path) -> int:
    """Run a command in a child that leads its own process group, and return the number of its process."""
    with Path(f"output-{number}").open("wb") as output:
        child = os.fork()
        if child:
            with suppress(PermissionError, ProcessLookupError):
                os.setpgid(child, child)  # also done by the child: whoever is first
            return child
        os.setpgid(0, 0)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    if interruption is not None and "LD_PRELOAD" in os.environ:
        os.environ |= {
            "FAULTY_FOLDER": interruption.folder,
            "FAULTY_COUNTER": str(counter.absolute()),
            "FAULTY_AT": str(interruption.at),
            "FAULTY_ERROR": str(interruption.error),
        }
        import ctypes

        ctypes.CDLL(None).faulty_disk_start()
    status = 1
    try:
        status = _main(command)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


@contextmanager
def _small(official: Path) -> Iterator[None]:
    """Make the commands small: a demo profile that trains in a second, and small official files."""
    import torch

    for module in _SLOW_IMPORTS:
        importlib.import_module(module)
    from svhnlab.config.profiles import PROFILES, EmbeddingSettings, RobustnessSettings
    from svhnlab.data.digests import file_digests
    from svhnlab.data.download import download_svhn
    from svhnlab.data.svhn import OFFICIAL_FILES
    from tests.fixtures.tiny import tiny_profile

    torch.set_num_threads(1)
    tiny = tiny_profile()
    recipes = {name: replace(recipe, epochs=2) for name, recipe in tiny.recipes.items()}
    small = replace(
        tiny,
        recipes=recipes,
        embedding=EmbeddingSettings(points=20, most=20),
        robustness=RobustnessSettings(sample=4, images=6),
        resamples=20,
        random_split=False,
        without_suspects=False,
    )
    files = {
        name: replace(file, n_bytes=digest.n_bytes, md5=digest.md5)
        for name, file in OFFICIAL_FILES.items()
        if (official / file.file_name).is_file() and (digest := file_digests(official / file.file_name))
    }

    with (
        patch.dict(PROFILES, demo=small),
        patch.dict(download_svhn.__kwdefaults__, files=files),
        patch("svhnlab.site.builtin.build.warm_up", lambda: None),
        patch.object(cache, "_execute", _execute_here),
    ):
        yield


def _execute_here(book: Book, chapters: list[BookChapter], env: Mapping[str, str]) -> dict[BookChapter, str]:
    """Execute the chapters in this process instead of new ones, whose imports take seconds."""
    return {chapter: cache._execute_chapter(book, chapter, env) for chapter in chapters}


def _draw_small_site(project: Path, site: Path, *, results: Path, **_: Any) -> None:
    """Stand in for the rendering of a version, which takes a minute: write one page and the record."""
    from svhnlab.provenance.record import write_provenance
    from svhnlab.store.study import open_study
    from tests.fixtures.published import CITATION, plain_page, stamp
    from tests.fixtures.stored_report import SOURCE

    citation = replace(CITATION, version=os.environ["SVHNLAB_VERSION"])
    site.mkdir()
    (site / "index.html").write_text(plain_page("index.html", f"Text of {citation.version}."), encoding="utf-8")
    stamp(site, citation)
    write_provenance(site, open_study(results), results, citation, "a test", "f" * 64, SOURCE)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
