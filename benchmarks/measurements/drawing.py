"""Time to render a whole report with the built-in engine: first rendering with its stages, and repeated rendering."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.fresh_process import in_fresh_process, process_environment
from benchmarks.measurements.small_study import copy_project, study_results
from benchmarks.schema import Drawing, Sample, Stage
from benchmarks.settings import Settings
from svhnlab.store.study import open_study

#: Functions (module:name) whose time is a stage.
STAGES = {
    "evidence on single images, settings": "svhnlab.site.prerender.prepare:prepare",
    "chapters: figures and tables": "svhnlab.site.builtin.build:execute_chapters",
    "pages of the website": "svhnlab.site.builtin.build:write_site",
    "PDF": "svhnlab.site.builtin.build:_write_pdf",
    "record, cards and search index": "svhnlab.site.postprocess.finish:finish_site",
}


def measure(settings: Settings) -> Drawing:
    """Render in a temporary copy of the project."""
    results, source = study_results(settings)
    study = open_study(results)
    with tempfile.TemporaryDirectory(prefix="svhnlab-bench-") as folder:
        project = copy_project(Path(folder) / "project")
        settings.say("  first rendering")
        first = in_fresh_process(
            "benchmarks.measurements.drawing:draw", root=project, project=str(project), results=str(results)
        )
        again = []
        for repetition in range(1, settings.repetitions + 1):
            settings.say(f"  again, repetition {repetition} of {settings.repetitions}")
            again.append(_by_command(project, results))
    return Drawing(
        source=source,
        test_images=len(study.data.test_labels),
        runs=len(study.runs),
        first=first["seconds"],
        again=Sample(values=tuple(again)),
        stages=tuple(Stage.model_validate(stage) for stage in first["stages"]),
    )


def draw(project: str, results: str) -> dict[str, Any]:
    """Render for the first time and measure each stage."""
    import importlib  # noqa: PLC0415

    started = time.perf_counter()
    from svhnlab.site.prerender.footer import footer_line  # noqa: PLC0415
    from svhnlab.site.render import render  # noqa: PLC0415

    stages: dict[str, float] = dict.fromkeys(STAGES, 0.0)
    for stage, place in STAGES.items():
        module, _, name = place.partition(":")
        owner = importlib.import_module(module)
        setattr(owner, name, _timed(getattr(owner, name), stage, stages))
    # The pre-render scripts search for the project from the current folder.
    os.chdir(project)
    root, store = Path(project), Path(results)
    render(root, root / "_site", engine="builtin", results=store, say=print, footer=footer_line(store, root))
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "stages": [{"name": name, "seconds": spent} for name, spent in stages.items()]}


def _timed(function: Callable[..., Any], stage: str, stages: dict[str, float]) -> Callable[..., Any]:
    def timed(*arguments: Any, **options: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            stages[stage] += time.perf_counter() - started

    return timed


def _by_command(project: Path, results: Path) -> float:
    command = [sys.executable, "-m", "svhnlab", "report", "--engine", "builtin", "--results", str(results)]
    started = time.perf_counter()
    subprocess.run(command, cwd=project, env=process_environment(project), check=True, capture_output=True)
    return time.perf_counter() - started
