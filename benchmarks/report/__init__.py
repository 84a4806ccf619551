"""What the appendix on speed shows: displays and sentences of a stored benchmark."""

from benchmarks.report.accuracy import AccuracyOverTime, AccuracyTimes, describe_accuracy_time
from benchmarks.report.cost import FootprintTable, StageChart, describe_footprint, describe_stages
from benchmarks.report.goals import GoalTable, describe_machine, summarise_benchmark
from benchmarks.report.growth import GrowthChart, GrowthTable, LimitTable, describe_growth, describe_limits
from benchmarks.report.maps import MapTable, describe_maps
from benchmarks.report.measured import Measured
from benchmarks.report.speed import ContenderTable, RateTable, SpeedChart, describe_speed

__all__ = [
    "AccuracyOverTime",
    "AccuracyTimes",
    "ContenderTable",
    "FootprintTable",
    "GoalTable",
    "GrowthChart",
    "GrowthTable",
    "LimitTable",
    "MapTable",
    "Measured",
    "RateTable",
    "SpeedChart",
    "StageChart",
    "describe_accuracy_time",
    "describe_footprint",
    "describe_growth",
    "describe_limits",
    "describe_machine",
    "describe_maps",
    "describe_speed",
    "describe_stages",
    "summarise_benchmark",
]
