"""The command ``check``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from svhnlab.cli.options import debug_option, say
from svhnlab.errors import InputError


@click.command()
@click.argument("site", type=click.Path(file_okay=False, exists=True, path_type=Path), default="_site")
@debug_option
def check(site: Path) -> None:
    """Check a finished report or a published site in a browser.

    Reports violations of accessibility rules (WCAG 2.2 AA), invalid HTML, broken links, and requests that leave the
    site. Exit status: 0 no findings, 1 findings.
    """
    try:
        from svhnlab.site.checks import check_site  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError(f"{error.name} is not installed; svhnlab check needs pip install 'svhnlab[check]'.") from error
    findings = check_site(site.resolve())
    for finding in findings:
        say(finding)
    say(f"{len(findings)} findings in {site}.")
    if findings:
        sys.exit(1)
