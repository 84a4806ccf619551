"""How to cite the report: a line for a list of references, and BibTeX that can be copied."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from svhnlab.config.citation import Citation
from svhnlab.config.citation_file import report_citation
from svhnlab.config.quarto_file import pdf_name
from svhnlab.paths import project_root
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.text import escape_markdown

# Where the clipboard is refused, the entry is selected, so that the reader's own command copies it.
_COPY = """
(() => {
  const box = document.currentScript.parentElement;
  const [button, entry, status] = ["button", "code", "[role=status]"].map((name) => box.querySelector(name));
  button.hidden = false;
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(entry);
    try {
      await navigator.clipboard.writeText(entry.textContent);
      status.textContent = "Copied";
    } catch {
      status.textContent = document.execCommand("copy") ? "Copied" : "Selected";
    }
  });
})();
"""


def pdf_link(text: str, project: Path | None = None) -> Remark:
    """Link to the report's PDF from a page in the root of the site.

    Raises
    ------
    InputError
        If ``CITATION.cff`` or ``_quarto.yml`` can't be used.
    """
    folder = project or project_root()
    return Remark(f"[{text}]({quote(pdf_name(folder, report_citation(folder)))})")


@dataclass(frozen=True)
class HowToCite:
    """The citation of a report as a page and as paper show it."""

    citation: Citation

    @classmethod
    def from_project(cls, project: Path | None = None) -> HowToCite:
        """Make the display of a project (that of the current folder when not given).

        Raises
        ------
        InputError
            If ``CITATION.cff`` can't be used.
        """
        return cls(report_citation(project or project_root()))

    def markdown(self) -> str:
        """Write the line, DOI and licence, and the BibTeX entry: in a box with a button, or as a block of code."""
        citation = self.citation
        doi = (
            f"[{escape_markdown(citation.doi)}](https://doi.org/{citation.doi})" if citation.doi else citation.doi_text
        )
        licence = f"[{escape_markdown(citation.license)}]({citation.license_url})"
        return "\n\n".join(
            [
                f"> {escape_markdown(citation.text())}",
                f"DOI: {doi}. Licence: {licence}.",
                f'::: {{.content-visible when-format="html"}}\n```{{=html}}\n{self.html()}\n```\n:::',
                f'::: {{.content-visible unless-format="html"}}\n```\n{citation.bibtex()}\n```\n:::',
            ]
        )

    def html(self) -> str:
        """Write the box with the BibTeX entry; the button shows where scripts run."""
        entry = escape(self.citation.bibtex())
        return (
            '<div class="bibtex">\n'
            f'<pre tabindex="0" role="region" aria-label="BibTeX entry"><code>{entry}</code></pre>\n'
            '<p><button type="button" hidden>Copy BibTeX</button> <span role="status"></span></p>\n'
            f"<script>{_COPY}</script>\n</div>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/markdown": self.markdown(), "text/plain": self.citation.text()}

    def __repr__(self) -> str:
        return f"<HowToCite: {self.citation.text()}>"
