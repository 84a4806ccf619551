"""What came out: tables on the console and the figure of the training speed, by the report's own displays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.report import (
    AccuracyTimes,
    FootprintTable,
    GoalTable,
    GrowthTable,
    LimitTable,
    MapTable,
    RateTable,
    SpeedChart,
    describe_machine,
)
from benchmarks.schema import Benchmark

#: Tables and the parts that they need.
TABLES: tuple[tuple[Any, str | None], ...] = (
    (RateTable, "throughput"),
    (AccuracyTimes, "accuracy"),
    (MapTable, "maps"),
    (FootprintTable, "footprint"),
    (GrowthTable, "growth"),
    (LimitTable, "limits"),
    (GoalTable, None),
)


def print_tables(benchmark: Benchmark) -> None:
    """Print the machine and a table for every part that was measured."""
    print(f"\n{str(describe_machine(benchmark)).replace(chr(92), '')}")
    for table, part in TABLES:
        if part is None or getattr(benchmark, part) is not None:
            print(f"\n{table.from_benchmark(benchmark).cells().to_string(index=False)}")
    if benchmark.throughput is not None:
        for name, reason in benchmark.throughput.absent.items():
            print(f"\n{name} was not measured: {reason}")


def draw_figure(benchmark: Benchmark, file: Path) -> Path | None:
    """Write the figure of the training speed as SVG; None where there is nothing to draw."""
    if benchmark.throughput is None:
        return None
    file.write_bytes(SpeedChart.from_benchmark(benchmark).svg("light"))
    return file
