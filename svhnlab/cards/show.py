"""The cards of data and models as the appendix shows them."""

from __future__ import annotations

import re
from typing import Literal

from svhnlab.cards import FOLDER, CardText, data_card, model_card
from svhnlab.config.citation_file import report_citation
from svhnlab.config.study_file import project_settings
from svhnlab.paths import project_root
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.text import unbroken, without_start
from svhnlab.store.schema import Study

_ATTRIBUTES = " {.unnumbered .unlisted}"
# A share with its interval, as in "91.2% (90.1–92.4)".
_INTERVAL = re.compile(r"[\d.]+% \([\d.]+–[\d.]+\)")


def show_data_card(study: Study) -> Markdown:
    """Write the data card of a study, with a link to its file on a page.

    Raises
    ------
    InputError
        If ``CITATION.cff`` or ``study.toml`` can't be used.
    """
    card = data_card(study, report_citation(project_root()), project_settings().data_description)
    return Markdown(_shown(card, "###"))


def show_model_cards(study: Study) -> Markdown:
    """Write what the cards of all stored runs say alike, then the rest in a tab for each, with links to their files.

    Raises
    ------
    InputError
        If ``CITATION.cff`` can't be used.
    """
    if not study.runs:
        return Markdown("*No run is trained yet, so that there is no model to describe.*")
    citation = report_citation(project_root())
    cards = {run.name: model_card(study, run, citation) for run in study.runs.values()}
    common = next(iter(cards.values())).body("###", _ATTRIBUTES, part="common")
    tabs = [
        f"### {escape_markdown(without_start(study.runs[name].title))} {{.unnumbered}}\n\n{_shown(card, '####', 'own')}"
        for name, card in cards.items()
    ]
    return Markdown(f"{common}\n\n::::: {{.panel-tabset}}\n\n" + "\n\n".join(tabs) + "\n\n:::::")


def _shown(card: CardText, heading: str, part: Literal["all", "own"] = "all") -> str:
    # raw: Quarto would look for a chapter behind a Markdown link to an .md file
    address = f"../{FOLDER}/{card.file}"
    link = f'<p><a href="{address}">The whole card as a file</a>, with metadata for the Hugging Face Hub.</p>'
    # The file is for programs, too, and has plain spaces.
    body = _INTERVAL.sub(lambda found: unbroken(found[0]), card.body(heading, _ATTRIBUTES, part=part))
    return f'::: {{.content-visible when-format="html"}}\n```{{=html}}\n{link}\n```\n:::\n\n{body}'
