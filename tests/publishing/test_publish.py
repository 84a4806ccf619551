"""Versions of a report in a site root: what is where, what is refused, and what a publication leaves when it dies."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.cli import cli
from svhnlab.config.citation_file import VERSION_VARIABLE
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.publishing import publish as publishing
from svhnlab.publishing.check import Check
from svhnlab.publishing.publish import Publication, publish
from svhnlab.publishing.selector import stamp
from svhnlab.publishing.verify import Verification
from svhnlab.publishing.version_number import is_version, version_order
from svhnlab.site.postprocess.metadata import add_metadata
from svhnlab.store.store import Store
from tests.fixtures.published import CITATION, PAGES, made_up_predictions, write_site
from tests.fixtures.tiny import tiny_pipeline

STEPS = ("rename", "link", "mkdir", "unlink", "rmdir")
"""Calls of the operating system that a publication can die at, besides writing files."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "public"


@pytest.fixture
def put(project: Path, root: Path) -> Callable[..., Publication]:
    """Publish a made-up site of a version; other keywords go to `write_site`."""

    def publish_made_up(version: str, say: Callable[[str], None] = lambda line: None, **site: Any) -> Publication:
        return publish(project, root, version, render=functools.partial(write_site, **site), say=say)

    return publish_made_up


def content(folder: Path) -> dict[str, str]:
    """Digests of all files below a folder, and targets of links, by path."""
    return {
        path.relative_to(folder).as_posix(): f"-> {path.readlink()}"
        if path.is_symlink()
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def listing(root: Path) -> Any:
    return json.loads((root / "versions.json").read_text(encoding="utf-8"))


class TestVersionOrder:
    @pytest.mark.parametrize("text", ["", "1", "v1.0", "1.0.0.0", "01.0", "1.0-rc1", "1..0", " 1.0", "1.0\n", "٣.١"])
    def test_refuses_what_is_no_version(self, text: str) -> None:
        """A version is two or three plain numbers, so that it is safe in a path, an address and a page."""
        assert not is_version(text)
        with pytest.raises(InputError, match=r"--version 1\.0"):
            version_order(text)

    @given(
        st.lists(st.integers(0, 999_999), min_size=2, max_size=3),
        st.lists(st.integers(0, 999_999), min_size=2, max_size=3),
    )
    def test_orders_by_number(self, one: list[int], other: list[int]) -> None:
        """Versions are ordered as their numbers are, and a missing third number is a zero."""
        first, second = (version_order(".".join(map(str, parts))) for parts in (one, other))
        padded = [(*parts, 0)[:3] for parts in (one, other)]
        assert (first < second) == (padded[0] < padded[1])
        assert (first == second) == (padded[0] == padded[1])


class TestPublish:
    def test_first_version_is_at_the_root_and_below_v(self, put: Callable[..., Publication], root: Path) -> None:
        """The root holds the latest version, the same bytes as below v/, and what tells programs and pages of it."""
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
        """SVHNLAB_VERSION is set while the report is drawn, and as before afterwards, also when drawing fails."""
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
        """The same version with the same inputs says so and touches no file."""
        put("1.0")
        before = {path: path.stat().st_ino for path in root.rglob("*")}
        lines: list[str] = []
        again = put("1.0", say=lines.append)
        assert not again.changed
        assert "nothing to do" in lines[-1]
        assert {path: path.stat().st_ino for path in root.rglob("*")} == before

    def test_other_content_is_refused(self, put: Callable[..., Publication], root: Path) -> None:
        """A version is never published again with other content; the line says what differs, and a free number."""
        put("1.0")
        put("1.4")
        before = content(root)
        with pytest.raises(InputError, match=r"other content \(engine changed\).* --version 1\.5") as refused:
            put("1.0", inputs="2" * 64, engine="quarto", text="Other text")
        assert "\n" not in str(refused.value)
        assert content(root) == before

    def test_number_written_otherwise_is_the_same_version(self, put: Callable[..., Publication]) -> None:
        """1.0 and 1.0.0 are one number."""
        put("1.0")
        with pytest.raises(InputError, match=r"same as 1\.0"):
            put("1.0.0")

    def test_older_versions_never_change(self, put: Callable[..., Publication], root: Path) -> None:
        """Later publications leave every file below v/1.0 as it is: the same bytes, in the same place on the disk."""
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
        """Who edits a page at the root does not change the published version."""
        put("1.0")
        with (root / "index.html").open("a", encoding="utf-8") as page:
            page.write("<!-- edited -->")
        assert "edited" not in (root / "v" / "1.0" / "index.html").read_text(encoding="utf-8")
        put("1.1")

    def test_keeps_what_is_not_its_own(self, put: Callable[..., Publication], root: Path) -> None:
        """Files that the user has put into the root stay: hidden ones, folders, links, and files among the pages."""
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
        assert not (root / "chapters" / "1-cnn.html").exists(), "a page that the latest version has no more"
        assert (root / "v" / "1.0" / "chapters" / "1-cnn.html").exists()

    def test_refuses_to_cover_a_file_of_the_users(self, put: Callable[..., Publication], root: Path) -> None:
        """A page with the name of a file that the user has put into the root does not replace it."""
        put("1.0")
        (root / "about.html").write_text("mine")
        with pytest.raises(InputError, match=r"about\.html is not part of the published site"):
            put("1.1", pages=(*PAGES, "about.html"))
        assert (root / "about.html").read_text() == "mine"

    def test_folder_without_files_is_in_nobodys_way(self, put: Callable[..., Publication], root: Path) -> None:
        """Quarto's sites have an empty folder, which the next version has too."""
        put("1.0")
        (root / "libs" / "tabsets").mkdir(parents=True)
        put("1.1", pages=(*PAGES, "libs/tabsets/page.html"))
        assert (root / "libs" / "tabsets" / "page.html").is_file()

    def test_refuses_folders_with_other_things(self, put: Callable[..., Publication], root: Path) -> None:
        """A folder that never was a published site and is not empty is left alone."""
        root.mkdir()
        (root / "thesis.tex").write_text("mine")
        with pytest.raises(InputError, match=r"holds other files \(thesis\.tex"):
            put("1.0")
        assert content(root).keys() == {"thesis.tex"}

    def test_refuses_a_file_and_the_project_itself(self, project: Path, root: Path) -> None:
        """Neither a file nor a folder that holds the project can become the site."""
        root.write_text("a file")
        with pytest.raises(InputError, match="is no folder"):
            publish(project, root, "1.0", render=write_site, say=print)
        for folder in (project, project.parent):
            with pytest.raises(InputError, match="holds the project"):
                publish(project, folder, "1.0", render=write_site, say=print)

    def test_says_when_a_version_was_changed(self, put: Callable[..., Publication], root: Path) -> None:
        """Nothing is published on top of a version that is not what it was; the line names the file."""
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
        """A folder of a version that is gone is an error, until its entry is removed too."""
        put("1.0")
        put("1.1")
        shutil.rmtree(root / "v" / "1.0")
        with pytest.raises(SvhnlabError, match=r"v/1\.0 is missing: restore it, or remove version 1\.0"):
            put("1.2")
        found = listing(root)
        found["versions"] = [entry for entry in found["versions"] if entry["version"] != "1.0"]
        (root / "versions.json").write_text(json.dumps(found))
        assert put("1.2").versions == ("1.1", "1.2")

    def test_everybody_may_read(self, put: Callable[..., Publication], root: Path) -> None:
        """Web servers and GitHub Pages read as another user; files made with tempfile are for their owner alone."""
        put("1.0")
        for path in (root, *root.rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            wanted = 0o755 if path.is_dir() else 0o644
            assert mode & wanted == wanted, path

    def test_refuses_a_report_of_another_version(self, project: Path, root: Path) -> None:
        """A drawn report that names another version than the one asked for is not published."""
        with pytest.raises(SvhnlabError, match=r"rendered as version 3\.0, not 1\.0"):
            publish(project, root, "1.0", render=functools.partial(write_site, version="3.0"), say=print)

    def test_one_publisher_at_a_time(self, put: Callable[..., Publication], root: Path) -> None:
        """A second process that publishes into the same root is told to wait."""
        put("1.0")
        with FileLock(root.with_name(".public.lock")), pytest.raises(SvhnlabError, match="Another process"):
            put("1.1")
        assert put("1.1").changed


class Stop(Exception):
    """A publication dies here."""


def count_steps(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], at: int | None = None) -> list[int]:
    """Count the steps of a publication that touch the disk, and act before one of them (the first is 0)."""
    seen = [0]

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            seen[0] += 1
            if seen[0] - 1 == at:
                act()
            return call(*args, **kwargs)

        return step

    for name in STEPS:
        monkeypatch.setattr(os, name, counted(getattr(os, name)))
    monkeypatch.setattr(shutil, "copy2", counted(shutil.copy2))
    monkeypatch.setattr(Path, "write_text", counted(Path.write_text))
    return seen


def stop() -> None:
    raise Stop


class TestInterrupted:
    """The second publication of a site dies at each of its steps in turn."""

    @pytest.fixture(autouse=True)
    def short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The page of changes is not what this is about."""
        monkeypatch.setattr(publishing, "changes_page", lambda versions: f"{len(versions)} versions")

    @pytest.fixture
    def put(self, put: Callable[..., Publication]) -> Callable[..., Publication]:
        """Sites as small as can be: there are many."""
        return functools.partial(put, pages=("index.html",), predictions=made_up_predictions({}, n=1))

    @pytest.fixture
    def steps(self, put: Callable[..., Publication], root: Path, tmp_path: Path) -> tuple[int, dict[str, str]]:
        """How many steps there are, and what the site holds in the end."""
        put("1.0")
        shutil.copytree(root, tmp_path / "before")
        with pytest.MonkeyPatch.context() as patch:
            seen = count_steps(patch, stop)
            put("1.1")
        after = content(root)
        restore(tmp_path / "before", root)
        return seen[0], after

    def test_error_leaves_the_old_site(
        self, put: Callable[..., Publication], root: Path, tmp_path: Path, steps: tuple[int, dict[str, str]]
    ) -> None:
        """After an error at any step the site is the old one or the new one, whole, and the next publication works."""
        count, after = steps
        before = content(root)
        assert count > 30
        for at in range(count):
            with pytest.MonkeyPatch.context() as patch:
                count_steps(patch, stop, at)
                with pytest.raises(Stop):
                    put("1.1")
            assert content(root) in (before, after), at
            put("1.1")
            assert content(root) == after, at
            assert not root.with_name(".public.publishing").exists()
            restore(tmp_path / "before", root)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be killed")
    def test_killed_process_leaves_the_old_site(
        self, put: Callable[..., Publication], root: Path, tmp_path: Path, steps: tuple[int, dict[str, str]]
    ) -> None:
        """A process that dies without a chance to clean up leaves a whole site, which the next one finds."""
        count, after = steps
        before = content(root)
        moved_aside = 0
        for at in range(count):
            child = os.fork()
            if child == 0:
                count_steps(pytest.MonkeyPatch(), lambda: os._exit(3), at)
                put("1.1")
                os._exit(0)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
            if root.exists():
                assert content(root) in (before, after), at
            else:
                moved_aside += 1
                assert content(root.with_name(".public.publishing") / "old") == before
            lines: list[str] = []
            put("1.1", say=lines.append)
            assert content(root) == after, at
            restore(tmp_path / "before", root)
        assert moved_aside == 1, "only between the two renames is the site not in its place"

    def test_site_that_was_moved_aside_is_never_lost(self, put: Callable[..., Publication], root: Path) -> None:
        """A folder that was made in the meantime where the site belongs does not make the site disappear."""
        put("1.0")
        before = content(root)
        aside = root.with_name(".public.publishing") / "old"
        aside.parent.mkdir()
        root.rename(aside)
        root.mkdir()
        (root / "something").write_text("else")
        with pytest.raises(SvhnlabError, match="left the site in"):
            put("1.1")
        assert content(aside) == before
        (root / "something").unlink()
        lines: list[str] = []
        put("1.1", say=lines.append)
        assert "was interrupted" in lines[0]
        assert content(root / "v" / "1.0") == {
            path.removeprefix("v/1.0/"): digest for path, digest in before.items() if path.startswith("v/1.0/")
        }


def restore(before: Path, root: Path) -> None:
    shutil.rmtree(root)
    shutil.copytree(before, root)


class TestStamp:
    @pytest.fixture
    def site(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv(VERSION_VARIABLE, "1.0")
        site = tmp_path / "site"
        write_site(site)
        return site

    def test_every_page_tells_where_it_is(self, site: Path) -> None:
        """Each page names its version in text and knows its path and the way to the root of its version."""
        for path, to_root in (("index.html", ""), ("chapters/1-cnn.html", "../")):
            text = (site / path).read_text(encoding="utf-8")
            assert f'src="{to_root}version.js" data-root="{to_root}" data-page="{path}" defer' in text
            assert text.count("Version 1.0</p>") == 1
            assert text.index("<main>") < text.index("Version 1.0") < text.index("<h1>")

    def test_second_time_changes_nothing(self, site: Path) -> None:
        """Stamping is idempotent."""
        before = content(site)
        stamp(site, CITATION)
        assert content(site) == before

    def test_report_that_is_not_published_stays_as_it_is(self, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a version there is nothing to select, and no script to ask for."""
        monkeypatch.delenv(VERSION_VARIABLE)
        page = site / "plain.html"
        page.write_text("<html><head></head><body><main></main></body></html>")
        stamp(site, CITATION)
        assert "version" not in page.read_text()

    def test_pages_without_main_stay_as_they_are(self, site: Path) -> None:
        """A page that only leads elsewhere is no page of the report."""
        page = site / "moved.html"
        page.write_text("<html><head><title>Moved</title></head><body></body></html>")
        stamp(site, CITATION)
        assert page.read_text() == "<html><head><title>Moved</title></head><body></body></html>"

    def test_old_pages_name_the_latest_as_the_original(self, site: Path) -> None:
        """Search engines are led from a page of any version to the same page at the root."""
        add_metadata(site, CITATION)
        stamp(site, CITATION)
        text = (site / "chapters" / "1-cnn.html").read_text(encoding="utf-8")
        assert text.count('<link rel="canonical" href="https://example.org/report/chapters/1-cnn.html">') == 1


def invoke_publish(project: Path, root: Path, results: Path, version: str = "1.0") -> Result:
    """Run `svhnlab publish` in this process."""
    folders = ["--to", str(root), "--project", str(project), "--results", str(results)]
    return CliRunner().invoke(cli, ["publish", "--version", version, *folders])


class TestCommands:
    @pytest.fixture
    def drawn(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A project whose report is made up, in place of the engines' work."""
        (project / "_quarto.yml").write_text("project: {type: book}")

        def render(_: Path, output: Path, **__: object) -> None:
            write_site(output)

        monkeypatch.setattr("svhnlab.site.render.render", render)
        monkeypatch.setattr("svhnlab.site.prerender.footer.footer_line", lambda *_: "")
        return project

    def test_publish(self, drawn: Path, root: Path, tiny_results: Path) -> None:
        """`svhnlab publish` says where the version is and which one is the latest."""
        for version, wanted in (("1.1", "the latest is 1.1"), ("1.0", "beside 1 other; the latest is 1.1")):
            done = invoke_publish(drawn, root, tiny_results, version)
            assert done.exit_code == 0, done.output
            assert wanted in done.output
        assert (root / "v" / "1.0" / "index.html").is_file()

    @pytest.mark.parametrize(
        ("result", "named"),
        [
            ("run/resnet18-aug-*", "run resnet18-aug"),
            ("evidence/cnn-????????????????", "evidence cnn"),
            ("embedding/resnet18-????????????????", "embedding resnet18"),
            ("statistics/*", "finished: statistics missing"),
            ("augmentation/*", "finished: augmentation missing"),
        ],
    )
    def test_unfinished_study_is_refused(
        self, drawn: Path, root: Path, tiny_results: Path, tmp_path: Path, result: str, named: str
    ) -> None:
        """A version is for ever: with a result missing nothing is published, and the way to make it is said."""
        results = tmp_path / "results"
        shutil.copytree(tiny_results, results)
        (missing,) = results.glob(result)
        shutil.rmtree(missing)
        done = invoke_publish(drawn, root, results)
        assert isinstance(done.exception, InputError)
        assert named in str(done.exception)
        assert "`svhnlab train --profile demo --weights none --seed 0`" in str(done.exception)
        assert not root.exists()

    def test_damaged_study_is_refused(self, drawn: Path, root: Path, tiny_results: Path, tmp_path: Path) -> None:
        """A result that fails its checksum counts as missing, and what is published already stays as it is."""
        results = tmp_path / "results"
        shutil.copytree(tiny_results, results)
        assert invoke_publish(drawn, root, results).exit_code == 0
        before = content(root)
        (weights,) = results.glob("run/cnn-????????????????/weights.safetensors")
        weights.write_bytes(b"changed")
        done = invoke_publish(drawn, root, results, "1.1")
        assert isinstance(done.exception, InputError)
        assert "run cnn" in str(done.exception)
        assert content(root) == before

    def test_study_of_fewer_runs_is_finished(
        self, drawn: Path, root: Path, tiny_results: Path, data_folder: Path, tmp_path: Path
    ) -> None:
        """What study.toml leaves out is no part of the study, so nothing of it is missing."""
        results = tmp_path / "results"
        shutil.copytree(tiny_results, results)
        pipeline = tiny_pipeline(results, data_folder)
        pipeline.spec = dataclasses.replace(pipeline.spec, runs=("cnn",))
        pipeline.run(("cnn",))
        assert invoke_publish(drawn, root, results).exit_code == 0

    def test_study_that_changes_meanwhile_is_refused(
        self, drawn: Path, root: Path, tiny_results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A training of another study that begins while the report is drawn leaves no mixture of the two."""
        results = tmp_path / "results"
        shutil.copytree(tiny_results, results)
        store = Store(results)
        record = store.current_study()
        assert record is not None

        def render(_: Path, output: Path, **__: object) -> None:
            write_site(output)
            store.write_study("0" * 16, {**record, "key": "0" * 16})

        monkeypatch.setattr("svhnlab.site.render.render", render)
        done = invoke_publish(drawn, root, results)
        assert isinstance(done.exception, SvhnlabError)
        assert "another study" in str(done.exception)
        assert not root.exists()

    def test_publish_needs_a_project(self, project: Path, root: Path) -> None:
        """Without a project the command says what to do, and makes nothing."""
        done = CliRunner().invoke(cli, ["publish", "--version", "1.0", "--to", str(root), "--project", str(project)])
        assert isinstance(done.exception, InputError)
        assert not root.exists()

    @pytest.mark.parametrize("holds", [True, False])
    def test_verify(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holds: bool) -> None:
        """`svhnlab verify` prints every check, and its exit status is 0 only if all hold."""
        checks = (Check("files", True, "all there"), Check("numbers", holds, "as computed"))
        monkeypatch.setattr("svhnlab.publishing.verify.verify", lambda path: Verification(path, "site", checks))
        done = CliRunner().invoke(cli, ["verify", str(tmp_path)])
        assert done.exit_code == (0 if holds else 1)
        assert "files: all there" in done.output
        assert ("FAILS" in done.output) != holds
