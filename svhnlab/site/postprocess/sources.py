"""Pages with the source code that a site's pages link to."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

import svhnlab
from svhnlab.paths import CODE
from svhnlab.site.template import page_template
from svhnlab.store.environment import commit

# Tokens without a separate colour.
_PLAIN = re.compile(r'<span class="(?:n|p|o|w|nn|nv|vm)">([^<]*)</span>')
_LINK = re.compile(rf'href="(?:\.\./)*{CODE}/(svhnlab(?:/\w+)+)\.html(?:#L\d+)?"')


def write_sources(site: Path, repository: str | None = None) -> None:
    """Write a page of highlighted source for every module of this package that a page of the site links to.

    Line 12 of ``svhnlab/report/comparison/cost.py`` is at ``code/svhnlab/report/comparison/cost.html#L12``.

    Parameters
    ----------
    site
        Folder of the site.
    repository
        Address of the public repository of this package, to which each line is linked if its commit is known and the
        working tree has no changes; None if there is none.
    """
    pages = [page for page in site.rglob("*.html") if CODE not in page.relative_to(site).parts]
    modules = {name for page in pages for name in _LINK.findall(page.read_text(encoding="utf-8"))}
    template = page_template("svhnlab.site.postprocess", "source.html")
    for module in sorted(modules):
        page = site / CODE / f"{module}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        name = f"{module}.py"
        text = template.render(
            name=name,
            root="../" * (len(Path(module).parts)),
            version=_version(),
            remote=_remote(name, repository),
            lines=_lines(files("svhnlab").joinpath(name.removeprefix("svhnlab/")).read_text(encoding="utf-8")),
        )
        page.write_text(text, encoding="utf-8")


def _version() -> str:
    """Return the version and the commit of the code."""
    code = commit()
    if not code["sha"]:
        return f"svhnlab {svhnlab.__version__}"
    return (
        f"svhnlab {svhnlab.__version__}, commit {code['sha'][:12]}{' with uncommitted changes' * bool(code['dirty'])}"
    )


def _remote(name: str, repository: str | None) -> str | None:
    """Return the address of a file in the public repository at this commit; None if the file there may differ."""
    code = commit()
    if not repository or not code["sha"] or code["dirty"]:
        return None
    return f"{repository.removesuffix('/').removesuffix('.git')}/blob/{code['sha']}/{name}"


def _lines(source: str) -> list[Markup]:
    """Return the lines of a source as HTML; no element spans two lines."""
    marked = highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    return [Markup(line) for line in _PLAIN.sub(r"\1", marked).splitlines()]  # noqa: S704 (Pygments escapes the source)
