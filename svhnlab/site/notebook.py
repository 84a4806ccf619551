"""A chapter's cells, executed: from ``.qmd`` to Markdown that holds the results.

Fenced ``{python}`` blocks and inline ``{python} expression`` become the code cells of one notebook, in the
order of the text, which nbclient runs in one kernel; the text between the cells is never touched.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import yaml
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from svhnlab.errors import SvhnlabError

OPTIONS = {"label", "echo", "output", "include", "warning", "code-fold", "code-summary"}
CELL_SECONDS = 600
_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})\s*(?P<info>.*?)\s*$")
_SPAN = re.compile(r"(?<!`)(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
# Characters that would be markup where a computed plain text stands in a sentence.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~^$@])")


@dataclass(frozen=True)
class Text:
    """Markdown that is kept as it is."""

    text: str


@dataclass(frozen=True)
class Code:
    """A cell (or, with ``inline``, an expression in a sentence) and the line of the file where it starts."""

    source: str
    line: int
    inline: bool
    options: dict[str, Any] = field(default_factory=dict)


def parse(text: str, name: str) -> list[Text | Code]:
    """Cut a chapter into text, cells and inline expressions.

    Parameters
    ----------
    text
        Content of the ``.qmd`` file.
    name
        Name of the chapter for messages.

    Raises
    ------
    SvhnlabError
        A cell is not closed, or has an option this engine does not know.
    """
    parts: list[Text | Code] = []
    prose: list[tuple[int, str]] = []
    fence, start, body = "", 0, list[str]()
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        match = _FENCE.match(line)
        if fence:
            body.append(line)
            closes = match and not match["info"] and match["fence"].startswith(fence)
            if closes and start:
                parts += [*_inline(prose), _cell(body[:-1], start, name)]
                prose = []
            elif closes:
                parts += [*_inline(prose), Text("".join(body))]
                prose = []
            if closes:
                fence = ""
        elif match:
            fence, body = match["fence"], []
            start = number + 1 if match["info"] == "{python}" else 0
            if not start:
                body.append(line)
        else:
            prose.append((number, line))
    if fence and start:
        raise SvhnlabError(f"{name}, line {start - 1}: this cell is not closed by {fence}.")
    return [*parts, *_inline(prose), Text("".join(body) if fence else "")]


def _inline(prose: list[tuple[int, str]]) -> list[Text | Code]:
    parts: list[Text | Code] = []
    for number, line in prose:
        end = 0
        for match in _SPAN.finditer(line):
            if match["ticks"] == "`" and match["code"].startswith("{python} "):
                source = match["code"].removeprefix("{python} ").strip()
                parts += [Text(line[end : match.start()]), Code(source, number, inline=True)]
                end = match.end()
        parts.append(Text(line[end:]))
    return parts


def _cell(lines: list[str], start: int, name: str) -> Code:
    head = [line for line in lines if line.startswith("#|")]
    options = yaml.safe_load("".join(line[2:].removeprefix(" ") for line in head)) or {}
    unknown = sorted(set(options) - OPTIONS)
    if unknown:
        raise SvhnlabError(f"{name}, line {start}: the built-in engine does not know the cell option {unknown[0]!r}.")
    # The options stay in the source as comments, so that line numbers in messages fit the file.
    return Code("".join(lines), start, inline=False, options=options)


def execute(
    file: Path, name: str, media: Path, *, echo: bool, warning: bool, env: Mapping[str, str] | None = None
) -> str:
    """Run a chapter's cells in its own folder and return its Markdown with the results.

    Parameters
    ----------
    file
        The ``.qmd`` file.
    name
        Name of the chapter for messages.
    media
        Folder below the chapter's own for pictures that come as bytes instead of Markdown.
    echo, warning
        The project's defaults.
    env
        Environment of the kernel; this process's by default.

    Raises
    ------
    SvhnlabError
        A cell fails, or there are inline expressions alone: one line with chapter, line of the file and cause.
    """
    parts = parse(file.read_text(encoding="utf-8"), name)
    codes = [part for part in parts if isinstance(part, Code)]
    if not codes:
        return "".join(part.text for part in parts if isinstance(part, Text))
    if all(code.inline for code in codes):
        raise SvhnlabError(
            f"{name}, line {codes[0].line}: Quarto computes no inline expression in a chapter without a cell; "
            "begin the chapter with a {python} cell."
        )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code.source) for code in codes])
    try:
        _run(notebook, file.parent, os.environ if env is None else env)
    except CellExecutionError as error:
        code, line = _failure(codes, notebook.cells)
        value = " ".join(_ANSI.sub("", error.evalue).split())
        what = f"in `{code.source}` " if code.inline else ""
        raise SvhnlabError(f"{name}, line {line}: {what}{error.ename}: {value}") from error
    except (CellTimeoutError, DeadKernelError) as error:
        done = sum(cell.execution_count is not None for cell in notebook.cells)
        code = codes[min(done, len(codes) - 1)]
        raise SvhnlabError(f"{name}, line {code.line}: {' '.join(str(error).split())}") from error
    cells = iter(notebook.cells)
    return "".join(
        part.text if isinstance(part, Text) else _shown(part, next(cells), file, media, echo, warning) for part in parts
    )


def _run(notebook: nbformat.NotebookNode, folder: Path, env: Mapping[str, str]) -> None:
    """Execute a notebook with this very interpreter, in a folder; the results go into its cells."""
    with tempfile.TemporaryDirectory(prefix="kernel-") as connection:
        # Without folders to look in, "python3" is this interpreter's kernel, whatever else is installed.
        manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
            connection_file=str(Path(connection) / "kernel.json"),
            # Kernels that start at the same time can't take each other's ports, and nobody else can listen.
            transport="ipc" if os.name == "posix" else "tcp",
        )
        resources = {"metadata": {"path": str(folder)}}
        client = NotebookClient(notebook, km=manager, timeout=CELL_SECONDS, resources=resources)
        client.execute(cleanup_kc=True, env=dict(env))


def _failure(codes: list[Code], cells: list[Any]) -> tuple[Code, int]:
    """Return the code that failed and the line of the chapter, as far as the traceback tells it."""
    for code, cell in zip(codes, cells, strict=True):
        for output in cell.outputs:
            if output.output_type == "error":
                trace = _ANSI.sub("", "\n".join(output.traceback))
                inside = re.search(r"Cell In\[\d+\], line (\d+)", trace)
                return code, code.line + (int(inside[1]) - 1 if inside and not code.inline else 0)
    raise AssertionError("nbclient reported a failing cell, yet no cell has failed")


def _shown(code: Code, cell: Any, file: Path, media: Path, echo: bool, warning: bool) -> str:
    """Markdown for one executed cell."""
    options = code.options
    if code.inline:
        return _plain(cell.outputs)
    if options.get("include") is False:
        return ""
    blocks: list[str] = []
    if options.get("echo", echo):
        source = "".join(line for line in cell.source.splitlines(keepends=True) if not line.startswith("#|"))
        block = f"```{{.python .cell-code}}\n{source.strip()}\n```"
        if options.get("code-fold"):
            summary = str(options.get("code-summary", "Code")).replace('"', "'")
            block = f'::::: {{.code-fold summary="{summary}"}}\n{block}\n:::::'
        blocks.append(block)
    wanted = options.get("output", True)
    if wanted:
        for output in cell.outputs:
            if output.output_type == "stream":
                if output.name == "stderr" and not options.get("warning", warning):
                    continue
                blocks.append(output.text if wanted == "asis" else _verbatim(output.text))
            else:
                blocks.append(_rich(output.data, file, media))
    return "\n\n".join(["", *blocks, ""])


def _verbatim(text: str) -> str:
    return f"`````\n{text.rstrip()}\n`````"


def _rich(data: Mapping[str, Any], file: Path, media: Path) -> str:
    """Markdown for display data: Markdown itself, a picture, or plain text."""
    if "text/markdown" in data:
        return str(data["text/markdown"]).strip()
    for kind, suffix in (("image/svg+xml", "svg"), ("image/png", "png")):
        if kind in data:
            content = data[kind].encode() if suffix == "svg" else base64.b64decode(data[kind])
            media.mkdir(parents=True, exist_ok=True)
            picture = media / f"{hashlib.sha256(content).hexdigest()[:16]}.{suffix}"
            picture.write_bytes(content)
            alt = " ".join(str(data.get("text/plain", "")).split()).replace("\\", "\\\\").replace('"', '\\"')
            return f'![]({picture.relative_to(file.parent).as_posix()}){{fig-alt="{alt}"}}'
    return _verbatim(str(data.get("text/plain", "")))


def _plain(outputs: list[Any]) -> str:
    """Return the value of an inline expression: Markdown as it is, all else as text without markup."""
    for output in outputs:
        if output.output_type == "execute_result":
            if "text/markdown" in output.data:
                return str(output.data["text/markdown"]).strip()
            text = str(output.data.get("text/plain", ""))
            if text[:1] in ("'", '"'):
                text = ast.literal_eval(text)
            return _MARKUP.sub(r"\\\1", text)
    return ""
