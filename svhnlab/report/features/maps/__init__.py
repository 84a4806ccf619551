"""Maps of feature space in two and three dimensions, with all runs in one figure."""

from svhnlab.report.features.maps.causes import CauseMaps
from svhnlab.report.features.maps.planar import EmbeddingMaps2D
from svhnlab.report.features.maps.scores import (
    MapScoresTable,
    describe_neighbourhood,
    describe_sampling,
    describe_separation,
    describe_start,
)
from svhnlab.report.features.maps.spatial import EmbeddingMaps3D

__all__ = [
    "CauseMaps",
    "EmbeddingMaps2D",
    "EmbeddingMaps3D",
    "MapScoresTable",
    "describe_neighbourhood",
    "describe_sampling",
    "describe_separation",
    "describe_start",
]
