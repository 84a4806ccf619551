"""The command ``export``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from svhnlab.cli.options import results_option, say
from svhnlab.paths import project_root
from svhnlab.store.store import Store


@click.command()
@click.argument("run")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["torchscript", "onnx"]),
    default="torchscript",
    help="onnx needs the packages onnx, onnxscript and onnxruntime.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    show_default="RUN.pt or RUN.onnx",
    help="File for the model; the model card is written beside it.",
)
@results_option
def export(run: str, kind: Any, output: Path | None, results: Path) -> None:
    """Export a trained RUN of the current study as a file for other programs, with its model card.

    The model takes pixels from 0 to 1, float32 of shape images x 3 x height x width, and gives logits. It is written
    only if it gives the same answers as the stored model on test images.
    """
    from svhnlab.store.required import stored_run  # noqa: PLC0415
    from svhnlab.store.study import open_study  # noqa: PLC0415

    stored = stored_run(Store(results), run)
    from svhnlab.cards import model_card  # noqa: PLC0415
    from svhnlab.config.citation_file import report_citation  # noqa: PLC0415
    from svhnlab.pipeline.export import SUFFIXES, check_packages, export_model  # noqa: PLC0415

    check_packages(kind)
    study = open_study(results)
    card = model_card(study, study.runs[run], report_citation(project_root()))
    path = output or Path(f"{run}{SUFFIXES[kind]}")
    check = export_model(stored, path, kind, study.data.test_images)
    path.with_suffix(".md").write_text(card.markdown(), encoding="utf-8")
    say(
        f"{path} ({path.stat().st_size / 1e6:.1f} MB) and its card {path.with_suffix('.md')}: same class as the stored "
        f"model for {check.same} of {check.images} test images, probabilities within {check.difference:.1g}."
    )
