"""Modules bundled into one script, and data inside script elements."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st
from playwright.sync_api import Page

from svhnlab.web import resources
from svhnlab.web.resources import PAGE_FILES, plain_script, resource_text, script_json, write_page_files

WEB = Path(resources.__file__).parent
#: Scripts of pages; all others are imported by one of them.
SCRIPTS = ("changes.js", "page.js", "report.js", "version.js", "versions.js")


class TestPlainScript:
    def test_runs_from_a_disk(self, page: Page, tmp_path: Path) -> None:
        """Modules that import each other, one of them twice and from another folder, run as a classic script."""
        (tmp_path / "parts").mkdir()
        (tmp_path / "base.js").write_text(
            "let calls = 0;\nexport const count = () => (calls += 1);\nexport class Box { value = 2; }\n"
        )
        (tmp_path / "parts" / "twice.js").write_text(
            'import * as base from "../base.js";\n'
            "export function twice() {\n  base.count();\n  return base.count();\n}\n"
        )
        (tmp_path / "start.js").write_text(
            'import {\n  Box, count,\n} from "./base.js";\nimport { twice } from "./parts/twice.js";\n'
            "window.result = [twice(), count(), new Box().value];\n"
        )
        script = plain_script(tmp_path / "start.js")
        (tmp_path / "page.html").write_text(f"<!doctype html><script>{script}</script>")
        page.goto((tmp_path / "page.html").as_uri())
        assert page.evaluate("window.result") == [2, 3, 2]
        assert page.evaluate("typeof twice") == "undefined"

    def test_every_module_is_used(self) -> None:
        """Each script of this package is a page script or imported by one."""
        joined = "".join(resource_text(name) for name in SCRIPTS)
        for file in WEB.rglob("*.js"):
            first_line = file.read_text(encoding="utf-8").splitlines()[0]
            assert first_line in joined, file.name


class TestWritePageFiles:
    def test_complete(self, tmp_path: Path) -> None:
        """Scripts are written without imports, styles unchanged."""
        write_page_files(tmp_path / "assets")
        assert {file.name for file in (tmp_path / "assets").iterdir()} == set(PAGE_FILES)
        assert "\nimport " not in (tmp_path / "assets" / "report.js").read_text(encoding="utf-8")
        assert (tmp_path / "assets" / "fonts.css").read_bytes() == (WEB / "fonts.css").read_bytes()


class TestScriptJson:
    @given(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3))
    @example({"a": "</script><!-- & \u2028"})
    def test_no_end_of_the_element(self, value: dict[str, str]) -> None:
        """JSON inside a script element is read back unchanged and contains no angle bracket."""
        text = script_json(value)
        assert json.loads(text) == value
        assert not set("<>&\u2028") & set(text)
