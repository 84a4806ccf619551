"""Numbers and lists as text, and escapes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.report.core.markdown import escape_attribute, escape_markdown
from svhnlab.report.core.text import (
    confidence,
    count_with_verb,
    duration,
    listing,
    millions,
    number,
    p_equation,
    p_value,
    percent,
    points,
    points_with_interval,
    quantity,
    share_with_interval,
    signed_points,
    times,
    without_start,
    wrapped,
)
from svhnlab.store.schema import Estimate


class TestText:
    def test_differences(self):
        """Differences carry their sign, a true minus, and no sign where they round to nothing."""
        assert [signed_points(value) for value in (0.0131, -0.004, -0.0001, float("nan"))] == [
            "+1.3",
            "−0.4",
            "0.0",
            "–",
        ]
        assert points_with_interval(Estimate(0.01, -0.002, 0.022)) == "+1.0 (−0.2 to +2.2)"
        assert points_with_interval(Estimate(np.nan, np.nan, np.nan)) == "–"

    def test_counts_with_verbs(self):
        """The verb agrees with the number, and zero is written as a word."""
        assert [count_with_verb(value) for value in (0, 1, 1200)] == ["none is", "1 is", "1,200 are"]

    def test_shares(self):
        """A share is written with its interval, or without if it has none."""
        assert share_with_interval(Estimate(0.912, 0.901, 0.924)) == "91.2% (90.1–92.4)"
        assert share_with_interval(Estimate(0.912, np.nan, np.nan)) == "91.2%"
        assert share_with_interval(Estimate(np.nan, np.nan, np.nan)) == "–"

    def test_p_values(self):
        """A p value below the level never reads as the level, and a tiny one never as zero."""
        assert [p_value(value) for value in (0.00001, 0.0123, 0.04999, 0.05, 1.0)] == [
            "< 0.001",
            "0.012",
            "0.049",
            "0.050",
            "1.000",
        ]
        assert (p_equation(0.0001), p_equation(0.2)) == ("p\xa0<\xa00.001", "p\xa0=\xa00.200")

    def test_large_counts_and_factors(self):
        """Counts are written in millions and factors with two digits."""
        assert [millions(value) for value in (1_105_098, 1_814_000_000)] == ["1.1 M", "1,814 M"]
        assert [times(value) for value in (2.345, 136.2)] == ["2.3 times", "136 times"]
        assert without_start("ResNet-18 with augmentation (random start)") == "ResNet-18 with augmentation"


class TestIntervals:
    def test_numbers(self):
        """Shares, counts, differences and times read as people write them."""
        assert percent(0.9234) == "92.3%"
        assert percent(float("nan")) == "–"
        assert number(-1.5, 1) == "−1.5"
        assert confidence(0.99999) == "> 99.9%"
        assert quantity(1, "image") == "1 image"
        assert quantity(26032, "image") == "26,032 images"
        assert points(-0.01) == "1.0 percentage point"
        assert points(0.0134) == "1.3 percentage points"
        assert [duration(value) for value in (48, 700, 12000)] == ["48\u00a0s", "12\u00a0min", "3.3\u00a0h"]
        assert listing(["a", "b", "c"]) == "a, b and c"
        assert listing([]) == ""

    def test_wrapped(self):
        """Text in brackets is not broken across lines."""
        assert wrapped("ResNet-18 (random start)", 12) == "ResNet-18\n(random start)"
        assert wrapped("Short", 12) == "Short"

    @given(st.text(max_size=30))
    def test_escapes_keep_one_line(self, text):
        """Escaped text is on one line and cannot close an attribute."""
        assert "\n" not in escape_markdown(text)
        assert not set('"{}\\\n') & set(escape_attribute(text))
