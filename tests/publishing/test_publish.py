"""Versions of a report in a site root: their folders, and refused input."""

from __future__ import annotations

import functools
import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from svhnlab.config.citation_file import VERSION_VARIABLE
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.publishing.publish import Publication, publish
from tests.fixtures.published import PAGES, content, write_site


def listing(root: Path) -> Any:
    return json.loads((root / "versions.json").read_text(encoding="utf-8"))


class TestPublish:
    def test_first_version_is_at_the_root_and_below_v(self, put: Callable[..., Publication], root: Path) -> None:
        """The root has the latest version, with the same bytes as below v/, and the lists of versions."""
        made = put("1.0")
        assert made == Publication(root, "1.0", "1.0", ("1.0",), True)
        version = content(root / "v" / "1.0")
        assert set(PAGES) < set(version)
        at_root = {path: digest for path, digest in content(root).items() if not path.startswith("v/")}
        own = {path: at_root.pop(path) for path in ("versions.json", "versions.js", "changes.html", ".nojekyll")}
        assert len(own) == 4
        assert at_root.pop("version.js") != version.pop("version.js")
        assert at_root == version
        (entry,) = listing(root)["versions"]
        assert (entry["version"], entry["study"], entry["commit"]) == ("1.0", "5" * 16, "c" * 40)
        assert entry["pages"] == list(PAGES)

    def test_drawing_learns_the_version(self, project: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """SVHNLAB_VERSION is set while the report is rendered, and restored afterwards, also if rendering fails."""
        seen = []

        def draw(site: Path) -> None:
            seen.append(os.environ[VERSION_VARIABLE])
            assert not site.exists()
            raise SvhnlabError("no")

        for before in (None, "7.0"):
            if before:
                monkeypatch.setenv(VERSION_VARIABLE, before)
            with pytest.raises(SvhnlabError, match=r"^no$"):
                publish(project, root, "1.0", render=draw, say=print)
            assert os.environ.get(VERSION_VARIABLE) == before
        assert seen == ["1.0", "1.0"]
        assert not root.exists()

    def test_highest_number_is_the_latest(self, put: Callable[..., Publication], root: Path) -> None:
        """1.10 stays at the root when 1.9 and 1.9.1 are published after it, and the list is ordered by number."""
        for version in ("1.10", "1.9", "1.9.1"):
            assert put(version).latest == "1.10"
        assert "Text of 1.10." in (root / "index.html").read_text(encoding="utf-8")
        found = listing(root)
        assert found["latest"] == "1.10"
        assert [entry["version"] for entry in found["versions"]] == ["1.10", "1.9.1", "1.9"]
        put("2.0")
        assert "Text of 2.0." in (root / "index.html").read_text(encoding="utf-8")

    def test_same_content_again_changes_nothing(self, put: Callable[..., Publication], root: Path) -> None:
        """Publishing the same version with the same inputs prints a line and changes no file."""
        put("1.0")
        before = {path: path.stat().st_ino for path in root.rglob("*")}
        lines: list[str] = []
        again = put("1.0", say=lines.append)
        assert not again.changed
        assert "nothing to do" in lines[-1]
        assert {path: path.stat().st_ino for path in root.rglob("*")} == before

    def test_other_content_is_refused(self, put: Callable[..., Publication], root: Path) -> None:
        """A version is never published again with other content; the error names the difference and a free number."""
        put("1.0")
        put("1.4")
        before = content(root)
        with pytest.raises(InputError, match=r"other content \(engine changed\).* --version 1\.5") as refused:
            put("1.0", inputs="2" * 64, engine="quarto", text="Other text")
        assert "\n" not in str(refused.value)
        assert content(root) == before

    def test_number_written_otherwise_is_the_same_version(self, put: Callable[..., Publication]) -> None:
        """1.0 and 1.0.0 are the same number."""
        put("1.0")
        with pytest.raises(InputError, match=r"same as 1\.0"):
            put("1.0.0")

    def test_older_versions_never_change(self, put: Callable[..., Publication], root: Path) -> None:
        """Later publications keep every file below v/1.0: the same bytes, the same inode."""
        put("1.0")
        place = root / "v" / "1.0"
        before, inodes = content(place), {path: (place / path).stat().st_ino for path in content(place)}
        for version in ("1.1", "0.9", "2.0"):
            put(version, text=f"Other text {version}")
        assert content(place) == before
        assert {path: (place / path).stat().st_ino for path in before} == inodes
        assert (place / "index.html").stat().st_nlink == 1

    def test_copies_where_there_are_no_hard_links(
        self, put: Callable[..., Publication], root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A file system without hard links gets copies with the same bytes."""
        put("1.0")
        before = content(root / "v" / "1.0")

        def refuse(*_: object, **__: object) -> None:
            raise OSError("no links here")

        monkeypatch.setattr(os, "link", refuse)
        put("1.1")
        assert content(root / "v" / "1.0") == before

    def test_root_and_version_share_no_file(self, put: Callable[..., Publication], root: Path) -> None:
        """Editing a page at the root does not change the published version."""
        put("1.0")
        with (root / "index.html").open("a", encoding="utf-8") as page:
            page.write("<!-- edited -->")
        assert "edited" not in (root / "v" / "1.0" / "index.html").read_text(encoding="utf-8")
        put("1.1")

    def test_keeps_what_is_not_its_own(self, put: Callable[..., Publication], root: Path) -> None:
        """The user's files in the root are kept: hidden files, folders, links, and files among the pages."""
        root.mkdir()
        (root / ".git").mkdir()
        (root / ".git" / "HEAD").write_text("ref: refs/heads/gh-pages")
        (root / "CNAME").write_text("example.org")
        put("1.0")
        (root / "chapters" / "notes.txt").write_text("mine")
        (root / "old report").mkdir()
        (root / "old report" / "index.html").write_text("mine too")
        (root / "empty").mkdir()
        (root / "link").symlink_to("CNAME")
        kept = [".git/HEAD", "CNAME", "chapters/notes.txt", "old report/index.html", "link"]
        before = {path: content(root)[path] for path in kept}
        put("1.1", pages=("index.html",))
        put("1.2", pages=("index.html",))
        assert {path: content(root)[path] for path in kept} == before
        assert (root / "empty").is_dir()
        assert not (root / "chapters" / "cnn.html").exists(), "a page that the latest version has no more"
        assert (root / "v" / "1.0" / "chapters" / "cnn.html").exists()

    def test_refuses_to_cover_a_file_of_the_users(self, put: Callable[..., Publication], root: Path) -> None:
        """A page does not replace a file of the user with the same name."""
        put("1.0")
        (root / "about.html").write_text("mine")
        with pytest.raises(InputError, match=r"about\.html is not part of the published site"):
            put("1.1", pages=(*PAGES, "about.html"))
        assert (root / "about.html").read_text() == "mine"

    def test_folder_without_files_is_in_nobodys_way(self, put: Callable[..., Publication], root: Path) -> None:
        """An empty folder of Quarto's sites, which the next version has too, is no conflict."""
        put("1.0")
        (root / "libs" / "tabsets").mkdir(parents=True)
        put("1.1", pages=(*PAGES, "libs/tabsets/page.html"))
        assert (root / "libs" / "tabsets" / "page.html").is_file()

    def test_refuses_folders_with_other_things(self, put: Callable[..., Publication], root: Path) -> None:
        """A non-empty folder that is not a published site is not changed."""
        root.mkdir()
        (root / "thesis.tex").write_text("mine")
        with pytest.raises(InputError, match=r"holds other files \(thesis\.tex"):
            put("1.0")
        assert content(root).keys() == {"thesis.tex"}

    def test_refuses_a_file_and_the_project_itself(self, project: Path, root: Path) -> None:
        """A file, or a folder that contains the project, can't become the site."""
        root.write_text("a file")
        with pytest.raises(InputError, match="is not a folder"):
            publish(project, root, "1.0", render=write_site, say=print)
        for folder in (project, project.parent):
            with pytest.raises(InputError, match="holds the project"):
                publish(project, folder, "1.0", render=write_site, say=print)

    def test_says_when_a_version_was_changed(self, put: Callable[..., Publication], root: Path) -> None:
        """Nothing is published if a version has changed; the error names the file."""
        put("1.0")
        page = root / "v" / "1.0" / "index.html"
        original = page.read_bytes()
        page.write_bytes(original + b" ")
        with pytest.raises(SvhnlabError, match=r"v/1\.0/index\.html is not what was published"):
            put("1.1")
        page.write_bytes(original)
        record = root / "v" / "1.0" / "provenance.json"
        record.write_text(record.read_text(encoding="utf-8").replace("generated digits", "other digits"))
        with pytest.raises(SvhnlabError, match=r"v/1\.0/provenance\.json is not what was published"):
            put("1.1")

    def test_missing_version_is_dropped_only_on_purpose(self, put: Callable[..., Publication], root: Path) -> None:
        """A missing version folder is an error until its entry is removed, too."""
        put("1.0")
        put("1.1")
        shutil.rmtree(root / "v" / "1.0")
        with pytest.raises(SvhnlabError, match=r"v/1\.0 is missing: restore it, or remove version 1\.0"):
            put("1.2")
        found = listing(root)
        found["versions"] = [entry for entry in found["versions"] if entry["version"] != "1.0"]
        (root / "versions.json").write_text(json.dumps(found))
        assert put("1.2").versions == ("1.1", "1.2")

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
    def test_everybody_may_read(self, put: Callable[..., Publication], root: Path) -> None:
        """Files are world-readable for web servers and GitHub Pages, also under a umask that makes files private.

        What the owner keeps beside the site stays as it is.
        """
        before = os.umask(0o077)
        try:
            put("1.1")
            (root / "private.txt").write_text("mine")
            put("1.0")
        finally:
            os.umask(before)
        assert stat.S_IMODE((root / "private.txt").stat().st_mode) == 0o600
        for path in (root, *(path for path in root.rglob("*") if path.name != "private.txt")):
            mode = stat.S_IMODE(path.stat().st_mode)
            wanted = 0o755 if path.is_dir() else 0o644
            assert mode & wanted == wanted, path

    def test_refuses_a_report_of_another_version(self, project: Path, root: Path) -> None:
        """A rendered report with a version other than the requested one is not published."""
        with pytest.raises(SvhnlabError, match=r"rendered as version 3\.0, not 1\.0"):
            publish(project, root, "1.0", render=functools.partial(write_site, version="3.0"), say=print)

    def test_one_publisher_at_a_time(self, put: Callable[..., Publication], root: Path) -> None:
        """A second process that publishes into the same root fails with a request to wait."""
        put("1.0")
        with FileLock(root.with_name(".public.lock")), pytest.raises(SvhnlabError, match="Another process"):
            put("1.1")
        assert put("1.1").changed
