"""t-SNE: time and quality of ours beside scikit-learn's and openTSNE's own settings."""

from __future__ import annotations

import pandas as pd

from benchmarks.schema import Benchmark, MapMaker, Maps
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import count, listing, number

OURS = "svhnlab"


def maps_of(benchmark: Benchmark) -> Maps:
    """Return the maps of a benchmark; ``ValueError`` when they were not measured."""
    if benchmark.maps is None:
        raise ValueError("this benchmark has no maps")
    return benchmark.maps


def seconds_a_map(maker: MapMaker) -> float:
    """Median seconds for one map."""
    return maker.seconds.median / maker.maps


class MapTable(Table):
    """Seconds for a map and its scores, by maker and dimensions."""

    def __init__(self, maps: Maps) -> None:
        self.maps = maps

    @classmethod
    def from_benchmark(cls, benchmark: Benchmark) -> MapTable:
        """Make the table; ``ValueError`` when there are no maps."""
        return cls(maps_of(benchmark))

    @property
    def alt(self) -> str:
        """Text with the seconds for a map of each maker."""
        parts = [
            f"{maker.title} {maker.dimensions}-D {number(seconds_a_map(maker), 1)} s" for maker in self.maps.makers
        ]
        return f"Seconds for a t-SNE map of {count(self.maps.points)} points: {listing(parts)}."

    def frame(self) -> pd.DataFrame:
        """Return seconds of the work, number of maps in it and the scores, one row for each maker and dimension."""
        return pd.DataFrame(
            [
                {
                    "maker": maker.title,
                    "version": maker.version or "",
                    "dimensions": maker.dimensions,
                    "maps": maker.maps,
                    "seconds": maker.seconds.median,
                    "low": maker.seconds.low,
                    "high": maker.seconds.high,
                    "seconds_a_map": seconds_a_map(maker),
                    "kl_divergence": maker.kl_divergence,
                    "trustworthiness": maker.trustworthiness,
                    "how": maker.how,
                }
                for maker in self.maps.makers
            ]
        )

    def cells(self) -> pd.DataFrame:
        """Return the table for people."""
        numbers = self.frame()
        return pd.DataFrame(
            {
                "Made by": [
                    f"{title} {version}".strip()
                    for title, version in zip(numbers["maker"], numbers["version"], strict=True)
                ],
                "Dimensions": [count(value) for value in numbers["dimensions"]],
                "Seconds a map": [number(value, 1) for value in numbers["seconds_a_map"]],
                "KL divergence": [number(value, 3) for value in numbers["kl_divergence"]],
                "Trustworthiness": [number(value, 3) for value in numbers["trustworthiness"]],
            }
        )


def describe_maps(benchmark: Benchmark) -> Markdown:
    """Say how long our planar map takes beside the others', and whether its scores are as good."""
    found = maps_of(benchmark)
    ours = next((maker for maker in found.makers if maker.title == OURS and maker.dimensions == 2), None)
    others = [maker for maker in found.makers if maker.title != OURS and maker.dimensions == 2]
    text = (
        f"Maps of {count(found.points)} made-up points in {count(found.features)} dimensions. Ours are made four at a "
        "time, one on each core, since a map computed by one thread alone is the same every time; a quarter of that "
        "time counts as one map."
    )
    if ours is None:
        return Markdown(text)
    for other in others:
        ratio = seconds_a_map(other) / seconds_a_map(ours)
        speed = f"{number(ratio, 1)} times as fast as" if ratio >= 1 else f"{number(1 / ratio, 1)} times as slow as"
        # A hundredth is less than what another start changes.
        closer = ours.kl_divergence - other.kl_divergence
        quality = (
            "as good a KL divergence"
            if abs(closer) <= 0.01
            else f"a {'higher' if closer > 0 else 'lower'}, that is {'worse' if closer > 0 else 'better'}, "
            "KL divergence"
        )
        text += (
            f" In the plane a map is made {speed} {escape_markdown(other.title)}'s with its own settings, with "
            f"{quality} ({number(ours.kl_divergence, 3)} against {number(other.kl_divergence, 3)})."
        )
    for name, reason in found.absent.items():
        text += f" {escape_markdown(name)} was not measured: {escape_markdown(reason)}."
    return Markdown(text)
