"""How data are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from svhnlab.data.source import find_data
from svhnlab.errors import InputError


def refusal_of(data: Path, *, read: bool = False) -> str:
    """Return the line with which data are refused when they are found or, with ``read``, at the latest when read."""
    with pytest.raises(InputError) as caught:
        source = find_data(data)
        if read:
            source.read(None)
    message = str(caught.value)
    assert message.isprintable()
    return message
