"""The command ``verdicts``."""

from __future__ import annotations

from pathlib import Path

import click

from svhnlab.cli.options import results_option, say


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@results_option
def verdicts(file: Path, results: Path) -> None:
    """Store the verdicts in FILE, which a report exports (“Label review”, “Explorer”).

    They belong to the test images and stay valid when models are trained again. Of several verdicts on an image, the
    one in the latest export counts.
    """
    from svhnlab.report.core.text import count, quantity  # noqa: PLC0415
    from svhnlab.report.core.truth import audit_of  # noqa: PLC0415
    from svhnlab.store.study import open_study  # noqa: PLC0415
    from svhnlab.store.verdict_file import read_verdict_file, verdicts_of, write_verdict_file  # noqa: PLC0415

    content, study = read_verdict_file(file), open_study(results)
    verdicts_of(content, study.data, len(study.class_names))  # refuses other images and classes
    path, is_new = write_verdict_file(results, content)
    say(f"{quantity(len(content.verdicts), 'verdict')} {'stored' if is_new else 'already stored'} in {path}.")
    audit = audit_of(open_study(results))
    reviewed = ""
    if audit is not None:
        suspected, others = (f"{count(len(part.rows))} of {count(part.listed)}" for part in audit.strata)
        reviewed = f"Reviewed: {suspected} suspected labels, {others} sampled others, {count(audit.unclear)} unclear. "
    say(f"{reviewed}Next: svhnlab report")
