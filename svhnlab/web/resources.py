"""Scripts, styles and data for pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def resource_path(name: str) -> Path:
    """Return the path of a script or style of this package."""
    return _FOLDER / name


def resource_text(name: str) -> str:
    """Return the text of a script or style of this package."""
    return resource_path(name).read_text(encoding="utf-8")


def script_json(value: Any) -> str:
    """Write JSON that can stand inside an HTML script element, whatever its strings hold."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text
