"""What a chapter opens: the study, with an answer for runs that are not trained yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from svhnlab.displays.base import Display, Remark, Table
from svhnlab.results import RunResult, Study
from svhnlab.study import open_study, train_command


class Chapter:
    """The current study as chapters use it.

    A study may be shown before all of its runs are trained. Where a run is missing, a display or a sentence
    about it gives way to a line that says how to train it.
    """

    def __init__(self, study: Study | None = None) -> None:
        self.study = study or open_study()

    def show(self, display: Any, run: str, *arguments: Any, **options: Any) -> Display | Table | Remark:
        """Return the display (a class with ``from_results``) of a run, or the line in its place."""
        found = self.study.runs.get(run)
        if found is None:
            return self._missing(run)
        made: Display | Table = display.from_results(found, *arguments, **options)
        return made

    def say(self, sentence: Callable[[RunResult], Any], run: str) -> Remark:
        """Return a sentence (Markdown) about a run, or the line in its place."""
        found = self.study.runs.get(run)
        return self._missing(run) if found is None else Remark(str(sentence(found)))

    def compare(self, display: Any, *runs: str, **options: Any) -> Display | Table | Remark:
        """Return the display of the named runs that are stored (all runs without a name)."""
        found = [run for name, run in self.study.runs.items() if not runs or name in runs]
        if not found:
            return self._missing(*runs)
        made: Display | Table = display.from_results(found, **options)
        return made

    def discuss(self, sentence: Callable[[list[RunResult]], Any], *runs: str) -> Remark:
        """Return a sentence (Markdown) about the named runs that are stored (all runs without a name)."""
        found = [run for name, run in self.study.runs.items() if not runs or name in runs]
        return Remark(str(sentence(found))) if found else self._missing(*runs)

    def _missing(self, *runs: str) -> Remark:
        return Remark(f"*Not trained yet: `{train_command(self.study.settings, *runs)}` makes this part.*")
