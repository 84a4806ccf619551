"""Render a report with Quarto if it is installed, else with the built-in engine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from svhnlab.errors import InputError, SvhnlabError
from svhnlab.files import locked
from svhnlab.publishing.atomic_dirs import swap, workspace
from svhnlab.site.book import CACHE, read_book
from svhnlab.site.fingerprint import BUILTIN, chapter_inputs, is_current, report_inputs
from svhnlab.site.output import check_output, child_environment, sizes
from svhnlab.store.store import Store

Engine = Literal["auto", "quarto", "builtin"]
# The first Quarto that renders the PDF of a book with Typst.
MINIMUM = (1, 9)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class QuartoSearch:
    """Result of `find_quarto`.

    Attributes
    ----------
    path
        The command; None if no candidate can be used.
    version
        Its version; empty without a command.
    refused
        Why each candidate can't be used, one line each.
    """

    path: Path | None
    version: str
    refused: tuple[str, ...]


@dataclass(frozen=True)
class RenderReport:
    """A rendered report.

    Attributes
    ----------
    engine
        "Quarto 1.10.18" or "the built-in engine".
    rendered
        Whether this call rendered it; False if the existing site was complete and from the same inputs.
    site
        Folder of the site.
    pages
        Number of HTML pages.
    pdf
        The PDF.
    site_bytes, pdf_bytes
        Size of the site without the PDF, and of the PDF.
    seconds
        Wall time.
    """

    engine: str
    rendered: bool
    site: Path
    pages: int
    pdf: Path
    site_bytes: int
    pdf_bytes: int
    seconds: float


def find_quarto() -> QuartoSearch:
    """Look for a Quarto that can render the report: on PATH, then PyPI's quarto-cli in this environment."""
    name = "quarto.exe" if os.name == "nt" else "quarto"
    installed = Path(sysconfig.get_path("scripts")) / name
    on_path = shutil.which("quarto")
    refused: list[str] = []
    if on_path is None:
        refused.append("There is no quarto on PATH.")
    else:
        version, why = _version(Path(on_path))
        if not why:
            return QuartoSearch(Path(on_path), version, ())
        refused.append(f"Quarto on PATH ({on_path}) {why}.")
    if not installed.is_file():
        refused.append("PyPI's quarto-cli is not installed in this environment.")
    elif on_path is None or not installed.samefile(on_path):
        version, why = _version(installed)
        if not why:
            return QuartoSearch(installed, version, tuple(refused))
        refused.append(f"PyPI's quarto-cli ({installed}) {why}.")
    return QuartoSearch(None, "", tuple(refused))


def _version(command: Path) -> tuple[str, str]:
    """Return the version of a Quarto, and the reason why it can't be used (empty if it can)."""
    try:
        done = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=120, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return "", f"does not run: {' '.join(str(error).split())}"
    version = done.stdout.strip()
    parts = re.match(r"(\d+)\.(\d+)", version)
    if not parts:
        return "", f"prints {version!r} instead of a version"
    if (int(parts[1]), int(parts[2])) < MINIMUM:
        return version, f"is version {version}, older than {MINIMUM[0]}.{MINIMUM[1]}"
    return version, ""


