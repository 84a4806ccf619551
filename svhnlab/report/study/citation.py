"""How to cite the report: a reference, and BibTeX that can be copied."""

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
from svhnlab.report.core.markdown import Markdown


def pdf_link(text: str, project: Path | None = None) -> Markdown:
    """Link to the report's PDF from a page in the root of the site.

    Raises
    ------
    InputError
        If ``CITATION.cff`` or ``_quarto.yml`` can't be used.
    """
    folder = project or project_root()
    name = quote(pdf_name(folder, report_citation(folder)))
    return Markdown("[{text}]({address})").format(text=text, address=Markdown(name))


@dataclass(frozen=True)
class HowToCite:
    """The citation of a report, for the site and the PDF."""

    citation: Citation

    @classmethod
    def from_project(cls, project: Path | None = None) -> HowToCite:
        """Read the citation of a project, by default that of the current folder.

        Raises
        ------
        InputError
            If ``CITATION.cff`` can't be used.
        """
        return cls(report_citation(project or project_root()))

    def markdown(self) -> Markdown:
        """Write the reference, DOI and licence, and the BibTeX entry: in a box with a button, or as a block of code."""
        citation = self.citation
        doi = citation.doi_text
        if citation.doi:
            doi = Markdown("[{}](https://doi.org/{})").format(citation.doi, Markdown(citation.doi))
        return Markdown("\n\n").join(
            [
                Markdown("> {}").format(citation.text()),
                Markdown("DOI: {doi}. Licence: [{license}]({url}).").format(
                    doi=doi, license=citation.license, url=Markdown(citation.license_url)
                ),
                Markdown(
                    '::: {{.content-visible when-format="html"}}\n```{{=html}}\n{html}\n```\n:::\n\n'
                    '::: {{.content-visible unless-format="html"}}\n```\n{bibtex}\n```\n:::'
                ).format(html=Markdown(self.html()), bibtex=Markdown(citation.bibtex())),
            ]
        )

    def html(self) -> str:
        """Write the box with the BibTeX entry and the button that copies it, see ``svhnlab/web/citation.js``."""
        entry = escape(self.citation.bibtex())
        return (
            '<div class="bibtex">\n'
            f'<pre role="region" aria-label="BibTeX entry"><code>{entry}</code></pre>\n'
            '<p><button type="button" hidden>Copy BibTeX</button> <span role="status"></span></p>\n</div>'
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/markdown": str(self.markdown()), "text/plain": self.citation.text()}

    def __repr__(self) -> str:
        return f"<HowToCite: {self.citation.text()}>"
