"""Card files, rendered from templates."""

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
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.store.schema import RunResult, Study

FOLDER = "cards"

# The templates are Markdown, not HTML: values that are not Markdown are escaped for Markdown.
_TEMPLATES = Environment(
    loader=PackageLoader("svhnlab.cards"),
    autoescape=False,  # noqa: S701
    finalize=escape_markdown,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters["code"] = lambda text: Markdown("`{}`").format(Markdown(text))


@dataclass(frozen=True)
class CardText:
    """A card.

    Attributes
    ----------
    file
        Name of the file.
    title
        Title in plain text.
    metadata
        Content of the YAML head.
    template, facts
        Name of the template of the text, and its variables.
    """

    file: str
    title: str
    metadata: Mapping[str, Any]
    template: str
    facts: Mapping[str, Any]

    def markdown(self) -> str:
        """Return the text of the file."""
        head = yaml.safe_dump(dict(self.metadata), sort_keys=False, allow_unicode=True, width=110)
        body = self.body(Markdown("##"), Markdown(""), standalone=True)
        return f"---\n{head}---\n\n# {escape_markdown(self.title)}\n\n{body}"

    def body(
        self,
        heading: Markdown,
        attributes: Markdown,
        *,
        standalone: bool = False,
        part: Literal["all", "common", "specific"] = "all",
    ) -> Markdown:
        """Return the text below the title.

        Parameters
        ----------
        heading
            Prefix of the headings: "##" if the title is a first-level heading.
        attributes
            Attributes after each heading, e.g. " {.unnumbered}".
        standalone
            Whether the card is a separate file, which then names its report.
        part
            "common" for the part that all model cards of a study share, "specific" for the rest.
        """
        template = _TEMPLATES.get_template(self.template)
        variables = {"h": heading, "a": attributes, "standalone": standalone, "part": part}
        return Markdown(template.render({**self.facts, **variables}))


def data_card(study: Study, citation: Citation, description: str | None = None) -> CardText:
    """Return the card of a study's data.

    Parameters
    ----------
    description
        Description of custom data by the author (``data_description`` of ``study.toml``).
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
    """Write ``cards/data.md``, and ``cards/<run>.md`` for each stored run, into a site and return their paths.

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
