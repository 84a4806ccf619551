"""Scripts, styles and data for pages.

The scripts are modules (type-checked by ``nox -s lint``). Browsers do not load modules from disk, so
each page script is bundled with its imports when it is written into a site.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
#: Scripts, styles and the icon of the pages of both engines.
PAGE_FILES = (
    "report.js",
    "evidence.css",
    "explorer.css",
    "fonts.css",
    "fonts-italic.css",
    "svhnlab.css",
    "icon.svg",
)
_IMPORT = re.compile(r'^import (?:\* as (\w+)|({[^}]+})) from "(\.[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:class|const|function) (\w+))", re.MULTILINE)


def write_page_files(folder: Path) -> None:
    """Write the scripts and styles that the pages of both engines load."""
    for name in PAGE_FILES:
        write_resource(name, folder)


def write_resource(name: str, folder: Path) -> None:
    """Write a script or style of this package into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if name.endswith(".js"):
        (folder / name).write_text(plain_script(_FOLDER / name), encoding="utf-8")
    else:
        shutil.copyfile(_FOLDER / name, folder / name)


def resource_text(name: str) -> str:
    """Return the text of a script or style of this package; a script is bundled with its imports."""
    file = _FOLDER / name
    return plain_script(file) if name.endswith(".js") else file.read_text(encoding="utf-8")


def plain_script(module: Path) -> str:
    """Return a module and its direct and indirect imports as one classic script.

    Each module becomes a function that returns what the module exports. Imports are of the forms
    ``import { a, b } from "./file.js";`` and ``import * as name from "./file.js";``.
    """
    names: dict[Path, str] = {}
    parts: list[str] = []

    def join(file: Path) -> str:
        if file not in names:
            names[file] = f"module{len(names)}"
            text = _IMPORT.sub(
                lambda found: f"const {found[1] or found[2]} = {join((file.parent / found[3]).resolve())};\n",
                file.read_text(encoding="utf-8"),
            )
            exports = ", ".join(_EXPORT.findall(text))
            body = _EXPORT.sub("", text)
            parts.append(f"const {names[file]} = (() => {{\n{body}\nreturn {{ {exports} }};\n}})();\n")
        return names[file]

    join(module.resolve())
    return f'(() => {{\n"use strict";\n{"".join(parts)}}})();\n'


def script_json(value: Any) -> str:
    """Return JSON that is safe inside an HTML script element, whatever its strings contain."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text
