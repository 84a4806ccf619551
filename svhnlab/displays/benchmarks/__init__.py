"""What the appendix on speed shows: displays and sentences of a stored benchmark."""

from svhnlab.displays.benchmarks.accuracy import AccuracyOverTime, AccuracyTimes, accuracy_time_comment
from svhnlab.displays.benchmarks.cost import FootprintTable, StageChart, footprint_comment, stages_comment
from svhnlab.displays.benchmarks.goals import GoalTable, benchmark_lead, machine_comment
from svhnlab.displays.benchmarks.maps import MapTable, maps_comment
from svhnlab.displays.benchmarks.measured import Measured
from svhnlab.displays.benchmarks.scale import GrowthChart, GrowthTable, LimitTable, growth_comment, limits_comment
from svhnlab.displays.benchmarks.speed import ContenderTable, RateTable, SpeedChart, speed_comment

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
