"""Data for the scripts of pages."""

from __future__ import annotations

import json
from typing import Any


def script_json(value: Any) -> str:
    """Write JSON that can stand inside an HTML script element, whatever its strings hold."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text
