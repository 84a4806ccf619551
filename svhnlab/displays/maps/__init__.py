"""Maps of feature space, in two and in three dimensions, of all runs in one figure."""

from svhnlab.displays.maps.planar import EmbeddingMaps2D
from svhnlab.displays.maps.scores import (
    MapScoresTable,
    neighbourhood_comment,
    sampling_comment,
    separation_comment,
    start_comment,
)
from svhnlab.displays.maps.spatial import EmbeddingMaps3D

__all__ = [
    "EmbeddingMaps2D",
    "EmbeddingMaps3D",
    "MapScoresTable",
    "neighbourhood_comment",
    "sampling_comment",
    "separation_comment",
    "start_comment",
]
