"""Errors of one model that another one corrects, by cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from svhnlab.analysis.causes import NAMES, TITLES, UNEXPLAINED
from svhnlab.analysis.error_changes import ErrorChange, compare_errors_by_cause
from svhnlab.report.comparison.pairwise_tests import augmentation_pairs
from svhnlab.report.core.causes import cause_codes, cause_titles, causes_of
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import runs_of
from svhnlab.report.core.style import SMALL, Theme, draw_placeholder, only_bottom
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import capitalised, count, listing, percent, quantity, without_start, wrapped
from svhnlab.report.core.words import in_sentence, sentence_start
from svhnlab.store.schema import ALPHA, RunResult, Study

_NEW_HEIGHT = 0.26  # of a bar of new errors, in rows
_OLD_HEIGHT = 0.36


@dataclass(frozen=True)
class ErrorChanges(AxesDisplay):
    """Errors of a first model with each cause: those that a second model corrects, and its new errors.

    Attributes
    ----------
    first, second
        Titles of the models.
    changes
        Of each cause that at least one of the models has, the most frequent of the first model first.
    titles
        Of these causes.
    """

    first: str
    second: str
    changes: tuple[ErrorChange, ...]
    titles: tuple[str, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> ErrorChanges:
        """Compare two configurations, by default the first and the last one; ``NotComputed`` without stored causes."""
        names = configurations or tuple(run.name for run in runs_of(study))
        first, second = names[0], names[-1]
        changes, titles = _changes(study, first, second), _titles(study)
        shown = [change for change in changes if change.errors or change.new]
        return cls(
            study.runs[first].title,
            study.runs[second].title,
            tuple(shown),
            tuple(titles[change.cause] for change in shown),
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        legend = 0.65 if self.narrow else 0.35
        return self.width, 0.6 + legend + 0.48 * max(1, len(self.changes))

    @property
    def alt(self) -> str:
        """The number of errors that are corrected, and of new ones, and the number of corrected ones by cause."""
        errors = sum(change.errors for change in self.changes)
        if not self.changes:
            return "Neither model misclassifies an image."
        parts = [
            f"{title} {count(change.corrected)} of {count(change.errors)}"
            for title, change in zip(self.titles, self.changes, strict=True)
        ]
        return (
            f"Errors of {self.first} that {self.second} corrects, by cause: {listing(parts)}; in all, "
            f"{count(sum(change.corrected for change in self.changes))} of {count(errors)}, with "
            f"{quantity(sum(change.new for change in self.changes), 'new error')}."
        )

    def frame(self) -> pd.DataFrame:
        """Return the numbers, one row for each cause."""
        shares = [change.share for change in self.changes]
        return pd.DataFrame(
            {
                "cause": self.titles,
                "errors": [change.errors for change in self.changes],
                "corrected": [change.corrected for change in self.changes],
                "share": [share.value for share in shares],
                "lower": [share.low for share in shares],
                "upper": [share.high for share in shares],
                "p_adjusted": [change.p_adjusted for change in self.changes],
                "new": [change.new for change in self.changes],
            }
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw two bars for each cause: errors that remain and are corrected, and new errors below them."""
        if not self.changes:
            draw_placeholder(ax, "There are no errors", theme)
            return
        rows = np.arange(len(self.changes))
        errors, corrected, new = (
            np.array([getattr(change, name) for change in self.changes]) for name in ("errors", "corrected", "new")
        )
        remaining = errors - corrected
        ax.barh(rows - 0.14, remaining, height=_OLD_HEIGHT, color=theme.muted)
        ax.barh(rows - 0.14, corrected, left=remaining, height=_OLD_HEIGHT, color=theme.accent)
        ax.barh(rows + 0.2, new, height=_NEW_HEIGHT, color=theme.error)
        for row, change in zip(rows, self.changes, strict=True):
            if change.errors:
                share = percent(change.share.value, 0)
                text = f"{count(change.corrected)} of {count(change.errors)} ({share})"
                _write_beside(ax, (change.errors, row - 0.14), text, theme)
            if change.new:
                _write_beside(ax, (change.new, row + 0.2), f"{count(change.new)} new", theme)
        titles = [capitalised(title) for title in self.titles]
        ax.set_yticks(rows, [wrapped(title, 12) for title in titles] if self.narrow else titles)
        ax.tick_params(axis="y", labelcolor=theme.text)
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.set_xlim(0, max(1, *errors, *new) * (1.5 if self.narrow else 1.2))
        ax.xaxis.set_major_locator(MaxNLocator(4 if self.narrow else 6, integer=True))
        ax.set_xlabel("Test images")
        only_bottom(ax)
        second = without_start(self.second)
        handles = [
            Patch(color=colour, label=label)
            for colour, label in (
                (theme.muted, "Misclassified by both"),
                (theme.accent, f"Corrected by {second}"),
                (theme.error, f"New errors of {second}"),
            )
        ]
        ax.figure.legend(handles=handles, loc="outside upper left", ncols=1 if self.narrow else 3, fontsize=SMALL)


