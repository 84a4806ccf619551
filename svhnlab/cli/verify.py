"""The command ``verify``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from svhnlab.cli.options import debug_option, say


@click.command()
@click.argument("folder", metavar="SITE_OR_RESULTS", type=click.Path(file_okay=False, exists=True, path_type=Path))
@debug_option
def verify(folder: Path) -> None:
    """Verify a report, a published site or a results folder.

    Compares every file with its digest and recomputes the headline metrics from the stored predictions. Exit status: 0
    all checks pass, 1 a check fails.
    """
    from svhnlab.publishing.verify import verify as verify_folder  # noqa: PLC0415

    found = verify_folder(folder)
    for check in found.checks:
        say(f"{'ok   ' if check.holds else 'FAILS'}  {check.name}: {check.detail}")
    failed = len(found.failures)
    if failed:
        say(f"{failed} of {len(found.checks)} checks of the {found.kind} {folder} failed.")
        sys.exit(1)
    say(f"All {len(found.checks)} checks of the {found.kind} {folder} passed.")
