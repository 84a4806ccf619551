"""The command ``python -m benchmarks``: measures, stores one new file, and shows what came out."""

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

from benchmarks.contenders import CONTENDERS, PACKAGES
from benchmarks.measurements import accuracy, drawing, footprint, growth, limits, maps, stages, throughput
from benchmarks.schema import FOLDER, Benchmark, Commit, file_name, store_benchmark
from benchmarks.settings import ROOT, LeftOutError, Settings
from benchmarks.show import draw_figure, print_tables
from svhnlab.errors import SvhnlabError
from svhnlab.store.environment import commit
from svhnlab.store.store import Store
from svhnlab.training.machine import describe_machine, short_name

#: What can be measured, by the name of its part of the file.
MEASUREMENTS: dict[str, Callable[[Settings], Any]] = {
    "limits": limits.measure,
    "throughput": throughput.measure,
    "accuracy": accuracy.measure,
    "maps": maps.measure,
    "footprint": footprint.measure,
    "growth": growth.measure,
    "stages": stages.measure,
    "drawing": drawing.measure,
}
SAMPLE = ROOT.parent / "shared" / "svhn-sample"


def run(settings: Settings, names: Sequence[str], command: str) -> Benchmark:
    """Carry out the named measurements and return them with the machine, the code and the command."""
    started, made = time.perf_counter(), datetime.now(UTC).replace(microsecond=0)
    machine = describe_machine(*PACKAGES.values(), "openTSNE")
    parts: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    for name in names:
        begun = time.perf_counter()
        settings.say(f"{name} ...")
        try:
            parts[name] = MEASUREMENTS[name](settings)
        except LeftOutError as reason:
            left_out[name] = str(reason)
            settings.say(f"  left out: {reason}")
        settings.say(f"  {time.perf_counter() - begun:.0f} s")
    return Benchmark(
        made=made,
        command=command,
        quick=settings.quick,
        seconds=time.perf_counter() - started,
        commit=Commit.model_validate(commit()),
        machine=machine,
        left_out=left_out,
        **parts,
    )


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser("python -m benchmarks", description=__doc__, allow_abbrev=False)
    made.add_argument("--only", nargs="+", choices=MEASUREMENTS, metavar="NAME", help=f"of {', '.join(MEASUREMENTS)}")
    made.add_argument("--quick", action="store_true", help="try the machinery in a minute; stored with --out alone")
    made.add_argument("--repetitions", type=int, default=3, metavar="N", help="of what is repeated (default: 3)")
    made.add_argument("--runs", nargs="+", default=[], metavar="RUN", help="of the throughput (default: all)")
    made.add_argument("--contenders", nargs="+", default=[], choices=CONTENDERS, metavar="NAME", help="likewise")
    made.add_argument(
        "--sample", type=Path, help="folder of Format 2 files for the time to accuracy (default: generated digits)"
    )
    made.add_argument("--results", type=Path, help="results folder (default: the project's, if it holds a study)")
    made.add_argument(
        "--tutorial-images",
        type=int,
        default=640,
        metavar="N",
        help="images that the tutorial's way of training sees in the time to accuracy (default: 640)",
    )
    made.add_argument("--out", type=Path, help=f"new file (default: named by time and machine in {FOLDER})")
    return made


def said(arguments: Sequence[str]) -> str:
    """Write the command as it is recorded: places on this machine's disk are not, since nobody else has them."""
    words = [
        "..." if before in {"--sample", "--results", "--out"} else word for before, word in pairwise(["", *arguments])
    ]
    return shlex.join(["python", "-m", "benchmarks", *words])


def main(arguments: Sequence[str]) -> int:
    """Measure, store and show; return the exit status."""
    given = parser().parse_args(arguments)
    results, sample = given.results, given.sample
    if results is None and Store(ROOT / "results").current_study() is not None:
        results = ROOT / "results"
    if sample is None and (SAMPLE / "train_32x32.mat").is_file():
        sample = SAMPLE
    settings = Settings(
        quick=given.quick,
        repetitions=1 if given.quick else given.repetitions,
        sample=sample,
        results=results,
        tutorial_images=given.tutorial_images,
        runs=tuple(given.runs),
        contenders=tuple(given.contenders),
        say=lambda line: print(line, flush=True),
    )
    if given.out is not None and given.out.exists():  # to be told before anything is measured
        print(f"Error: {given.out} is there already, and stored benchmarks are never replaced.", file=sys.stderr)
        return 1
    try:
        made = run(settings, given.only or tuple(MEASUREMENTS), said(arguments))
        print_tables(made)
        if given.out is None and given.quick:
            print("A quick run only tries the machinery; nothing was stored.")
            return 0
        file = given.out or ROOT / FOLDER / file_name(made.made, short_name(made.machine))
        store_benchmark(made, file)
        figure = draw_figure(made, file.with_suffix(".svg"))
        print(f"Stored in {file}" + (f", drawn in {figure}" if figure else ""))
    except SvhnlabError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