def _write_beside(ax: Axes, end: tuple[float, float], text: str, theme: Theme) -> None:
    """Write a text to the right of the end of a bar."""
    ax.annotate(text, end, (4, 0), textcoords="offset points", va="center", fontsize=SMALL, color=theme.text)


def _changes(study: Study, first: str, second: str) -> list[ErrorChange]:
    """Return the changes from one configuration to another, the most frequent cause first and unexplained ones last."""
    names = causes_of(study).runs
    codes = cause_codes(study)
    changes = compare_errors_by_cause(
        codes[names.index(first)], codes[names.index(second)], study.data.test_photographs
    )
    return sorted(changes, key=lambda change: (change.cause == UNEXPLAINED, -change.errors))


def _titles(study: Study) -> tuple[str, ...]:
    """Return the title of each code; the last one includes the errors of one model only."""
    return (*cause_titles(study)[:UNEXPLAINED], "none of these")


def show_error_changes(study: Study, first: str = "cnn", second: str = "resnet18") -> Markdown:
    """Return a section on the errors of one configuration that another corrects; nothing if the study lacks one.

    Raises
    ------
    NotComputed
        If the causes are not computed yet.
    """
    if first not in study.runs or second not in study.runs:
        return Markdown("")
    names = [in_sentence(study.runs[name].title) for name in (first, second)]
    caption = Markdown(
        "Errors of {first} by [cause](glossary.qmd#term-cause): number and share that {second} corrects, and its new "
        "errors."
    ).format(first=names[0], second=names[1])
    note = Markdown(
        "[^corrected]: An error is corrected if the prediction is the label, also where the label is wrong. The shares "
        "of the causes are compared by Fisher’s exact test by photograph with Holm’s correction. Errors of the cause "
        "“{only_this}” have none of these causes here, since their rule uses the predictions of the other models."
    ).format(only_this=TITLES[NAMES.index("this-model")])
    return Markdown("\n\n").join(
        [
            Markdown("## Which errors it corrects {#sec-error-changes}"),
            describe_error_changes(study, first, second) + Markdown("[^corrected]"),
            note,
            captioned("fig-error-changes", ErrorChanges.from_study(study, first, second), caption),
        ]
    )


def describe_error_changes(study: Study, first: str, second: str) -> Markdown:
    """State how many errors of one configuration another corrects, how many it adds, and the causes that differ.

    Raises
    ------
    NotComputed
        If the causes are not computed yet.
    """
    before, after = study.runs[first], study.runs[second]
    if not before.test.wrong.any():
        return sentence_start(
            Markdown("{} makes no errors that {} could correct.").format(
                in_sentence(before.title), in_sentence(after.title)
            )
        )
    return sentences(
        [
            _corrected(before, after),
            _another_training(study, before),
            _differing_causes(_changes(study, first, second), _titles(study)),
        ]
    )


def _corrected(before: RunResult, after: RunResult) -> Markdown:
    """State how many errors of a run another run corrects, and how many it adds."""
    errors, corrected = int(before.test.wrong.sum()), int((before.test.wrong & ~after.test.wrong).sum())
    return sentence_start(
        Markdown("{after} corrects {corrected} of the {errors} of {before} ({share}) and makes {new}.").format(
            after=in_sentence(after.title),
            before=in_sentence(before.title),
            corrected=count(corrected),
            errors=quantity(errors, "error"),
            share=percent(corrected / errors),
            new=quantity(int((after.test.wrong & ~before.test.wrong).sum()), "new one", "new ones"),
        )
    )


def _another_training(study: Study, run: RunResult) -> Markdown:
    """State the share of the errors of a run that its other trainings correct on average; empty without others."""
    _, *others = study.repeats.get(run.name) or (None,)
    if not others:
        return Markdown("")
    shares = [float(1 - repeat.test.wrong[run.test.wrong].mean()) for repeat in others]
    return Markdown("Another training of {model} with another seed corrects {share} of them.").format(
        model=in_sentence(run.title), share=percent(float(np.mean(shares)))
    )


def _differing_causes(changes: Sequence[ErrorChange], titles: Sequence[str]) -> Markdown:
    """Name the causes whose errors are corrected significantly more or less often than the other errors."""
    errors, corrected = sum(change.errors for change in changes), sum(change.corrected for change in changes)
    groups = []
    for word, sign in (("more", 1), ("less", -1)):
        named = [
            f"“{titles[change.cause]}” ({percent(change.share.value)})"
            for change in changes
            if change.p_adjusted < ALPHA and sign * (change.share.value * errors - corrected) > 0
        ]
        if named:
            groups.append(
                Markdown("Errors with the cause {} are corrected significantly {} often than the others.").format(
                    listing(named, "or"), word
                )
            )
    if not groups:
        return Markdown("The share does not differ significantly between the causes.")
    return sentences(groups)


def describe_augmentation_changes(study: Study) -> Markdown:
    """State for each model how many of its errors augmentation corrects, and how many it adds.

    Raises
    ------
    NotComputed
        If a version without or with augmentation is not trained.
    """
    return sentences(
        [
            _corrected(study.runs[plain], study.runs[augmented])
            for plain, augmented in augmentation_pairs(study)
            if study.runs[plain].test.wrong.any()
        ]
    )
