"""The data of the current study, or of a new one, for the commands ``images`` and ``import``. Imports no torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from svhnlab.cli.options import say
from svhnlab.cli.study_options import (
    apply_names,
    names_of_classes,
    options_from_file,
    reading_options,
    study_data,
    tell_warnings,
)
from svhnlab.errors import InputError
from svhnlab.store.store import Store

if TYPE_CHECKING:
    from svhnlab.config.study_file import StudyFile
    from svhnlab.pipeline.imported import ImportPipeline


def stored_picture_size(store: Store) -> int | None:
    """Return the size at which the pictures of the current study are stored; None without such a study."""
    from svhnlab.store.store import ResultKey  # noqa: PLC0415

    record = store.current_study()
    stored = None if record is None else store.find(ResultKey(**record["data"]))
    reading: dict[str, int] | None = None if stored is None else stored.json("summary.json").get("reading")
    return None if reading is None else reading["stored_size"]


def open_data(
    context: click.Context,
    record: dict[str, Any] | None,
    profile: str,
    folder: Path | None,
    stored_size: int | None,
    skip_broken: bool,
    base_url: str | None,
    store: Store,
) -> tuple[ImportPipeline, dict[str, Any]]:
    """Return the pipeline of the current study or, if there is none, of a new one, and the study's record."""
    from svhnlab.config.initial_weights import RANDOM  # noqa: PLC0415
    from svhnlab.config.profiles import SplitSettings, profile_named  # noqa: PLC0415
    from svhnlab.pipeline.imported import ImportPipeline, spec_of_record  # noqa: PLC0415
    from svhnlab.store.keys import StudySpec  # noqa: PLC0415
    from svhnlab.store.record import read_record  # noqa: PLC0415

    study_file: StudyFile = context.obj
    if record is not None:
        record, profile = read_record(store), record["profile"]
    reading = reading_options(stored_size or stored_picture_size(store), skip_broken, store.root, ())
    source = apply_names(study_data(profile, folder, base_url, reading), study_file)
    tell_warnings(source)
    if record is not None:
        spec = spec_of_record(record)
        if source.digest != spec.data_digest:
            raise InputError(
                f"The images in {source.folder} are not those of the current study ({spec.data_name}): give their "
                "folder with --data, or another folder of results with --results."
            )
        return ImportPipeline(spec, source, store, say), record
    settings = profile_named(profile)
    spec = StudySpec(
        settings,
        source.kind,
        source.name,
        source.digest,
        SplitSettings(
            protocol=study_file.protocol or "official",
            train_limit=settings.train_limit,
            unit=study_file.split_by or "photograph",
        ),
        RANDOM,
        study_file.seed or 0,
        1,
        names_of_classes(source, study_file),
        (),
        options_from_file(context),
    )
    pipeline = ImportPipeline(spec, source, store, say)
    pipeline.store_data()
    return pipeline, spec.record()
