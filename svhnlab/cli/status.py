"""The command ``status``."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from svhnlab.cli.options import console, note_changes, results_option, say
from svhnlab.cli.train import train
from svhnlab.store.store import Store


@click.command()
@results_option
def status(results: Path) -> None:
    """Show the results of the current study: stored, missing or damaged, and their size.

    Without a study, but with `data` in study.toml, show the images and what the training of the runs needs, as
    `svhnlab train --estimate` does.
    """
    from svhnlab.config.study_file import project_settings  # noqa: PLC0415
    from svhnlab.store.record import imports_of, read_record, seed_note  # noqa: PLC0415
    from svhnlab.store.recorded_settings import compute_command, trained_configurations  # noqa: PLC0415
    from svhnlab.store.required import missing_results, required_results  # noqa: PLC0415

    store = Store(results)
    if store.current_study() is None and project_settings().data is not None:
        say(f"There is no study in {results} yet.")
        train.main(["--estimate", "--results", str(results)], standalone_mode=False)
        return
    record = read_record(store)
    settings = record["settings"]
    parts = [f"{settings['data']['name']} ({settings['data']['digest'][:12]})", f"seed {settings['seed']}"]
    if trained_configurations(record):
        parts[1:1] = [
            f"profile {record['profile']}",
            f"{settings['split']['protocol']} protocol",
            f"initial weights: {settings['start']['kind']}",
        ]
        parts += [f"{settings['seeds']} trainings each"] if settings["seeds"] > 1 else []
    say(f"Study {record['key']} in {results}: {', '.join(parts)}")
    table = Table("stage", "result", "state", "MB")
    needed = required_results(store, record)
    for need in needed:
        state = "stored" if need.stored else "damaged" if need.damaged else "missing"
        size = f"{need.stored.bytes / 1e6:.1f}" if need.stored else ""
        table.add_row(need.address.kind, f"{need.address.name}{seed_note(record, need.address)}", state, size)
    console.print(table)
    note_changes(record)
    if lacking := missing_results(record, needed):
        say(f"Missing or damaged: {', '.join(lacking)}. Next: {compute_command(record)}")
        gone = [run.name for run in imports_of(record) if f"run {run.name}" in lacking]
        if gone:
            say(f"Imported predictions can't be computed; import them again: {', '.join(gone)}.")
    else:
        say("Complete. Next: svhnlab report")
