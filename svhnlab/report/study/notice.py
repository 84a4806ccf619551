"""A sentence on what a page shows."""

from __future__ import annotations

from svhnlab.report.core.markdown import Markdown, escape_attribute, escape_markdown
from svhnlab.report.core.text import listing
from svhnlab.store.schema import Study


def notice(study: Study) -> Markdown:
    """Say plainly what a page shows: data, profile, start weights and runs that are missing.

    Returns
    -------
    A callout.
    """
    data = study.data
    what = {
        "official": "These are the photographs of SVHN, recognised by the digests of the official files.",
        "custom": f"The data are {escape_markdown(data.name)}, not the official SVHN data set: the figures are not "
        "results for SVHN.",
        "generated": "These are generated digits, not photographs: the figures show that everything works "
        "and are no results for SVHN.",
    }[data.kind]
    sentences = [
        what,
        f"Profile: {escape_markdown(study.profile)}.",
    ]
    if any("random start" in run.title for run in study.runs.values()):
        sentences.append("A run with “random start” did not begin from ImageNet weights.")
    if study.missing:
        missing = listing([f"`{name}`" for name in study.missing])
        sentences.append(f"Not trained yet, and so not shown: {missing}.")
    return Markdown(
        f'::: {{.callout-note title="What these pages show: {escape_attribute(data.name)}"}}\n'
        f"{' '.join(sentences)}\n:::"
    )
