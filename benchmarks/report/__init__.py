"""What the appendix on speed shows: displays and sentences of a stored benchmark."""

from benchmarks.report.accuracy import AccuracyOverTime, AccuracyTimes, accuracy_time_comment
from benchmarks.report.cost import FootprintTable, StageChart, footprint_comment, stages_comment
from benchmarks.report.goals import GoalTable, benchmark_lead, machine_comment
from benchmarks.report.growth import GrowthChart, GrowthTable, LimitTable, growth_comment, limits_comment
from benchmarks.report.maps import MapTable, maps_comment
from benchmarks.report.measured import Measured
from benchmarks.report.speed import ContenderTable, RateTable, SpeedChart, speed_comment

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
    "accuracy_time_comment",
    "benchmark_lead",
    "footprint_comment",
    "growth_comment",
    "limits_comment",
    "machine_comment",
    "maps_comment",
    "speed_comment",
    "stages_comment",
]
