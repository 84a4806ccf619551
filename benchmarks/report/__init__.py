"""Tables and figures of a stored benchmark, for the documentation and the console."""

from benchmarks.report.accuracy import AccuracyCurves, accuracy_table, describe_accuracy
from benchmarks.report.gpu import describe_gpu, gpu_table
from benchmarks.report.growth import GrowthChart, describe_growth, growth_table
from benchmarks.report.imports import describe_imports, imports_table
from benchmarks.report.page import BenchmarkPage, Captioned, describe_machine
from benchmarks.report.resources import (
    StageChart,
    describe_limits,
    drawing_table,
    footprint_table,
    limits_table,
    maps_table,
)
from benchmarks.report.throughput import SpeedChart, describe_speed, implementation_table, speed_table
from benchmarks.report.transfer import describe_transfer, transfer_table

__all__ = [
    "AccuracyCurves",
    "BenchmarkPage",
    "Captioned",
    "GrowthChart",
    "SpeedChart",
    "StageChart",
    "accuracy_table",
    "describe_accuracy",
    "describe_gpu",
    "describe_growth",
    "describe_imports",
    "describe_limits",
    "describe_machine",
    "describe_speed",
    "describe_transfer",
    "drawing_table",
    "footprint_table",
    "gpu_table",
    "growth_table",
    "implementation_table",
    "imports_table",
    "limits_table",
    "maps_table",
    "speed_table",
    "transfer_table",
]
