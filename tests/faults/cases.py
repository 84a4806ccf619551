"""Commands to interrupt: how each is started, and which states of its files are allowed afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pytest_httpserver import HTTPServer

from svhnlab.data.mat import write_format2
from svhnlab.files import file_sha256
from svhnlab.publishing.verify import verify
from svhnlab.store.store import MANIFEST
from svhnlab.store.study import open_study
from tests.faults.commands import Commands, Interruption, Outcome
from tests.fixtures.fake_verdicts import write_export
from tests.fixtures.published import content
from tests.fixtures.range_requests import with_ranges
from tests.fixtures.report_project import write_report_project

State = Literal["old", "new"]


def write_digits(folder: Path) -> Path:
    """Write 150 training and 40 test images, noise whose brightness depends on the class."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    for name, count in (("train", 15), ("test", 4)):
        labels = np.repeat(np.arange(10), count)
        images = rng.integers(0, 60, (len(labels), 3, 32, 32)) + 20 * labels[:, None, None, None]
        write_format2(folder / f"{name}_32x32.mat", images.astype(np.uint8), labels, photographs=np.arange(len(labels)))
    return folder


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve the files of a folder from a local address, with support for Range requests."""
    with HTTPServer(threaded=True) as server:
        for file in folder.iterdir():
            server.expect_request(f"/{file.name}").respond_with_handler(with_ranges(file.read_bytes()))
        yield server.url_for("/")


@dataclass
class Shared:
    """What all cases need.

    Attributes
    ----------
    commands
        Runs the commands.
    digits, results
        Folder of the images, and results of the CNN that was trained on them.
    whole
        By command, the outcome without interruption.
    """

    commands: Commands
    digits: Path
    results: Path
    whole: dict[str, Outcome] = field(default_factory=dict)


@dataclass
class Case:
    """A command that changes `changed` from an old to a new state.

    Attributes
    ----------
    folder
        Folder of everything that the command reads and writes, in the old state.
    """

    shared: Shared
    folder: Path
    name: ClassVar[str]

    def prepare(self) -> None:
        """Write the old state."""

    @property
    def changed(self) -> Path:
        """The folder whose changes are counted."""
        return self.folder

    @property
    def command(self) -> tuple[str, ...]:
        """Arguments of ``svhnlab``."""
        raise NotImplementedError

    def state(self) -> State:
        """Return the state of the files; fails for any other state."""
        raise NotImplementedError

    def check_new(self) -> None:
        """Check the new state after a command that was not interrupted."""

    def run(self, *, at: int = -1, error: int = 0, after: float | None = None) -> Outcome:
        """Run the command, and interrupt it if requested."""
        return self.shared.commands.run(
            *self.command, interruption=Interruption(str(self.changed), at=at, error=error, after=after)
        )


class Train(Case):
    """Training of the CNN. The state is new if all its results are stored; each is stored whole or not at all."""

    name = "train"

    @property
    def changed(self) -> Path:
        return self.folder / "results"

    @property
    def command(self) -> tuple[str, ...]:
        return train_command(self.shared.digits, self.changed)

    def state(self) -> State:
        if not (self.changed / "studies").is_dir():
            return "old"
        found = [check for check in verify(self.changed).checks if not check.name.startswith("study ")]
        assert all(check.holds for check in found), found
        return "new" if len(found) == len(verify(self.shared.results).checks) - 1 else "old"

    def check_new(self) -> None:
        """The numbers are those of a training that was not interrupted, and nothing else is left."""
        assert verify(self.changed).holds
        assert numbers(self.changed) == numbers(self.shared.results)
        assert not list(self.changed.glob(".writing-*"))
        assert not list((self.changed / "checkpoints").iterdir())


class Report(Case):
    """Rendering of a report of one chapter by the built-in engine, over a site with another text."""

    name = "report"

    def prepare(self) -> None:
        if not self.template.exists():
            write_small_project(self.template)
            assert self.shared.commands.run(*self._report(self.template)).status == 0
        shutil.copytree(self.template, self.folder, symlinks=True)
        index = self.folder / "index.qmd"
        index.write_text(index.read_text().replace("Old text", "New text"))

    @property
    def template(self) -> Path:
        """A project with a finished report."""
        return self.folder.with_name("template")

    def _report(self, project: Path) -> tuple[str, ...]:
        where = ("--project", str(project), "--output", str(project / "_site"))
        return ("report", "--engine", "builtin", *where, "--results", str(self.shared.results))

    @property
    def command(self) -> tuple[str, ...]:
        return self._report(self.folder)

    def state(self) -> State:
        site = self.folder / "_site"
        if not site.exists():
            aside = site.with_name("._site.publishing") / "old"
            assert content(aside) == content(self.template / "_site")
            return "old"
        if content(site) == content(self.template / "_site"):
            return "old"
        self.check_new()
        return "new"

    def check_new(self) -> None:
        site = self.folder / "_site"
        assert verify(site).holds
        assert "New text" in (site / "index.html").read_text()


class Publish(Case):
    """Publication of a second version; rendering is replaced by a few files."""

    name = "publish"

    def prepare(self) -> None:
        first = self.folder.with_name("first")
        if not first.exists():
            write_small_project(first / "project")
            assert self.shared.commands.run(*self._publish(first, "1.0")).status == 0
        shutil.copytree(first, self.folder, symlinks=True)

    def _publish(self, folder: Path, version: str) -> tuple[str, ...]:
        where = ("--project", str(folder / "project"), "--to", str(folder / "public"))
        return ("publish", "--version", version, *where, "--results", str(self.shared.results))

    @property
    def root(self) -> Path:
        """The published site."""
        return self.folder / "public"

    @property
    def command(self) -> tuple[str, ...]:
        return self._publish(self.folder, "1.1")

    def state(self) -> State:
        old = content(self.folder.with_name("first") / "public")
        if not self.root.exists():
            assert content(self.root.with_name(".public.publishing") / "old") == old
            return "old"
        if content(self.root) == old:
            return "old"
        self.check_new()
        return "new"

    def check_new(self) -> None:
        assert verify(self.root).holds
        assert sorted(path.name for path in (self.root / "v").iterdir()) == ["1.0", "1.1"]


class Fetch(Case):
    """Download of the two files from a local server."""

    name = "fetch"
    address: ClassVar[str]

    @property
    def command(self) -> tuple[str, ...]:
        where = ("--data", str(self.folder), "--results", str(self.folder / "results"))
        return ("data", "--base-url", self.address, *where)

    def state(self) -> State:
        files = sorted(self.folder.glob("*.mat"))
        for file in files:
            assert file.read_bytes() == (self.shared.digits / file.name).read_bytes()
        return "new" if len(files) == 2 else "old"

    def check_new(self) -> None:
        assert self.state() == "new"
        left = {path.name for path in self.folder.iterdir() if not path.name.startswith(".")}
        assert left == {"train_32x32.mat", "test_32x32.mat"}


class StoreVerdicts(Case):
    """Storing of exported verdicts beside the results."""

    name = "verdicts"

    def prepare(self) -> None:
        shutil.copytree(self.shared.results, self.folder / "results")
        write_export(self.folder / "export.json", open_study(self.shared.results))

    @property
    def changed(self) -> Path:
        return self.folder / "results"

    @property
    def command(self) -> tuple[str, ...]:
        return ("verdicts", str(self.folder / "export.json"), "--results", str(self.changed))

    def state(self) -> State:
        assert verify(self.changed).holds
        return "new" if list(self.changed.glob("verdicts/*.json")) else "old"

    def check_new(self) -> None:
        assert self.state() == "new"
        verdicts = open_study(self.changed).verdicts
        assert verdicts is not None
        assert len(verdicts.rows) == 2


CASES: tuple[type[Case], ...] = (Train, Report, Publish, Fetch, StoreVerdicts)
#: Folders for the case of a command, each with the old state.
NewCase = Callable[[type[Case]], Case]


def train_command(digits: Path, results: Path, *runs: str) -> tuple[str, ...]:
    """Return the arguments that train runs, by default the CNN."""
    options = ["--profile", "demo", "--device", "cpu", "--weights", "none", "--wandb", "disabled"]
    return ("train", *(runs or ("cnn",)), *options, "--data", str(digits), "--results", str(results))


def write_small_project(folder: Path) -> None:
    """Write a report project of two short pages."""
    write_report_project(folder)
    settings = folder / "_quarto.yml"
    head, _, tail = settings.read_text().partition("    - chapters/")
    settings.write_text(head + "    - chapters/1-one.qmd\n\nbibliography" + tail.partition("bibliography")[2])
    (folder / "index.qmd").write_text("# Overview {.unnumbered}\n\nOld text, see @sec-one [@netzer2011].\n")
    (folder / "chapters" / "1-one.qmd").write_text(
        "# One {#sec-one}\n\n```{python}\n#| include: false\nfrom svhnlab.report import *\n\n"
        "chapter = Chapter()\n```\n\n::: {#fig-classes}\n```{python}\nchapter.show(ClassDistribution)\n```\n\n"
        "Classes.\n:::\n"
    )


def numbers(results: Path) -> dict[str, str]:
    """Return the digest of every stored file but those with times, by its path."""
    files = (path for path in results.glob("*/*/*") if path.suffix in (".npz", ".safetensors"))
    return {path.relative_to(results).as_posix(): file_sha256(path) for path in files if path.name != MANIFEST}
