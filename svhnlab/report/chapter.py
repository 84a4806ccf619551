"""What a chapter opens: the study, with an answer for what is not made yet."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from svhnlab.config.architectures import run_title
from svhnlab.paths import CHAPTER_END
from svhnlab.report.core.display import Display
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.table import Table
from svhnlab.report.core.tabs import Captioned, Shown, run_tabs
from svhnlab.report.core.text import escape_markdown, listing
from svhnlab.report.study.notice import notice
from svhnlab.store.schema import RunResult, Study
from svhnlab.store.study import open_study, train_command


class Chapter:
    """The current study as chapters use it.

    Displays and sentences that take the names of the classes get those of the study, unless others are given. A
    study may be shown before all of its runs are trained. Where a run or the statistics are missing, a display or a
    sentence about them gives way to a line that says how to make them.
    """

    def __init__(self, study: Study | None = None) -> None:
        self.study = study or open_study()

    def about(self, run: str) -> Remark:
        """Return the notice of a chapter about one run; its end where the run is none of this study's."""
        return notice(self.study) if run in self.study.runs or run in self.study.missing else Remark(CHAPTER_END)

    def show(self, display: Any, run: str, *arguments: Any, **options: Any) -> Display | Table | Remark:
        """Return the display (a class with ``from_results``) of a run, or the line in its place."""
        found = self.study.runs.get(run)
        if found is None:
            return self._missing(run)
        made: Display | Table = self._with_names(display.from_results, found, *arguments, **options)
        return made

    def say(self, sentence: Callable[[RunResult], Any], run: str) -> Remark:
        """Return a sentence (Markdown) about a run, or the line in its place."""
        found = self.study.runs.get(run)
        return self._missing(run) if found is None else Remark(str(self._with_names(sentence, found)))

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
        made: Display | Table = self._with_names(display.from_results, found, **options)
        return made

    def discuss(self, sentence: Callable[[list[RunResult]], Any], *runs: str, analysed: bool = False) -> Remark:
        """Return a sentence (Markdown) about the named runs that are stored (all runs without a name).

        With ``analysed`` it needs what is computed from the trained runs.
        """
        found = [run for name, run in self.study.runs.items() if not runs or name in runs]
        if not found:
            return self._missing(*runs)
        return (self._absent(()) if analysed else None) or Remark(str(self._with_names(sentence, found)))

    def tabs(
        self, *parts: Captioned | Callable[[RunResult], Shown], runs: Sequence[str] = (), analysed: bool = False
    ) -> Remark:
        """Return a tab with these parts for each of the named runs that are stored (all runs without a name).

        Below them stands how to make the runs that are missing. With ``analysed`` the parts need what is computed from
        the trained runs.
        """
        found = [run for name, run in self.study.runs.items() if not runs or name in runs]
        missing = [name for name in self.study.missing if not runs or name in runs]
        absent = self._absent(()) if analysed else None
        if absent is not None or not found:
            return absent or self._missing(*runs)
        rest = f"\n\n{self._missing(*missing)}" if missing else ""
        return Remark(f"{run_tabs(found, *parts)}{rest}")

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

    def study_sentence(self, sentence: Callable[..., Any], *runs: str, **options: Any) -> Remark:
        """Return a sentence (Markdown) about the study's statistics, or the line in its place.

        Parameters
        ----------
        sentence
            Takes the study and names of runs.
        runs
            Names of runs, all of which must be stored.
        options
            What else the sentence takes.
        """
        return self._absent(runs) or Remark(str(sentence(self.study, *runs, **options)))

    def _with_names(self, make: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call a function, with the names of the classes where it takes them and they are not given."""
        signature = inspect.signature(make)
        if "class_names" in signature.parameters.keys() - signature.bind_partial(*arguments, **options).arguments:
            options["class_names"] = self.study.class_names
        return make(*arguments, **options)

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
        foreign = [name for name in runs if name not in self.study.runs and name not in self.study.missing]
        if foreign:
            titles = listing([run_title(name, self.study.settings["start"]["kind"]) for name in foreign])
            return Remark(f"*Not part of this study: {escape_markdown(titles)}.*")
        return Remark(f"*Not trained yet: `{train_command(self.study.settings, *runs)}` makes this part.*")
