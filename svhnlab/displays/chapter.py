"""What a chapter opens: the study, with an answer for what is not made yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from svhnlab.displays.base import Display, Remark, Table
from svhnlab.results import RunResult, Study
from svhnlab.study import open_study, train_command


class Chapter:
    """The current study as chapters use it.

    A study may be shown before all of its runs are trained. Where a run or the statistics are missing, a display or a
    sentence about them gives way to a line that says how to make them.
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

    def compare(self, display: Any, *runs: str, analysed: bool = False, **options: Any) -> Display | Table | Remark:
        """Return the display of the named runs that are stored (all runs without a name).

        With ``analysed`` it needs what is computed from the trained runs, as maps do.
        """
        found = [run for name, run in self.study.runs.items() if not runs or name in runs]
        if not found:
            return self._missing(*runs)
        absent = self._absent(()) if analysed else None
        if absent is not None:
            return absent
        made: Display | Table = display.from_results(found, **options)
        return made

    def discuss(self, sentence: Callable[[list[RunResult]], Any], *runs: str, analysed: bool = False) -> Remark:
        """Return a sentence (Markdown) about the named runs that are stored (all runs without a name).

        With ``analysed`` it needs what is computed from the trained runs.
        """
        found = [run for name, run in self.study.runs.items() if not runs or name in runs]
        if not found:
            return self._missing(*runs)
        return (self._absent(()) if analysed else None) or Remark(str(sentence(found)))

    def study_display(self, display: Any, *runs: str, **options: Any) -> Display | Table | Remark:
        """Return a display of the study's statistics, or the line in its place.

        Parameters
        ----------
        display
            A class with ``from_results`` that takes the study and names of runs.
        runs
            Names of runs, all of which must be stored; whatever the display takes without a name when not given.
        options
            What else the display takes.
        """
        absent = self._absent(runs)
        if absent is not None:
            return absent
        made: Display | Table = display.from_results(self.study, *runs, **options)
        return made

    def study_sentence(self, sentence: Callable[..., Any], *runs: str) -> Remark:
        """Return a sentence (Markdown) about the study's statistics, or the line in its place.

        Parameters
        ----------
        sentence
            Takes the study and names of runs.
        runs
            Names of runs, all of which must be stored.
        """
        return self._absent(runs) or Remark(str(sentence(self.study, *runs)))

    def _absent(self, runs: tuple[str, ...]) -> Remark | None:
        """Return the line in the place of something about these runs and the statistics, None where all are there."""
        missing = [name for name in runs if name not in self.study.runs]
        if missing or not self.study.runs:
            return self._missing(*missing)
        if self.study.statistics is None:
            # The statistics of the runs that are there can be made without training the others.
            stored = tuple(self.study.runs) if self.study.missing else ()
            command = train_command(self.study.settings, *stored)
            return Remark(f"*The statistics are not made yet: `{command}` makes this part.*")
        return None

    def _missing(self, *runs: str) -> Remark:
        return Remark(f"*Not trained yet: `{train_command(self.study.settings, *runs)}` makes this part.*")
