"""Outcome of one check of `svhnlab verify`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_NAMES_SHOWN = 5


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes
    ----------
    name
        What is checked, e.g. "changed files" or "v/1.0: headline metrics of cnn".
    holds
        Whether the check holds.
    detail
        The outcome, in one line.
    """

    name: str
    holds: bool
    detail: str


def none_listed(name: str, offending: Iterable[str], success: str, failure: str) -> Check:
    """Return a check that holds if there are no offending names; otherwise its detail is `failure` and the names."""
    names = sorted(offending)
    return Check(name, False, f"{failure}: {shortened(names)}") if names else Check(name, True, success)


def shortened(names: Sequence[str]) -> str:
    """List at most five names, and count the others."""
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(names[:_NAMES_SHOWN]) + more


def unreadable(name: str, error: Exception) -> Check:
    """Return the failed check of a file that can't be read."""
    return Check(name, False, f"can't be read ({' '.join(str(error).split())})")
