"""Execute the cells of a chapter: from ``.qmd`` to Markdown with the results.

Fenced ``{python}`` blocks and inline ``{python} expression`` are run by one IPython shell in the order of the text; the
text between the cells is unchanged. The shell runs in the calling process; `svhnlab.site.execute.cache` starts one
process for each chapter, forked from one that has done the slow imports.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import os
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets import Type
from traitlets.config import Config

from svhnlab.errors import SvhnlabError
from svhnlab.paths import CHAPTER_END
from svhnlab.report.core.markdown import escape_attribute, escape_markdown

OPTIONS = {"label", "echo", "output", "include", "warning", "code-fold", "code-summary"}
_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})\s*(?P<info>.*?)\s*$")
_SPAN = re.compile(r"(?<!`)(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)")


@dataclass(frozen=True)
class TextPart:
    """Markdown that is kept unchanged."""

    text: str


@dataclass(frozen=True)
class CodeCell:
    """A cell, or with ``inline`` an expression in a sentence, and the line of the file where it starts."""

    source: str
    line: int
    inline: bool
    options: dict[str, Any] = field(default_factory=dict)


def parse(text: str, name: str) -> list[TextPart | CodeCell]:
    """Split a chapter into text, cells and inline expressions.

    Parameters
    ----------
    text
        Content of the ``.qmd`` file.
    name
        Name of the chapter for messages.

    Raises
    ------
    SvhnlabError
        A cell is not closed, or has an option that this engine does not support.
    """
    parts: list[TextPart | CodeCell] = []
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
                parts += [*_inline(prose), TextPart("".join(body))]
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
    return [*parts, *_inline(prose), TextPart("".join(body) if fence else "")]


def _inline(prose: list[tuple[int, str]]) -> list[TextPart | CodeCell]:
    parts: list[TextPart | CodeCell] = []
    for number, line in prose:
        end = 0
        for match in _SPAN.finditer(line):
            if match["ticks"] == "`" and match["code"].startswith("{python} "):
                source = match["code"].removeprefix("{python} ").strip()
                parts += [TextPart(line[end : match.start()]), CodeCell(source, number, inline=True)]
                end = match.end()
        parts.append(TextPart(line[end:]))
    return parts


def _cell(lines: list[str], start: int, name: str) -> CodeCell:
    head = [line for line in lines if line.startswith("#|")]
    options = yaml.safe_load("".join(line[2:].removeprefix(" ") for line in head)) or {}
    unknown = sorted(set(options) - OPTIONS)
    if unknown:
        raise SvhnlabError(f"{name}, line {start}: the cell option {unknown[0]!r} is not supported.")
    # The options stay in the source as comments, so that line numbers in messages match the file.
    return CodeCell("".join(lines), start, inline=False, options=options)


def execute(file: Path, name: str, media: Path, *, echo: bool, warning: bool) -> str:
    """Run a chapter's cells in the chapter's folder and return its Markdown with the results.

    The text after a cell whose output ends with `svhnlab.paths.CHAPTER_END` is left out.

    Parameters
    ----------
    file
        The ``.qmd`` file.
    name
        Name of the chapter for messages.
    media
        Folder below the chapter's own for pictures that are displayed as bytes instead of Markdown.
    echo, warning
        The project's defaults.

    Raises
    ------
    SvhnlabError
        A cell fails, or a chapter has inline expressions but no cell. The message has chapter, line and cause.
    """
    parts = parse(file.read_text(encoding="utf-8-sig"), name)
    codes = [part for part in parts if isinstance(part, CodeCell)]
    if not codes:
        return "".join(part.text for part in parts if isinstance(part, TextPart))
    if all(code.inline for code in codes):
        raise SvhnlabError(
            f"{name}, line {codes[0].line}: Quarto computes no inline expression in a chapter without a cell; "
            "begin the chapter with a {python} cell."
        )
    shown = []
    with _shell(file.parent) as shell:
        outputs = shell.outputs
        for part in parts:
            if isinstance(part, TextPart):
                shown.append(part.text)
                continue
            outputs.clear()
            with redirect_stdout(_Stream("stdout", outputs)), redirect_stderr(_Stream("stderr", outputs)):
                done = shell.run_cell(part.source)
            error = done.error_before_exec or done.error_in_exec or shell.failed
            if error is not None:
                what = f"in `{part.source}` " if part.inline else ""
                cause = " ".join(str(error).split())
                line = _failing_line(part, done, error)
                raise SvhnlabError(f"{name}, line {line}: {what}{type(error).__name__}: {cause}") from error
            shown.append(_shown(part, outputs, file, media, echo, warning))
            if shown[-1].rstrip().endswith(CHAPTER_END):
                break
    return "".join(shown)


@dataclass(frozen=True)
class _Printed:
    """Text that a cell wrote to "stdout" or "stderr"."""

    stream: str
    text: str


@dataclass(frozen=True)
class _Displayed:
    """Displayed data of a cell by MIME type; `value` if it is the value of the last expression."""

    data: Mapping[str, Any]
    value: bool


_Outputs = list[_Printed | _Displayed]


class _Stream(io.TextIOBase):
    """A stream that collects what a cell prints; consecutive writes are merged."""

    def __init__(self, name: str, outputs: _Outputs) -> None:
        self._name, self._outputs = name, outputs

    def write(self, text: str) -> int:
        last = self._outputs[-1] if self._outputs else None
        if isinstance(last, _Printed) and last.stream == self._name:
            self._outputs[-1] = _Printed(self._name, last.text + text)
        else:
            self._outputs.append(_Printed(self._name, text))
        return len(text)


class _Hook(DisplayHook):
    """A display hook that collects the value of a cell's last expression."""

    def __call__(self, result: Any = None) -> None:
        if result is not None:
            shell = cast("_Shell", self.shell)
            data, _ = cast(DisplayFormatter, shell.display_formatter).format(result)
            shell.outputs.append(_Displayed(data, value=True))


