"""Phrases that sentences of several modules share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from svhnlab.config.architectures import ARCHITECTURES
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.text import interval, percent
from svhnlab.store.schema import Estimate, RunResult


def named(run: RunResult) -> Markdown:
    """Return the name of a trained model in running text, e.g. "the two-layer CNN with augmentation"."""
    architecture = ARCHITECTURES.get(run.settings["recipe"]["model"])
    if architecture is None or architecture.in_text is None:
        return escape_markdown(run.title)
    return escape_markdown(run.title.replace(architecture.title, architecture.in_text, 1))


def capitalized(text: str) -> Markdown:
    """Write the first letter as a capital, for the beginning of a sentence; text that is not Markdown is escaped."""
    escaped = escape_markdown(text)
    return Markdown(escaped[:1].upper() + escaped[1:])


def by_model(values: Sequence[float], words: Callable[[float], str] = percent) -> str:
    """Write the range of a metric over the models; the tables beside the sentence have each with its interval."""
    low, high = words(min(values)), words(max(values))
    return low if low == high else f"{low} to {high}"


def shares_by_model(shares: Sequence[Estimate]) -> str:
    """Write a share of one model with its 95% interval, or the range of the shares of several."""
    if len(shares) == 1:
        return f"{percent(shares[0].value)} (95% interval {interval(shares[0].limits)})"
    return by_model([share.value for share in shares])
