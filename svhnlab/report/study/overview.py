"""Data, settings and version of the study, for the first page."""

from __future__ import annotations

from pathlib import Path

from svhnlab.config.citation_file import report_citation
from svhnlab.paths import project_root
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.text import count, listing, quantity
from svhnlab.store.schema import Study


def study_facts(study: Study) -> Markdown:
    """List data and settings of the study."""
    data = study.data
    splits = {"train": "training", "validation": "validation", "test": "test"}
    images = listing([f"{count(int(data.splits[name].counts.sum()))} {title}" for name, title in splits.items()])
    lines = [
        Markdown("**Data.** {name} (digest `{digest}`): {images} images in {classes}.").format(
            name=data.name[:1].upper() + data.name[1:],
            digest=data.digest[:12],
            images=images,
            classes=quantity(len(study.class_names), "class", "classes"),
        ),
    ]
    imported = [run.title for run in study.runs.values() if run.imported]
    if not imported:
        template = "**Training.** Profile {profile}; each model was trained {often}."
    elif len(imported) == len(study.runs):
        template = "**Models.** The predictions of all models were imported."
    else:
        template = (
            "**Training.** Profile {profile}; each model was trained {often}, except that the predictions of "
            "{imported} were imported."
        )
    values = {"profile": study.profile, "often": times_trained(study), "imported": listing(imported)}
    lines.append(Markdown(template).format(**values))
    return Markdown("\n").join(Markdown("- {}").format(line) for line in lines)


def times_trained(study: Study) -> str:
    """Write how often each model was trained, e.g. "once", "3 times" or "1 to 3 times"."""
    trainings = {len(repeats) for repeats in study.repeats.values()} or {1}
    least, most = min(trainings), max(trainings)
    return "once" if most == 1 else f"{most} times" if least == most else f"{least} to {most} times"


def version_facts(project: Path | None = None) -> Markdown:
    """State the version of the report and its date.

    Parameters
    ----------
    project
        Folder of the project; by default the project of the current folder.

    Raises
    ------
    InputError
        If ``CITATION.cff`` can't be used.
    """
    citation = report_citation(project or project_root())
    return Markdown("Version {} of {}.").format(citation.version, Markdown(citation.date))
