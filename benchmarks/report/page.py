"""Content of the documentation page on the stored benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from benchmarks.schema import Benchmark, stored_benchmarks
from svhnlab.errors import InputError
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.table import pipe_table
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import duration, number, quantity

COMMAND = Markdown("python -m benchmarks")


class Captioned(NamedTuple):
    """A table or figure with its label and caption.

    Attributes
    ----------
    label
        Begins with ``tbl-`` or ``fig-``.
    make
        Function of the measured part that returns a figure, or a table of strings with headings.
    """

    label: str
    make: Callable[[Any], Any]
    caption: str


class BenchmarkPage:
    """Sections about the measured parts, each from the newest benchmark that measured it.

    The page begins with the machine of the benchmark with most parts, the newest of these. A section from another one
    begins with its machine.

    Parameters
    ----------
    benchmarks
        Newest first; by default the stored ones.
    """

    def __init__(self, benchmarks: Sequence[Benchmark] | None = None) -> None:
        self.benchmarks = stored_benchmarks() if benchmarks is None else benchmarks
        if not self.benchmarks:
            raise InputError("No benchmark is stored yet; run `nox -s bench`.")
        self.main = max(self.benchmarks, key=lambda benchmark: len(benchmark.measured))

    def show(self, part: str, *content: Captioned | Callable[[Any], Markdown]) -> Markdown:
        """Return sentences, tables and figures of a part, or the reason why it was not measured."""
        benchmark = next((found for found in self.benchmarks if part in found.measured), None)
        if benchmark is None:
            reason = self.main.left_out.get(part, "it was not requested")
            return Markdown("*Not measured in this benchmark ({}). `{} --only {}` measures it.*").format(
                reason, COMMAND, Markdown(part)
            )
        measured = getattr(benchmark, part)
        blocks = [] if benchmark is self.main else [describe_machine(benchmark)]
        return Markdown("\n\n").join([*blocks, *(_block(one, measured) for one in content)])

    def machine(self) -> Markdown:
        """Name machine, code and command."""
        return describe_machine(self.main)


def _block(content: Captioned | Callable[[Any], Markdown], measured: Any) -> Markdown:
    if not isinstance(content, Captioned):
        return content(measured)
    made = content.make(measured)
    return captioned(content.label, pipe_table(made) if isinstance(made, pd.DataFrame) else made, content.caption)


def describe_machine(benchmark: Benchmark) -> Markdown:
    """State machine, code and command, and whether other processes used the machine."""
    machine = benchmark.machine
    code = "unknown commit" if benchmark.commit.sha is None else f"commit {benchmark.commit.sha[:10]}"
    if benchmark.commit.dirty:
        code += " with uncommitted changes"
    memory = f"{number(machine.memory_bytes / 1e9, 0)} GB of memory"
    parts = [
        Markdown("Measured on {} in {} ({}) on {}, {}, {}; {}, Python {}, torch {}, {}.").format(
            f"{benchmark.made:%Y-%m-%d}",
            duration(benchmark.seconds),
            code,
            machine.processor,
            quantity(machine.cores, "core"),
            memory if machine.gpu is None else f"{memory}, {machine.gpu}",
            machine.system,
            machine.python,
            machine.packages.get("torch", "unknown"),
            quantity(machine.threads, "thread"),
        ),
        Markdown("Command: `{}`.").format(Markdown(benchmark.command)),
    ]
    if benchmark.quick:
        parts.append(Markdown("**This was a quick run that only tests the benchmarks; its numbers mean nothing.**"))
    if machine.load_before is not None and machine.load_before > 0.25 * machine.cores:
        parts.append(
            Markdown(
                "**Other processes used the machine** (load {} before the start): ratios are more reliable than times."
            ).format(number(machine.load_before, 1))
        )
    return sentences(parts)
