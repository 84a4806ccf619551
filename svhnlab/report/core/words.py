"""Words that all sentences share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.text import interval, percent, without_start
from svhnlab.store.schema import Estimate, RunResult


def named(run: RunResult) -> str:
    """Return the name of a run, as it stands in Markdown."""
    return escape_markdown(run.title)


def in_sentence(title: str) -> str:
    """Write the title of a run as it stands inside a sentence, without its start weights.

    A common noun has its article there, e.g. "the two-layer CNN"; a name such as "ResNet-18" has none.
    """
    name = without_start(title)
    first, _, rest = name.partition(" ")
    return f"the {first.lower()} {rest}".strip() if first == first.capitalize() else name


def sentence_start(text: Markdown) -> Markdown:
    """Write the first letter of a sentence in upper case."""
    return Markdown(text[:1].upper() + text[1:])


def range_over_models(values: Sequence[float], write: Callable[[float], str] = percent) -> str:
    """Write the smallest and the largest value, e.g. "81.2% to 88.8%", or the only one."""
    low, high = write(min(values)), write(max(values))
    return low if low == high else f"{low} to {high}"


def share_over_models(shares: Sequence[Estimate]) -> str:
    """Write the share of one model with its 95% interval, or the range of the shares of several."""
    if len(shares) == 1:
        return f"{percent(shares[0].value)} (95% interval {interval(shares[0].limits)})"
    return range_over_models([share.value for share in shares])


def over_models(values: Sequence[object]) -> Markdown:
    """Return what follows a range over models; nothing for the value of a single one."""
    return Markdown(" (range over models)" if len(values) > 1 else "")


# Until every sentence takes the functions above.
by_model = range_over_models
