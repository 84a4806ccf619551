"""What the chapter opens: the newest stored benchmark, with an answer for what is not measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.schema import Benchmark, newest_benchmark
from svhnlab.paths import CHAPTER_END
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.table import Table
from svhnlab.report.core.tabs import captioned

COMMAND = "python -m benchmarks"


class Measured:
    """The newest stored benchmark, or none.

    Displays and sentences name the parts of it that they need. Where one is missing, a line says how to measure it.
    """

    def __init__(self, benchmark: Benchmark | None = None) -> None:
        self.benchmark = benchmark or newest_benchmark()

    def show(self, label: str, display: Any, caption: str, *needs: str) -> Markdown:
        """Return the display (a class with ``from_benchmark``) with label and caption, or the line in its place."""
        absent = self._absent(needs)
        if absent is not None:
            return absent
        made: Display | Table = display.from_benchmark(self.benchmark)
        return captioned(label, made, caption)

    def say(self, sentence: Callable[[Benchmark], Any], *needs: str) -> Markdown:
        """Return a sentence (Markdown); empty where a part that it needs is missing, which `show` tells already."""
        if self.benchmark is None or self._absent(needs) is not None:
            return Markdown("")
        return Markdown(str(sentence(self.benchmark)))

    def open(self, sentence: Callable[[Benchmark], Any]) -> Markdown:
        """Return the sentence that opens the chapter, or that nothing is measured."""
        if self.benchmark is None:
            return Markdown(
                "No benchmark is stored in this project, so nothing can be said of its speed. "
                f"`nox -s bench` (`{COMMAND}`) measures on this machine, in minutes; this chapter shows what it stores."
            )
        return Markdown(str(sentence(self.benchmark)))

    def end_without(self) -> Markdown:
        """End the chapter where nothing is stored; nothing otherwise."""
        return Markdown(CHAPTER_END if self.benchmark is None else "")

    def _absent(self, needs: tuple[str, ...]) -> Markdown | None:
        if self.benchmark is None:
            return Markdown("")  # the chapter's first sentence says so
        for name in needs:
            if getattr(self.benchmark, name) is None:
                reason = self.benchmark.left_out.get(name)
                why = f", for {escape_markdown(reason)}" if reason else ""
                return Markdown(f"*Not measured in this benchmark{why}: `{COMMAND} --only {name}` measures it.*")
        return None
