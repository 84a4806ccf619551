"""Measure speed and memory, store the result in a new file, and print it."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import report
from benchmarks.contenders import CONTENDERS, PACKAGES
from benchmarks.measurements import (
    accuracy,
    drawing,
    footprint,
    gpu,
    growth,
    imports,
    limits,
    maps,
    stages,
    throughput,
    transfer,
)
from benchmarks.schema import FOLDER, Benchmark, Commit, file_name, store_benchmark
from benchmarks.settings import ROOT, LeftOutError, Settings
from svhnlab.errors import SvhnlabError
from svhnlab.store.environment import commit
from svhnlab.store.store import Store
from svhnlab.training.machine import describe_machine, short_name

#: Function that measures each part of a stored benchmark.
MEASUREMENTS: dict[str, Callable[[Settings], Any]] = {
    "limits": limits.measure,
    "throughput": throughput.measure,
    "accuracy": accuracy.measure,
    "transfer": transfer.measure,
    "gpu": gpu.measure,
    "maps": maps.measure,
    "footprint": footprint.measure,
    "growth": growth.measure,
    "imports": imports.measure,
    "stages": stages.measure,
    "drawing": drawing.measure,
}
#: Table of each part on the console.
TABLES: dict[str, Callable[[Any], pd.DataFrame]] = {
    "limits": report.limits_table,
    "throughput": report.speed_table,
    "accuracy": report.accuracy_table,
    "transfer": report.transfer_table,
    "gpu": report.gpu_table,
    "maps": report.maps_table,
    "footprint": report.footprint_table,
    "growth": report.growth_table,
    "imports": report.imports_table,
    "stages": lambda measured: report.StageChart(measured).frame(),
    "drawing": report.drawing_table,
}
SAMPLE = ROOT.parent / "shared" / "svhn-sample"


def run(settings: Settings, names: Sequence[str], command: str) -> Benchmark:
    """Run the named measurements and return them with the machine, the code and the command."""
    started, date = time.perf_counter(), datetime.now(UTC).replace(microsecond=0)
    machine = describe_machine(*PACKAGES.values(), "openTSNE")
    parts: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    for name in names:
        begin = time.perf_counter()
        settings.say(f"{name} ...")
        try:
            parts[name] = MEASUREMENTS[name](settings)
        except LeftOutError as reason:
            left_out[name] = str(reason)
            settings.say(f"  left out: {reason}")
        settings.say(f"  {time.perf_counter() - begin:.0f} s")
    return Benchmark(
        made=date,
        command=command,
        quick=settings.quick,
        seconds=time.perf_counter() - started,
        commit=Commit.model_validate(commit()),
        machine=machine,
        left_out=left_out,
        **parts,
    )


def print_tables(benchmark: Benchmark) -> None:
    """Print the machine and a table for every measured part."""
    print(f"\n{str(report.describe_machine(benchmark)).replace(chr(92), '')}")
    for part, table in TABLES.items():
        measured = getattr(benchmark, part)
        if measured is not None:
            print(f"\n{part}\n{table(measured).to_string(index=False)}")
    if benchmark.throughput is not None:
        for name, reason in benchmark.throughput.absent.items():
            print(f"\n{name} was not measured: {reason}")


def draw_figure(benchmark: Benchmark, file: Path) -> Path | None:
    """Write the figure of the training speed as SVG and return its path; None if training speed was not measured."""
    if benchmark.throughput is None:
        return None
    file.write_bytes(report.SpeedChart(benchmark.throughput).svg("light"))
    return file


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser("python -m benchmarks", description=__doc__, allow_abbrev=False)
    add = result.add_argument
    add("--only", nargs="+", choices=MEASUREMENTS, metavar="NAME", help=f"measurements: {', '.join(MEASUREMENTS)}")
    add("--quick", action="store_true", help="test the benchmarks themselves in a minute; stored only with --out")
    add("--repetitions", type=int, default=3, metavar="N", help="repetitions of each measurement (default: 3)")
    add("--runs", nargs="+", default=[], metavar="RUN", help="runs in the throughput measurement (default: all)")
    add(
        "--contenders",
        nargs="+",
        default=[],
        choices=CONTENDERS,
        metavar="NAME",
        help=f"implementations in the throughput measurement: {', '.join(CONTENDERS)} (default: all)",
    )
    add(
        "--sample",
        type=Path,
        help="folder of Format 2 files for the time to accuracy (default: generated digits) and for the transfer "
        "(default: left out)",
    )
    add("--results", type=Path, help="results folder of a study (default: the project's, if it holds a study)")
    add(
        "--tutorial-images",
        type=int,
        default=640,
        metavar="N",
        help="training images of the tutorial in the time to accuracy (default: 640)",
    )
    add("--out", type=Path, help="new file (default: named by time and machine in benchmarks/results)")
    return result


def recorded_command(arguments: Sequence[str]) -> str:
    """Return the command for the record; paths of this machine are replaced with dots."""
    shown = [
        "..." if previous in {"--sample", "--results", "--out"} else argument
        for previous, argument in pairwise(["", *arguments])
    ]
    return shlex.join(["python", "-m", "benchmarks", *shown])


def main(arguments: Sequence[str]) -> int:
    """Measure, store and print; return the exit status."""
    options = parser().parse_args(arguments)
    results, sample = options.results, options.sample
    if results is None and Store(ROOT / "results").current_study() is not None:
        results = ROOT / "results"
    if sample is None and (SAMPLE / "train_32x32.mat").is_file():
        sample = SAMPLE
    settings = Settings(
        quick=options.quick,
        repetitions=1 if options.quick else options.repetitions,
        sample=sample,
        results=results,
        tutorial_images=options.tutorial_images,
        runs=tuple(options.runs),
        contenders=tuple(options.contenders),
        say=lambda line: print(line, flush=True),
    )
    if options.out is not None and options.out.exists():  # fail before anything is measured
        print(f"Error: {options.out} exists already, and stored benchmarks are never replaced.", file=sys.stderr)
        return 1
    try:
        benchmark = run(settings, options.only or tuple(MEASUREMENTS), recorded_command(arguments))
        print_tables(benchmark)
        if options.out is None and options.quick:
            print("A quick run only tests the benchmarks; nothing was stored.")
            return 0
        file = options.out or FOLDER / file_name(benchmark.made, short_name(benchmark.machine))
        store_benchmark(benchmark, file)
        figure = draw_figure(benchmark, file.with_suffix(".svg"))
        print(f"Stored in {file}" + (f", drawn in {figure}" if figure else ""))
    except SvhnlabError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
