"""Version numbers and their order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.errors import InputError
from svhnlab.publishing.version_number import is_version, version_order


class TestVersionOrder:
    @pytest.mark.parametrize("text", ["", "1", "v1.0", "1.0.0.0", "01.0", "1.0-rc1", "1..0", " 1.0", "1.0\n", "٣.١"])
    def test_refuses_what_is_no_version(self, text: str) -> None:
        """A version is two or three plain numbers, and therefore safe in paths, addresses and pages."""
        assert not is_version(text)
        with pytest.raises(InputError, match=r"--version 1\.0"):
            version_order(text)

    @given(
        st.lists(st.integers(0, 999_999), min_size=2, max_size=3),
        st.lists(st.integers(0, 999_999), min_size=2, max_size=3),
    )
    def test_orders_by_number(self, one: list[int], other: list[int]) -> None:
        """Versions are ordered by their numbers, and a missing third number is zero."""
        first, second = (version_order(".".join(map(str, parts))) for parts in (one, other))
        padded = [(*parts, 0)[:3] for parts in (one, other)]
        assert (first < second) == (padded[0] < padded[1])
        assert (first == second) == (padded[0] == padded[1])