def render(
    project: Path,
    output: Path,
    *,
    engine: Engine,
    results: Path,
    say: Callable[[str], None],
    footer: str = "",
) -> RenderReport:
    """Render the site and the PDF from stored results.

    Parameters
    ----------
    project
        Folder with ``_quarto.yml``.
    output
        Folder of the site; replaced only by a finished site.
    engine
        "auto" is Quarto if it is installed, and the built-in engine otherwise.
    results
        Folder of the stored results; the chapters get it as ``SVHNLAB_RESULTS``.
    say
        Called with one line for each step.
    footer
        Footer of every page, one line of plain text. Quarto's pages get theirs from the extension's pre-render script.

    Raises
    ------
    InputError
        Quarto is requested but not installed, or project or output can't be used.
    SvhnlabError
        The rendering failed, or left a reference unresolved.
    """
    begin = time.monotonic()
    search = QuartoSearch(None, "", ()) if engine == "builtin" else find_quarto()
    for line in search.refused:
        say(line)
    environment = {
        **child_environment(os.environ),
        "SVHNLAB_RESULTS": str(results.resolve()),
        "QUARTO_PYTHON": sys.executable,
    }
    if engine == "quarto" and search.path is None:
        raise InputError(
            f"{' '.join(search.refused)} Install Quarto {MINIMUM[0]}.{MINIMUM[1]} or newer from quarto.org, "
            "or leave out --engine quarto to use the built-in engine."
        )
    name = BUILTIN if search.path is None else f"Quarto {search.version}"
    output = output.resolve()
    project = project.resolve()
    waiting = f"Another process is rendering a report in {project}; waiting for it."
    with locked(project / CACHE / "rendering.lock", lambda: say(waiting)):
        inputs = report_inputs(project, Store(results), name)
        outdated = not is_current(output, inputs)
        if not outdated:
            say("Nothing to render: the report is complete and from the same results, texts and code.")
        elif search.path is None:
            say("Rendering with the built-in engine.")
            _render_builtin(project, output, results, environment, footer, say)
        else:
            say(f"Rendering with Quarto {search.version} ({search.path}).")
            render_with_quarto(search.path, project, output, environment, say)
    pdf = output / read_book(project).pdf_name
    site_bytes, pdf_bytes = sizes(output, pdf)
    if not pdf_bytes:
        raise SvhnlabError(f"{name} wrote no PDF: {output} has only the website.")
    pages = sum(1 for page in output.rglob("*.html"))
    return RenderReport(name, outdated, output, pages, pdf, site_bytes, pdf_bytes, time.monotonic() - begin)


def _render_builtin(
    project: Path, output: Path, results: Path, env: dict[str, str], footer: str, say: Callable[[str], None]
) -> None:
    # These imports take longer than finding out that a report is up to date.
    from svhnlab.site.builtin.build import build  # noqa: PLC0415
    from svhnlab.site.postprocess.finish import finish_site  # noqa: PLC0415
    from svhnlab.site.prerender.prepare import check_prepared, prepare  # noqa: PLC0415

    def finish(site: Path) -> None:
        check_prepared(project, results)
        finish_site(site, project, results)

    build(
        project,
        output,
        footer=footer,
        env=env,
        inputs=chapter_inputs(project, Store(results)),
        prepare=lambda: prepare(project, results),
        finish=finish,
        say=say,
    )


def render_with_quarto(
    command: Path, project: Path, output: Path, env: dict[str, str], say: Callable[[str], None]
) -> None:
    """Render with Quarto next to the old site, check the new site, and replace the old one.

    Only one process at a time may render a project.
    """
    check_output(project, output)
    folder = project / "_site-rendering"  # Quarto requires its output below the project
    shutil.rmtree(folder, ignore_errors=True)  # left by a process that was killed
    try:
        with workspace(output, say) as scratch:
            done = subprocess.run(
                [command, "render", str(project), "--output-dir", str(folder.relative_to(project))],
                cwd=project,
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
            log = _ANSI.sub("", done.stdout)
            if done.returncode:
                raise SvhnlabError(f"quarto render failed: {_reason(log)}")
            pages = sorted(folder.rglob("*.html"))
            unresolved = [page.name for page in pages if "?@" in page.read_text(encoding="utf-8")]
            warnings = [line.strip() for line in log.splitlines() if "Unable to resolve crossref" in line]
            if unresolved or warnings:
                where = f"{', '.join(unresolved)} shows ?@. " if unresolved else ""
                raise SvhnlabError(f"Quarto left a cross-reference unresolved: {where}{' '.join(warnings)}".strip())
            if not pages:
                raise SvhnlabError(f"quarto render wrote no page: {_reason(log)}")
            shutil.move(folder, scratch / "new")
            swap(output, scratch)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _reason(log: str) -> str:
    """Return the line of a log that names the error."""
    # Quarto marks the output of Typst as an error, which may begin with warnings.
    lines = [line.strip() for line in log.splitlines() if line.strip() and "ERROR: warning:" not in line]
    for pattern in (r"ERROR:? (?!Execution)", r"^\w*(Error|Exception)\b.*:", r"(?i)\berror\b"):
        for line in lines:
            if re.search(pattern, line):
                return line
    return lines[-1] if lines else "no output"
