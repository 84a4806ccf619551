"""Phrases used in the sentences of several modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from svhnlab.config.architectures import ARCHITECTURES
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.text import interval, listing, percent, without_start
from svhnlab.store.schema import Estimate


def in_sentence(title: str) -> str:
    """Write the title of a configuration for use inside a sentence, without its initial weights.

    A model named by a common noun has an article, e.g. "the two-layer CNN with augmentation".
    """
    name = without_start(title)
    for architecture in ARCHITECTURES.values():
        if architecture.in_text is not None and name.startswith(architecture.title):
            return architecture.in_text + name.removeprefix(architecture.title)
    return name


def sentence_start(text: str) -> Markdown:
    """Write the first letter of a sentence in upper case; text that is not Markdown is escaped."""
    escaped = escape_markdown(text)
    return Markdown(escaped[:1].upper() + escaped[1:])


def all_models(models: int) -> str:
    """Write "the model", "both models" or "all 4 models"."""
    return {1: "the model", 2: "both models"}.get(models, f"all {models} models")


def name_models(names: Sequence[str], total: int) -> str:
    """Write the names of some of the models in a sentence, or e.g. "all 4 models" if none of several is left out."""
    return all_models(total) if len(names) == total > 1 else listing(names)


def range_over_models(values: Sequence[float], write: Callable[[float], str] = percent) -> str:
    """Write the smallest and the largest value, e.g. "81.2% to 88.8%", or the only one; undefined ones are left out."""
    defined = [value for value in values if not np.isnan(value)] or [np.nan]
    low, high = write(min(defined)), write(max(defined))
    return low if low == high else f"{low} to {high}"


def share_over_models(shares: Sequence[Estimate]) -> str:
    """Write the share of one model with its 95% interval, or the range of the shares of several."""
    if len(shares) == 1:
        return f"{percent(shares[0].value)} (95% interval {interval(shares[0].limits)})"
    return range_over_models([share.value for share in shares])
