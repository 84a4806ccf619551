"""What the first page tells beside the result: the data and settings, and the version."""

from __future__ import annotations

from pathlib import Path

from svhnlab.config.citation_file import report_citation
from svhnlab.paths import project_root
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.text import count, listing, quantity
from svhnlab.report.core.words import named
from svhnlab.store.schema import Study


def study_facts(study: Study) -> Markdown:
    """List data, split, models and settings of the study."""
    data = study.data
    words = {"train": "training", "validation": "validation", "test": "test"}
    images = listing([f"{count(int(data.splits[name].counts.sum()))} {word}" for name, word in words.items()])
    lines = [
        f"**Data.** {escape_markdown(data.name)}, digest `{data.digest[:12]}`: {images} images, in "
        f"{quantity(len(study.class_names), 'class', 'classes')}.",
        f"**Split.** {escape_markdown(data.protocol)}",
    ]
    if study.runs:
        lines.append(f"**Models.** {listing([named(run) for run in study.runs.values()])}.")
    repeats = {len(own) for own in study.repeats.values()} or {1}
    least, most = min(repeats), max(repeats)
    often = "once" if most == 1 else f"{most} times" if least == most else f"{least} to {most} times"
    lines.append(f"**Training.** Profile {escape_markdown(study.profile)}; each model was trained {often}.")
    return Markdown("\n".join(f"- {line}" for line in lines))


def version_facts(project: Path | None = None) -> Markdown:
    """Say which version of the report this is.

    Parameters
    ----------
    project
        Folder of the project; the one that the current folder lies in when not given.

    Raises
    ------
    InputError
        If ``CITATION.cff`` can't be used.
    """
    citation = report_citation(project or project_root())
    return Markdown(f"Version {escape_markdown(citation.version)} of {citation.date}.")
