"""Words that all sentences share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from svhnlab.report.core.markdown import escape_markdown
from svhnlab.report.core.text import interval, percent
from svhnlab.store.schema import Estimate, RunResult


def named(run: RunResult) -> str:
    """Return the name of a run, as it stands in Markdown."""
    return escape_markdown(run.title)


def by_model(values: Sequence[float], words: Callable[[float], str] = percent) -> str:
    """Write the range of a figure over the models; the tables beside the sentence have each with its interval."""
    low, high = words(min(values)), words(max(values))
    return low if low == high else f"{low} to {high}"


def shares_by_model(shares: Sequence[Estimate]) -> str:
    """Write a share of one model with its 95% interval, or the range of the shares of several."""
    if len(shares) == 1:
        return f"{percent(shares[0].value)} (95% interval {interval(shares[0].limits)})"
    return by_model([share.value for share in shares])
