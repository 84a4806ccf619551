"""Scripts, styles and data for pages."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
#: Scripts and styles that the pages of both engines load.
PAGE_FILES = ("evidence.css", "evidence.js", "fonts.css", "report.js", "svhnlab.css")


def write_page_files(folder: Path) -> None:
    """Write the scripts and styles that the pages of both engines load."""
    for name in PAGE_FILES:
        shutil.copyfile(resource_path(name), folder / name)


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
