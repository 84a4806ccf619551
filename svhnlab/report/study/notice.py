"""The scope of the numbers: a box on the first page, and a line at the top of each chapter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from svhnlab.report.comparison.convergence import explain_convergence
from svhnlab.report.core.figure_footer import site_root
from svhnlab.report.core.markdown import Markdown, escape_attribute, sentences
from svhnlab.report.core.select import is_imported
from svhnlab.report.core.text import listing
from svhnlab.report.core.truth import state_wrong_labels
from svhnlab.report.core.words import in_sentence, sentence_start
from svhnlab.store.schema import RunResult, Study

_DATA = {
    "official": Markdown("The images are the photographs of SVHN, verified by the digests of the official files."),
    "custom": Markdown("The data are {name}, not the official SVHN data set: the numbers are not results for SVHN."),
    "generated": Markdown(
        "These are generated digits, not photographs: the numbers demonstrate the method and are not results for SVHN."
    ),
}

_PICTURES = Markdown("The images are those of {name}.")
_SHORT = {
    "official": Markdown("photographs of SVHN"),
    "custom": Markdown("{name}, not the official SVHN data set"),
    "generated": Markdown("generated digits, not photographs"),
}


def notice(study: Study) -> Markdown:
    """Return a callout that names data, profile, initial weights, unconverged runs and missing runs.

    The profile is that of the trainings, so it is left out if all models are imported.
    """
    parts = [
        (_PICTURES if study.data.reading else _DATA[study.data.kind]).format(name=study.data.name),
        state_wrong_labels(study),
        Markdown("") if is_imported(study) else Markdown("Profile: {}.").format(study.profile),
    ]
    if any("random start" in run.title for run in study.runs.values()):
        parts.append(Markdown("“Random start” marks a model that was not initialised with ImageNet weights."))
    parts.append(explain_convergence(study, list(study.runs.values())))
    imported = [run for run in study.runs.values() if run.imported]
    if imported:
        parts.append(_describe_imports(imported))
    if study.missing:
        missing = listing([Markdown("`{}`").format(Markdown(name)) for name in study.missing])
        parts.append(Markdown("Not trained yet and therefore not shown: {}.").format(missing))
    return Markdown('::: {{.callout-note title="What these pages show: {title}"}}\n{text}\n:::').format(
        title=escape_attribute(study.data.name), text=sentences(parts)
    )


def scope(study: Study) -> Markdown:
    """Return a line for the pages of the chapters that names data, profile and random weights, with a link to `notice`.

    The PDF has only the box.
    """
    data = Markdown("{name}") if study.data.reading else _SHORT[study.data.kind]
    parts = [sentence_start(data.format(name=study.data.name))]
    if not is_imported(study):
        parts.append(Markdown("profile {}").format(study.profile))
    if any("random start" in run.title for run in study.runs.values()):
        parts.append(Markdown("random start"))
    if len(study.runs) > 1:
        parts.append(Markdown("ranges are over the {} models").format(len(study.runs)))
    return Markdown(
        '::: {{.content-visible when-format="html"}}\n::: {{.scope}}\n{parts} '
        "([what these pages show]({root}index.qmd)).\n:::\n:::"
    ).format(parts=Markdown("; ").join(parts), root=Markdown(site_root(Path.cwd())))


def _describe_imports(imported: Sequence[RunResult]) -> Markdown:
    """Name the imported configurations, and what each lacks."""
    texts = []
    for run in imported:
        lacking = [
            words
            for words, known in (
                ("features", run.evidence is not None),
                ("validation predictions", run.validation is not None),
                ("training history", bool(run.history)),
            )
            if not known
        ]
        name = Markdown("{}").format(in_sentence(run.title))
        texts.append(Markdown("{} (without {})").format(name, listing(lacking)) if lacking else name)
    return Markdown(
        "Imported as predictions, so that figures which need the weights leave {them} out: {names}."
    ).format(them="it" if len(texts) == 1 else "them", names=listing(texts))
