"""Cards from facts and templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from svhnlab.cards.data import data_facts, data_metadata
from svhnlab.cards.model import model_facts, model_metadata
from svhnlab.config.citation import Citation
from svhnlab.report.core.markdown import escape_markdown
from svhnlab.store.schema import RunResult, Study

FOLDER = "cards"

# Markdown, not HTML: what comes from outside is escaped for Markdown by the filter.
_TEMPLATES = Environment(
    loader=PackageLoader("svhnlab.cards"),
    autoescape=False,  # noqa: S701
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters["md"] = escape_markdown


@dataclass(frozen=True)
class CardText:
    """A card.

    Attributes
    ----------
    file
        Its file's name.
    title
        Its title, plain text.
    metadata
        What stands in its YAML head.
    template, facts
        What its text is made from.
    """

    file: str
    title: str
    metadata: Mapping[str, Any]
    template: str
    facts: Mapping[str, Any]

    def markdown(self) -> str:
        """Write the whole file."""
        head = yaml.safe_dump(dict(self.metadata), sort_keys=False, allow_unicode=True, width=110)
        return f"---\n{head}---\n\n# {escape_markdown(self.title)}\n\n{self.body('##', alone=True)}"

    def body(
        self, heading: str, attributes: str = "", *, alone: bool = False, part: Literal["all", "common", "own"] = "all"
    ) -> str:
        """Write the text below the title.

        Parameters
        ----------
        heading
            The marks of its headings: "##" where the title is a heading of the first level.
        attributes
            What stands behind each heading, such as " {.unnumbered}".
        alone
            Whether the card stands by itself and has to say what report it belongs to.
        part
            "common" for what the cards of all models of a study say alike, "own" for the rest.
        """
        return _TEMPLATES.get_template(self.template).render(
            {**self.facts, "h": heading, "a": attributes, "alone": alone, "part": part}
        )


def data_card(study: Study, citation: Citation, description: str | None = None) -> CardText:
    """Return the card of a study's data.

    Parameters
    ----------
    description
        What the maker of custom data says of them (``data_description`` of ``study.toml``).
    """
    return CardText(
        file="data.md",
        title=f"Data card: {study.data.name}",
        metadata=data_metadata(study),
        template="data.md",
        facts=data_facts(study, citation, description),
    )


def model_card(study: Study, run: RunResult, citation: Citation) -> CardText:
    """Return the card of a run."""
    return CardText(
        file=f"{run.name}.md",
        title=f"Model card: {run.title}",
        metadata=model_metadata(study, run, citation),
        template="model.md",
        facts=model_facts(study, run, citation),
    )


def write_cards(site: Path, study: Study, citation: Citation, description: str | None = None) -> list[Path]:
    """Write ``cards/data.md`` and ``cards/<run>.md`` for each stored run into a site, and return their paths.

    Parameters
    ----------
    description
        As in `data_card`.
    """
    folder = site / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    models = (model_card(study, run, citation) for run in study.runs.values())
    cards = [data_card(study, citation, description), *models]
    for card in cards:
        (folder / card.file).write_text(card.markdown(), encoding="utf-8")
    return [folder / card.file for card in cards]
