"""The representation of displays and tables, the colours and the words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from svhnlab.report.core.text import (
    confidence,
    duration,
    escape_attribute,
    escape_markdown,
    listing,
    number,
    percent,
    points,
    quantity,
    wrapped,
)


class TestText:
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
        """What stands in brackets is not torn apart."""
        assert wrapped("ResNet-18 (random start)", 12) == "ResNet-18\n(random start)"
        assert wrapped("Short", 12) == "Short"

    @given(st.text(max_size=30))
    def test_escapes_keep_one_line(self, text):
        """Escaped text stands on one line and cannot close an attribute."""
        assert "\n" not in escape_markdown(text)
        assert not set('"{}\\\n') & set(escape_attribute(text))
