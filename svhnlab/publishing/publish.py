"""Publish a version of the report into a site root; the old site is replaced only when the new one is complete."""

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
    """Result of `publish`.

    Attributes
    ----------
    root
        The site root.
    version
        The published version.
    latest
        The version at the root, which has the highest number.
    versions
        All versions, oldest first.
    changed
        False if this version was published before with the same content.
    """

    root: Path
    version: str
    latest: str
    versions: tuple[str, ...]
    changed: bool

    @property
    def folder(self) -> Path:
        """Folder of the version's pages."""
        return self.root / VERSIONS / self.version


def publish(
    project: Path,
    root: Path,
    version: str,
    *,
    render: Callable[[Path], object],
    say: Callable[[str], None],
) -> Publication:
    """Render a version of the report and add it to a site root.

    Parameters
    ----------
    project
        Folder of the project.
    root
        Folder of the site; it is created if it is missing. Other files in it (``CNAME``, ``.git``) are kept.
    version
        "1.0" or "1.0.2".
    render
        Writes the finished site into the given folder, which does not exist yet. While it runs, the environment
        variable ``SVHNLAB_VERSION`` is set to the version.
    say
        Prints one line.

    Raises
    ------
    InputError
        If the version number is invalid or published with other content, or the folder can't be a site root.
    SvhnlabError
        If a published version has changed or is missing, another process is publishing, or rendering failed.

    Notes
    -----
    The new root is written next to the old one and replaces it by two renames. The files of older versions are hard
    links where the file system supports them, and take no extra space.
    """
    order = version_order(version)
    root, project = root.resolve(), project.resolve()
    if project.is_relative_to(root):
        raise InputError(f"The published site can't replace {root}, which holds the project: choose another folder.")
    with workspace(root, say) as work:
        before = read_root(root)
        existing = before.find(version)
        if existing is not None and existing.version != version:
            raise InputError(f"Version {version} is the same as {existing.version}, which is published already.")
        site = work / "site"
        with _version_variable(version):
            render(site)
        rendered = read_published(site)
        if rendered.version != version:
            raise SvhnlabError(f"The report was rendered as version {rendered.version}, not {version}.")
        if existing is not None:
            _refuse_other_content(existing, rendered, before)
            say(f"Version {version} is published already with the same content: nothing to do.")
            return _publication(before, version, changed=False)
        _assemble(before, rendered, work / "new", say)
        swap(root, work)
    after = tuple(sorted((*before.versions, rendered), key=lambda one: one.order))
    if after[-1].order != order:
        say(f"Version {after[-1].version} is higher and stays the latest, at the root of the site.")
    return _publication(SiteRoot(root, after), version, changed=True)


def _publication(root: SiteRoot, version: str, *, changed: bool) -> Publication:
    versions = tuple(one.version for one in root.versions)
    return Publication(root.folder, version, versions[-1], versions, changed)


@contextmanager
def _version_variable(version: str) -> Iterator[None]:
    """Set the environment variable with the version, for this process and those it starts."""
    before = os.environ.get(VERSION_VARIABLE)
    os.environ[VERSION_VARIABLE] = version
    try:
        yield
    finally:
        if before is None:
            del os.environ[VERSION_VARIABLE]
        else:
            os.environ[VERSION_VARIABLE] = before


def _refuse_other_content(existing: PublishedVersion, rendered: PublishedVersion, root: SiteRoot) -> None:
    old, new = existing.provenance, rendered.provenance
    if old.inputs == new.inputs:
        return
    changed = [
        name
        for name, differs in (
            ("study", old.study.key != new.study.key),
            ("commit", old.report_source != new.report_source),
            ("software", old.code.version != new.code.version),
            ("engine", old.engine != new.engine),
        )
        if differs
    ]
    major, minor, _ = root.versions[-1].order
    raise InputError(
        f"Version {existing.version} is published with other content ({', '.join(changed) or 'texts or files'} "
        "changed), and a published version never changes: use a new number, such as "
        f"--version {major}.{minor + 1}."
    )


def _assemble(before: SiteRoot, rendered: PublishedVersion, new: Path, say: Callable[[str], None]) -> None:
    """Write the complete new root into a new folder."""
    new.mkdir()
    if before.folder.exists():
        shutil.copymode(before.folder, new)
    old = before.folder / VERSIONS
    if old.is_dir():
        link_tree(old, new / VERSIONS)
    folder = new / VERSIONS / rendered.version
    folder.parent.mkdir(exist_ok=True)
    rendered.folder.rename(folder)
    (folder / LOADER).write_text(loader(rendered.version, "../../"), encoding="utf-8")

    published = [
        *(PublishedVersion(new / VERSIONS / one.version, one.provenance, one.digest) for one in before.versions),
        PublishedVersion(folder, rendered.provenance, rendered.digest),
    ]
    published.sort(key=lambda one: one.order)
    latest = published[-1]
    # Copies, not links: editing a page at the root must not change the version below v/.
    shutil.copytree(latest.folder, new, symlinks=True, dirs_exist_ok=True)
    owned = sorted(path.relative_to(latest.folder).as_posix() for path in _all_files(latest.folder))
    for path in owners_files(before):
        _keep(before.folder / path, new / path)

    (new / LOADER).write_text(loader(latest.version, ""), encoding="utf-8")
    (new / SELECTOR).write_text(selector(published), encoding="utf-8")
    say("Comparing the versions.")
    (new / CHANGES).write_text(changes_page(published), encoding="utf-8")
    (new / NO_JEKYLL).touch()
    entries = [one.entry() for one in reversed(published)]
    listing = {"schema": SCHEMA, "latest": latest.version, "versions": entries, "files": owned}
    (new / VERSION_LIST).write_text(json.dumps(listing, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    # What the owner keeps beside the site has the owner's permissions.
    written = [new / name for name in (LOADER, SELECTOR, CHANGES, NO_JEKYLL, VERSION_LIST)]
    at_root = [new / path.relative_to(latest.folder) for path in latest.folder.rglob("*")]
    make_readable([new, new / VERSIONS, folder, *folder.rglob("*"), *at_root, *written])


def _all_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def _keep(source: Path, target: Path) -> None:
    """Copy a file or folder of the owner from the old root into the new one."""
    folder = source.is_dir() and not source.is_symlink()
    if folder and target.is_dir() and not any(_all_files(source)):
        return  # an empty folder, which is not in the list of the site's files
    if target.exists():
        raise InputError(
            f"{source} is not part of the published site, but the report has a file of this name: move it away."
        )
    if folder:
        link_tree(source, target)
    elif source.is_symlink():
        target.symlink_to(source.readlink(), target_is_directory=source.is_dir())
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(str(source), str(target))
