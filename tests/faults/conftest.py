"""Fixtures of the fault-injection suite, and the table of its figures at the end of a run."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from tests.faults.cases import Case, Fetch, NewCase, Shared, serve, train_command, write_digits
from tests.faults.commands import Commands, compile_library

SEED = 20
FIGURES = "faults"
"""Name of the property of a test with its figures: command, kind of fault, and the number of each outcome."""


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """The process that runs commands, images, and results of a small study, which no test changes."""
    folder = tmp_path_factory.mktemp("faults")
    scratch = folder / "scratch"
    scratch.mkdir()
    (scratch / "study.toml").write_text('runs = ["cnn"]\n')  # the commands run here
    digits, results = write_digits(folder / "digits"), folder / "results"
    commands = Commands(compile_library(folder), scratch, digits)
    commands.warm(*train_command(digits, results))
    with serve(digits) as Fetch.address:
        yield Shared(commands, digits, results)
    commands.close()


@pytest.fixture
def new_case(shared: Shared, tmp_path: Path) -> NewCase:
    """Return a function that prepares a command in a new folder."""

    def prepare(kind: type[Case]) -> Case:
        case = kind(shared, tmp_path / f"case-{len(list(tmp_path.iterdir()))}")
        case.prepare()
        return case

    return prepare


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Random numbers that differ between tests, and are the same in every run."""
    return random.Random(f"{SEED} {request.node.name}")


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print how often each command was interrupted, and what it left."""
    rows = [
        value
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        for name, value in report.user_properties
        if name == FIGURES and report.when == "call"
    ]
    if not rows:
        return
    terminalreporter.section("faults")
    columns = ("old state", "new state", "finished")
    terminalreporter.line("".join(f"{name:>12}" for name in ("command", "fault", "number", *columns)))
    total: Counter[str] = Counter()
    for command, fault, outcomes in rows:
        total.update(outcomes)
        numbers = (sum(outcomes.values()), *(outcomes.get(name, 0) for name in columns))
        terminalreporter.line(f"{command:>12}{fault:>12}" + "".join(f"{number:>12}" for number in numbers))
    terminalreporter.line(f"{total.total()} faults: {dict(total)}")