class _Publisher(DisplayPublisher):
    """A publisher that collects what ``display`` shows."""

    def publish(self, data: Mapping[str, Any], *arguments: Any, **options: Any) -> None:
        cast("_Shell", self.shell).outputs.append(_Displayed(data, value=False))


class _Shell(InteractiveShell):
    """A shell without history that does not print errors.

    `failed` is the last error, including errors while displaying a value, which no execution result contains.
    """

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    outputs: _Outputs
    failed: BaseException | None

    def showtraceback(self, *arguments: Any, **options: Any) -> None:
        """Keep the error instead of printing it."""
        self.failed = sys.exc_info()[1]

    showsyntaxerror = showtraceback


@contextmanager
def _shell(folder: Path) -> Iterator[_Shell]:
    """Start a new shell in a folder."""
    folder_before, environment, path = Path.cwd(), dict(os.environ), list(sys.path)
    os.chdir(folder)
    # As in a kernel: the chapter's folder is importable, and matplotlib's figures are shown inline.
    sys.path.insert(0, "")
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    shell = _Shell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.outputs, shell.failed = [], None
    try:
        yield shell
    finally:
        _Shell.clear_instance()
        os.chdir(folder_before)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = path


def _failing_line(code: CodeCell, done: ExecutionResult, error: BaseException) -> int:
    """Return the line of the chapter where a cell failed, from the traceback."""
    if code.inline:
        return code.line
    if done.error_before_exec is not None:
        return code.line + (getattr(error, "lineno", None) or 1) - 1
    inside = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_name == "<module>"]
    return code.line + (inside[0] if inside else 1) - 1


def _shown(code: CodeCell, outputs: _Outputs, file: Path, media: Path, echo: bool, warning: bool) -> str:
    """Return the Markdown of one executed cell."""
    options = code.options
    if code.inline:
        return _plain(outputs)
    if options.get("include") is False:
        return ""
    blocks: list[str] = []
    if options.get("echo", echo):
        source = "".join(line for line in code.source.splitlines(keepends=True) if not line.startswith("#|"))
        block = f"```{{.python .cell-code}}\n{source.strip()}\n```"
        if options.get("code-fold"):
            summary = escape_attribute(str(options.get("code-summary", "Code")))
            block = f'::::: {{.code-fold summary="{summary}"}}\n{block}\n:::::'
        blocks.append(block)
    wanted = options.get("output", True)
    if wanted:
        for output in outputs:
            if isinstance(output, _Printed):
                if output.stream == "stderr" and not options.get("warning", warning):
                    continue
                blocks.append(output.text if wanted == "asis" else _verbatim(output.text))
            else:
                blocks.append(_rich(output.data, file, media))
    return "\n\n".join(["", *blocks, ""])


def _verbatim(text: str) -> str:
    return f"`````\n{text.rstrip()}\n`````"


def _rich(data: Mapping[str, Any], file: Path, media: Path) -> str:
    """Return the Markdown of displayed data: Markdown itself, a picture, or plain text."""
    if "text/markdown" in data:
        return str(data["text/markdown"]).strip()
    for kind, suffix in (("image/svg+xml", "svg"), ("image/png", "png")):
        if kind in data:
            content = _bytes(data[kind], text=suffix == "svg")
            media.mkdir(parents=True, exist_ok=True)
            picture = media / f"{hashlib.sha256(content).hexdigest()[:16]}.{suffix}"
            picture.write_bytes(content)
            alt = escape_attribute(str(data.get("text/plain", "")))
            return f'![]({picture.relative_to(file.parent).as_posix()}){{fig-alt="{alt}"}}'
    return _verbatim(str(data.get("text/plain", "")))


def _bytes(content: str | bytes, *, text: bool) -> bytes:
    """Return a picture's bytes; IPython may give text, raw bytes or base64."""
    if isinstance(content, bytes):
        return content
    return content.encode() if text else base64.b64decode(content)


def _plain(outputs: _Outputs) -> str:
    """Return the value of an inline expression: Markdown unchanged, everything else as text without markup."""
    for output in outputs:
        if isinstance(output, _Displayed) and output.value:
            if "text/markdown" in output.data:
                return str(output.data["text/markdown"]).strip()
            text = str(output.data.get("text/plain", ""))
            if text[:1] in ("'", '"'):
                text = ast.literal_eval(text)
            return escape_markdown(text)
    return ""
