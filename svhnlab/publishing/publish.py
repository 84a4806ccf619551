"""Puts a version of the report into a site root; the old site stays whole until the new one is."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from svhnlab.config.citation_file import VERSION_VARIABLE
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.publishing.atomic_dirs import link_or_copy, link_tree, make_readable, swap, workspace
from svhnlab.publishing.changes_page import changes_page
from svhnlab.publishing.names import CHANGES, LOADER, NO_JEKYLL, SELECTOR, VERSION_LIST, VERSIONS
from svhnlab.publishing.selector import loader, selector
from svhnlab.publishing.version_number import version_order
from svhnlab.publishing.versions import PublishedVersion, SiteRoot, owners_files, read_published, read_root

SCHEMA = 1


@dataclass(frozen=True)
class Publication:
    """What `publish` has done.

    Attributes
    ----------
    root
        The site root.
    version
        The version that was asked for.
    latest
        The version at the root: the highest by number.
    versions
        All versions, oldest first.
    changed
        False where this version was there already, with the same content.
    """

    root: Path
    version: str
    latest: str
    versions: tuple[str, ...]
    changed: bool

    @property
    def folder(self) -> Path:
        """Where the version's own pages are."""
        return self.root / VERSIONS / self.version


def publish(
    project: Path,
    root: Path,
    version: str,
    *,
    draw: Callable[[Path], object],
    say: Callable[[str], None],
) -> Publication:
    """Draw a version of the report and put it into a site root.

    Parameters
    ----------
    project
        Folder of the project.
    root
        Folder of the site; made where it is missing. What else is in it (``CNAME``, ``.git``) stays there.
    version
        "1.0" or "1.0.2".
    draw
        Makes the finished site in the folder it is given, which does not exist yet. ``SVHNLAB_VERSION`` tells the
        version while it runs.
    say
        Takes one line for each step.

    Raises
    ------
    InputError
        The version is none, is there with other content, or the folder can't be a site root.
    SvhnlabError
        A version that is there has changed or is missing, another process is publishing, or drawing failed.

    Notes
    -----
    The whole new root is made beside the old one and takes its place by two renames. Older versions are the same
    files by a second name (hard links) where the file system has them, so they take no room twice.
    """
    order = version_order(version)
    root, project = root.resolve(), project.resolve()
    if project.is_relative_to(root):
        raise InputError(f"The published site can't replace {root}, which holds the project: choose another folder.")
    with workspace(root, say) as work:
        before = read_root(root)
        there = before.find(version)
        if there is not None and there.version != version:
            raise InputError(f"Version {version} is the same as {there.version}, which is published already.")
        site = work / "site"
        with _drawing_version(version):
            draw(site)
        made = read_published(site)
        if made.version != version:
            raise SvhnlabError(f"The report was drawn as version {made.version}, not {version}.")
        if there is not None:
            _refuse_other_content(there, made, before)
            say(f"Version {version} is published already with the same content: nothing to do.")
            return _publication(before, version, changed=False)
        make_readable(site)
        new = _assemble(before, made, work / "new", say)
        swap(new, root, work)
    after = tuple(sorted((*before.versions, made), key=lambda one: one.order))
    if after[-1].order != order:
        say(f"Version {after[-1].version} is higher and stays the latest, at the root of the site.")
    return _publication(SiteRoot(root, after), version, changed=True)


def _publication(root: SiteRoot, version: str, *, changed: bool) -> Publication:
    versions = tuple(one.version for one in root.versions)
    return Publication(root.folder, version, versions[-1], versions, changed)


@contextmanager
def _drawing_version(version: str) -> Iterator[None]:
    """Tell the version to all that draws, in this process and in those it starts."""
    before = os.environ.get(VERSION_VARIABLE)
    os.environ[VERSION_VARIABLE] = version
    try:
        yield
    finally:
        if before is None:
            del os.environ[VERSION_VARIABLE]
        else:
            os.environ[VERSION_VARIABLE] = before


def _refuse_other_content(there: PublishedVersion, made: PublishedVersion, root: SiteRoot) -> None:
    old, new = there.provenance, made.provenance
    if old.inputs == new.inputs:
        return
    what = [
        name
        for name, differs in (
            ("study", old.study.key != new.study.key),
            ("commit", (old.code.commit, old.code.dirty) != (new.code.commit, new.code.dirty)),
            ("engine", old.engine != new.engine),
        )
        if differs
    ]
    major, minor, _ = root.versions[-1].order
    raise InputError(
        f"Version {there.version} is published with other content ({', '.join(what) or 'texts or files'} changed), and "
        f"a published version never changes: take a new number, such as --version {major}.{minor + 1}."
    )


def _assemble(before: SiteRoot, made: PublishedVersion, new: Path, say: Callable[[str], None]) -> Path:
    """Make the whole new root in a new folder."""
    new.mkdir()
    if before.folder.exists():
        shutil.copymode(before.folder, new)
    old = before.folder / VERSIONS
    if old.is_dir():
        link_tree(old, new / VERSIONS)
    folder = new / VERSIONS / made.version
    folder.parent.mkdir(exist_ok=True)
    made.folder.rename(folder)
    (folder / LOADER).write_text(loader(made.version, "../../"), encoding="utf-8")

    published = [
        *(PublishedVersion(new / VERSIONS / one.version, one.provenance, one.digest) for one in before.versions),
        PublishedVersion(folder, made.provenance, made.digest),
    ]
    published.sort(key=lambda one: one.order)
    latest = published[-1]
    # Copies, not links: who edits a page at the root must not change the version below v/.
    shutil.copytree(latest.folder, new, symlinks=True, dirs_exist_ok=True)
    owned = sorted(path.relative_to(latest.folder).as_posix() for path in _all_files(latest.folder))
    for path in owners_files(before):
        _keep(before.folder / path, new / path)

    (new / LOADER).write_text(loader(latest.version, ""), encoding="utf-8")
    (new / SELECTOR).write_text(selector(published), encoding="utf-8")
    say("Comparing the versions.")
    (new / CHANGES).write_text(changes_page(published), encoding="utf-8")
    (new / NO_JEKYLL).touch()  # GitHub Pages takes the files as they are
    entries = [one.entry() for one in reversed(published)]
    listing = {"schema": SCHEMA, "latest": latest.version, "versions": entries, "files": owned}
    (new / VERSION_LIST).write_text(json.dumps(listing, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return new


def _all_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def _keep(source: Path, target: Path) -> None:
    """Bring what the user has put into the root over into the new one."""
    folder = source.is_dir() and not source.is_symlink()
    if folder and target.is_dir() and not any(_all_files(source)):
        return  # a folder without files, which the list of the site's files can't name
    if target.exists():
        raise InputError(
            f"{source} is not of the published site, but the report has a file of that name: move it away."
        )
    if folder:
        link_tree(source, target)
    elif source.is_symlink():
        target.symlink_to(source.readlink(), target_is_directory=source.is_dir())
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(str(source), str(target))
