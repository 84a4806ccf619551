"""The commands ``publish`` and ``verify``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from svhnlab.cli.options import console, debug_option, say


@click.command()
@click.argument("folder", metavar="SITE_OR_RESULTS", type=click.Path(file_okay=False, exists=True, path_type=Path))
@debug_option
def verify(folder: Path) -> None:
    """Check that a report, a published site or a results folder is what it says.

    Compares every file with its digest and computes the headline metrics again from the stored predictions. Exit
    status: 0 all hold, 1 something does not.
    """
    from svhnlab.publishing.verify import verify as verify_folder  # noqa: PLC0415

    found = verify_folder(folder)
    for check in found.checks:
        console.print(f"{'holds' if check.holds else 'FAILS'}  {check.name}: {check.detail}", markup=False)
    failed = len(found.failures)
    if failed:
        say(f"{failed} of {len(found.checks)} checks of the {found.kind} {folder} fail.")
        sys.exit(1)
    say(f"All {len(found.checks)} checks of the {found.kind} {folder} hold.")
