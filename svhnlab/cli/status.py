"""Commands about data and results: ``data``, ``train``, ``status`` and ``evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from svhnlab.cli.options import console, note_changes, results_option, say
from svhnlab.store.store import Store

if TYPE_CHECKING:
    pass


@click.command()
@results_option
def status(results: Path) -> None:
    """Show what the current study needs, what is stored, what is missing, and how large it is."""
    from svhnlab.store.study import missing_results, read_record, required_results, seed_note, train_command  # noqa: PLC0415

    store = Store(results)
    record = read_record(store)
    about = record["settings"]
    say(
        f"Study {record['key']} in {results}: {about['data']['name']} ({about['data']['digest'][:12]}), "
        f"profile {record['profile']}, {about['split']['protocol']} protocol, "
        f"ResNet-18 from {about['start']['kind']}, seed {about['seed']}"
        + (f", {about['seeds']} trainings each" if about["seeds"] > 1 else "")
    )
    table = Table("stage", "result", "state", "MB")
    needed = required_results(store, record)
    for need in needed:
        state = "stored" if need.stored else "damaged" if need.damaged else "missing"
        size = f"{need.stored.bytes / 1e6:.1f}" if need.stored else ""
        table.add_row(need.address.kind, f"{need.address.name}{seed_note(record, need.address)}", state, size)
    console.print(table)
    note_changes(record)
    if lacking := missing_results(record, needed):
        say(f"Missing or damaged: {', '.join(lacking)}. Next: {train_command(about)}")
    else:
        say("Complete. Next: svhnlab report")
