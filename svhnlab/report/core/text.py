"""Numbers and lists as text."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import overload

import numpy as np

from svhnlab.report.core.markdown import Markdown
from svhnlab.store.schema import Estimate


def percent(share: float, digits: int = 1) -> str:
    """Write a share as a percentage, e.g. 0.923 as "92.3%"; "–" where it is undefined."""
    return "–" if np.isnan(share) else f"{100 * share:.{digits}f}%"


def confidence(probability: float) -> str:
    """Write a model's probability; never as 100%, which it cannot reach."""
    return "> 99.9%" if probability > 0.9995 else percent(probability)


def number(value: float, digits: int = 3) -> str:
    """Write a number with a fixed number of decimals and a true minus sign; "–" where it is undefined."""
    return "–" if np.isnan(value) else f"{value:,.{digits}f}".replace("-", "−")


def count(value: int) -> str:
    """Write a whole number with a thousands separator, e.g. "26,032"."""
    return f"{value:,}"


def quantity(value: int, singular: str, plural: str | None = None) -> str:
    """Write a number with its noun, e.g. "1 image", "2 images"."""
    return f"{count(value)} {singular if value == 1 else plural or singular + 's'}"


def count_with_verb(value: int, singular: str = "is", plural: str = "are") -> str:
    """Write a number with its verb, e.g. "none is", "1 is", "2 are"."""
    return f"{count(value) if value else 'none'} {singular if value < 2 else plural}"


def interval(limits: tuple[float, float], digits: int = 1) -> str:
    """Write an interval of a share, e.g. "90.1% to 92.4%"."""
    return f"{percent(limits[0], digits)} to {percent(limits[1], digits)}"


def bounds(limits: tuple[float, float], digits: int = 1) -> str:
    """Write an interval of a share in the short form of tables, e.g. "90.1–92.4%"."""
    return f"{100 * limits[0]:.{digits}f}–{percent(limits[1], digits)}"


def points(difference: float, digits: int = 1) -> str:
    """Write a difference of two shares without its sign, e.g. 0.013 as "1.3 percentage points"."""
    value = f"{abs(100 * difference):.{digits}f}"
    return f"{value} percentage {'point' if float(value) == 1 else 'points'}"


def signed_points(difference: float, digits: int = 1) -> str:
    """Write a difference of two shares in percentage points with its sign and no unit, e.g. "+1.3"."""
    return signed_number(100 * difference, digits)


def signed_number(value: float, digits: int = 3) -> str:
    """Write a number with its sign, no sign if it is rounded to zero, e.g. "+0.013"; "–" where it is undefined."""
    if np.isnan(value):
        return "–"
    # adding 0.0 turns the -0.0 that rounding may leave into 0.0
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if rounded else ''}.{digits}f}".replace("-", "−")


def share_with_interval(share: Estimate, digits: int = 1) -> str:
    """Write a share with its interval in the short form of tables, e.g. "91.2% (90.1–92.4)"."""
    if np.isnan(share.low):
        return percent(share.value, digits)
    return f"{percent(share.value, digits)} ({100 * share.low:.{digits}f}–{100 * share.high:.{digits}f})"


def number_with_interval(estimate: Estimate, digits: int = 3) -> str:
    """Write a number with its interval in the short form of tables, e.g. "0.052 (0.041–0.063)"."""
    if np.isnan(estimate.value):
        return "–"
    return f"{number(estimate.value, digits)} ({number(estimate.low, digits)}–{number(estimate.high, digits)})"


def signed_interval(difference: Estimate, digits: int = 1) -> str:
    """Write the interval of a difference of two shares, in percentage points, e.g. "−0.2 to +2.8"."""
    low, high = (signed_points(limit, digits) for limit in difference.limits)
    return f"{low} to {high}"


def points_with_interval(difference: Estimate, digits: int = 1) -> str:
    """Write a difference of two shares with its interval, in percentage points, e.g. "+1.3 (−0.2 to +2.8)"."""
    value = signed_points(difference.value, digits)
    return value if np.isnan(difference.low) else f"{value} ({signed_interval(difference, digits)})"


def p_value(value: float) -> str:
    """Write a p value with three decimals; one below 0.05 is never rounded up to it."""
    if np.isnan(value):
        return "–"
    if value < 0.001:
        return "< 0.001"
    return f"{min(value, 0.049) if value < 0.05 else value:.3f}"


def p_equation(value: float) -> str:
    """Write a p value for a sentence, e.g. "p = 0.034" or "p < 0.001", with no-break spaces."""
    shown = p_value(value)
    return (f"p {shown}" if shown.startswith("<") else f"p = {shown}").replace(" ", "\N{NO-BREAK SPACE}")


def millions(value: float) -> str:
    """Write a large count in millions, e.g. "1.1 M"; "–" where it is unknown."""
    if np.isnan(value):
        return "–"
    return f"{value / 1e6:,.{1 if value < 1e8 else 0}f} M"


def times(factor: float) -> str:
    """Write a factor with two significant digits up to 10 and as a whole number beyond, e.g. "2.3 times"."""
    return f"{factor:.2g} times" if factor < 10 else f"{factor:,.0f} times"


def without_start(title: str) -> str:
    """Shorten a title by removing the brackets that name the initial weights."""
    return title.partition(" (")[0]


def narrow_title(title: str, width: int) -> str:
    """Shorten the title of a configuration for a narrow column and break it into lines of about `width` characters."""
    return wrapped(without_start(title).replace(" with augmentation", ", augmented"), width)


def duration(seconds: float) -> str:
    """Write a time in a suitable unit, e.g. "48 s", "12 min", "3.4 h", with a no-break space."""
    if seconds < 100:
        return f"{seconds:.0f}\u00a0s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f}\u00a0min"
    return f"{seconds / 3600:.1f}\u00a0h"


@overload
def listing(parts: Sequence[Markdown], last: str = "and") -> Markdown: ...


@overload
def listing(parts: Sequence[str], last: str = "and") -> str: ...


def listing(parts: Sequence[str], last: str = "and") -> str:
    """Join parts, e.g. "a, b and c"; the result is Markdown if all parts are."""
    text = Markdown if parts and all(isinstance(part, Markdown) for part in parts) else str
    if len(parts) < 2:
        return text("").join(parts)
    return text("").join([text(", ").join(parts[:-1]), text(f" {last} "), parts[-1]])


def unbroken(number: str) -> str:
    """Keep a number, with its unit or its interval, on one line: no-break spaces, and a word joiner after a dash."""
    return number.replace(" ", "\u00a0").replace("–", "–\u2060")


def wrapped(title: str, width: int) -> str:
    """Break a title into lines of about `width` characters, with the text in brackets on its own line."""
    main, bracket, rest = title.partition(" (")
    if not bracket or len(title) <= width:
        return fill(title, width)
    return f"{fill(main, width)}\n({rest}"


def shortened(text: str, width: int) -> str:
    """Cut a text that is longer than `width` characters and mark the cut with an ellipsis."""
    return text if len(text) <= width else f"{text[: width - 1].rstrip()}…"


def capitalised(text: str) -> str:
    """Write the first letter in upper case and leave the others as they are."""
    return text[:1].upper() + text[1:]
