"""Access of a chapter to the study, with placeholders for results that are not computed yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from svhnlab.config.architectures import configuration_title
from svhnlab.paths import CHAPTER_END
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import NotComputed, NotImported, is_imported, runs_of
from svhnlab.report.core.tabs import Captioned, Shown, Source, from_study, run_tabs, show_not_imported
from svhnlab.report.core.text import listing
from svhnlab.report.core.typefaces import use_fonts_for
from svhnlab.report.study.notice import scope
from svhnlab.store.recorded_settings import train_command
from svhnlab.store.schema import RunResult, Study
from svhnlab.store.study import open_study


class Chapter:
    """The current study as chapters use it.

    A study can be shown before all of its configurations are trained. A figure, table or sentence whose results are
    missing is replaced by a line with the command that computes them.
    """

    def __init__(self, study: Study | None = None) -> None:
        self.study = study or open_study()
        use_fonts_for("".join(self.study.class_names))

    def show(self, source: Source, *configurations: str, **options: Any) -> Shown:
        """Return a figure, table or sentence, or its placeholder.

        Parameters
        ----------
        source
            A class with ``from_study(study, *configurations, **options)``, or a function with that signature.
        configurations
            Names of configurations, all of which must be trained; by default all trained ones.
        """
        try:
            return from_study(source, self.study, *configurations, **options)
        except NotImported as error:
            return show_not_imported(error)
        except NotComputed as error:
            return self._placeholder(error.configurations)

    def tabs(self, *parts: Captioned | Source, runs: Callable[[Study], list[RunResult]] = runs_of) -> Markdown:
        """Return a tab with these parts for each trained configuration, followed by the command that trains the others.

        Parameters
        ----------
        parts
            Blocks with a caption, or sources of a sentence or display without one.
        runs
            Selects the configurations to show.
        """
        try:
            tabs = run_tabs(self.study, runs(self.study), *parts)
        except NotImported as error:
            return show_not_imported(error)
        except NotComputed as error:
            return self._placeholder(error.configurations)
        missing = self.study.missing
        return tabs + Markdown("\n\n") + self._placeholder(missing) if missing else tabs

    def begin(self, configuration: str | None = None) -> Markdown:
        """Return the scope of a chapter about trained configurations; say so and end it if they are not in the study.

        Parameters
        ----------
        configuration
            The configuration of the chapter; when None, any trained one.
        """
        study = self.study
        if configuration is not None and configuration not in (*study.runs, *study.missing):
            return self._placeholder((configuration,)) + Markdown("\n\n") + Markdown(CHAPTER_END)
        if configuration is None and is_imported(study):
            titles = [run.title for run in study.runs.values()]
            return show_not_imported(NotImported("weights", titles)) + Markdown("\n\n") + Markdown(CHAPTER_END)
        return scope(study)

    def _placeholder(self, configurations: tuple[str, ...]) -> Markdown:
        """Return the placeholder for results of these configurations, or of all if none is named."""
        study = self.study
        untrained = tuple(name for name in configurations if name not in study.runs)
        foreign = [name for name in untrained if name not in study.missing]
        if foreign:
            titles = listing([configuration_title(name, study.settings["start"]["kind"]) for name in foreign])
            return Markdown("*Not part of this study: {}.*").format(titles)
        if untrained or not study.runs:
            command = Markdown(train_command(study.settings, *untrained))
            return Markdown("*Not trained yet: `{}` computes this part.*").format(command)
        # The analysis of the trained configurations can be computed without training the others.
        trained = tuple(name for name, run in study.runs.items() if not run.imported)
        known = Markdown(train_command(study.settings, *(trained if study.missing else ())))
        command = known if trained else Markdown("svhnlab import")
        return Markdown("*Not computed yet: `{}` computes this part.*").format(command)
