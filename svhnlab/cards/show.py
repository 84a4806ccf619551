"""The data card and the model cards in the appendix."""

from __future__ import annotations

import re
from typing import Literal

from svhnlab.cards import FOLDER, CardText, data_card, model_card
from svhnlab.config.citation_file import report_citation
from svhnlab.config.study_file import project_settings
from svhnlab.paths import project_root
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import runs_of
from svhnlab.report.core.text import unbroken, without_start
from svhnlab.store.schema import Study

_ATTRIBUTES = Markdown(" {.unnumbered .unlisted}")
# A share with its interval, as in "91.2% (90.1–92.4)".
_INTERVAL = re.compile(r"[\d.]+% \([\d.]+–[\d.]+\)")


def show_data_card(study: Study) -> Markdown:
    """Return the data card of a study, with a link to its file on a page.

    Raises
    ------
    InputError
        If ``CITATION.cff`` or ``study.toml`` can't be used.
    """
    card = data_card(study, report_citation(project_root()), project_settings().data_description)
    return _with_link(card, Markdown("###"))


def show_model_cards(study: Study) -> Markdown:
    """Return the part that all model cards share, then a tab with the rest of each card and a link to its file.

    Raises
    ------
    NotComputed
        If no configuration is trained.
    InputError
        If ``CITATION.cff`` can't be used.
    """
    citation = report_citation(project_root())
    cards = [(run, model_card(study, run, citation)) for run in runs_of(study)]
    common = cards[0][1].body(Markdown("###"), _ATTRIBUTES, part="common")
    tabs = Markdown("\n\n").join(
        Markdown("### {} {{.unnumbered}}\n\n{}").format(
            without_start(run.title), _with_link(card, Markdown("####"), "specific")
        )
        for run, card in cards
    )
    return Markdown("{}\n\n::::: {{.panel-tabset}}\n\n{}\n\n:::::").format(common, tabs)


def _with_link(card: CardText, heading: Markdown, part: Literal["all", "specific"] = "all") -> Markdown:
    # raw HTML: Quarto takes a Markdown link to an .md file for a link to a chapter
    link = f'<a href="../{FOLDER}/{card.file}">The complete card as a file</a>, with metadata for the Hugging Face Hub.'
    # The file, which is also read by programs, has plain spaces.
    body = _INTERVAL.sub(lambda match: unbroken(match[0]), card.body(heading, _ATTRIBUTES, part=part))
    return Markdown(
        '::: {{.content-visible when-format="html"}}\n```{{=html}}\n<p>{link}</p>\n```\n:::\n\n{body}'
    ).format(link=Markdown(link), body=Markdown(body))
