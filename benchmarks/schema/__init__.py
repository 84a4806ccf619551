"""The stored format of benchmarks: measurements with every repetition, machine and commit. Imports no torch.

``python -m benchmarks`` writes one file for each call into ``benchmarks/results`` and never changes one. The
documentation shows the newest measurement of each part.
"""

from benchmarks.schema.file import (
    FOLDER,
    Benchmark,
    file_name,
    read_benchmark,
    store_benchmark,
    stored_benchmarks,
)
from benchmarks.schema.study import (
    Drawing,
    Footprint,
    Growth,
    ImportedStudy,
    Imports,
    ImportStep,
    Limits,
    MapMaker,
    Maps,
    Share,
    Size,
    Stage,
    Stages,
)
from benchmarks.schema.training import (
    Accuracy,
    Contender,
    Curve,
    Gpu,
    GpuRun,
    Point,
    Share95,
    Throughput,
    ThroughputRun,
    Transfer,
)
from svhnlab.store.schema.measurement import LARGEST, Commit, Machine, Part, Sample

__all__ = [
    "FOLDER",
    "LARGEST",
    "Accuracy",
    "Benchmark",
    "Commit",
    "Contender",
    "Curve",
    "Drawing",
    "Footprint",
    "Gpu",
    "GpuRun",
    "Growth",
    "ImportStep",
    "ImportedStudy",
    "Imports",
    "Limits",
    "Machine",
    "MapMaker",
    "Maps",
    "Part",
    "Point",
    "Sample",
    "Share",
    "Share95",
    "Size",
    "Stage",
    "Stages",
    "Throughput",
    "ThroughputRun",
    "Transfer",
    "file_name",
    "read_benchmark",
    "store_benchmark",
    "stored_benchmarks",
]
