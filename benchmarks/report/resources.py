"""Hardware limits, t-SNE, memory, start-up, rendering, and time of the stages of a study."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from benchmarks.report.throughput import run_label
from benchmarks.schema import Drawing, Footprint, Limits, Maps, Sample, Stages
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.style import SMALL, WIDTH, Theme, halo, only_bottom
from svhnlab.report.core.text import count, duration, number, percent, wrapped


def limits_table(limits: Limits) -> pd.DataFrame:
    """List arithmetic and memory traffic of a training step per image, and the utilisation of the machine's limits."""
    operations, memory = limits.operations_per_second.median, limits.bytes_per_second.median
    rows = [
        {
            "Run": run_label(share.title),
            "Images/s": number(share.rate, 0),
            "GFLOP/image": number(share.operations / 1e9, 2),
            "Of arithmetic": percent(share.rate * share.operations / operations, 0),
            "MB/image": number(share.traffic_bytes / 1e6, 1),
            "Of memory": percent(share.rate * share.traffic_bytes / memory, 0),
        }
        for share in limits.shares
    ]
    return pd.DataFrame(rows)


def describe_limits(limits: Limits) -> Markdown:
    """State the measured limits of the machine."""
    return Markdown(
        "This machine multiplies large {} matrices at {} GFLOP/s and copies memory at {} GB/s (medians)."
    ).format(
        limits.precision,
        number(limits.operations_per_second.median / 1e9, 0),
        number(limits.bytes_per_second.median / 1e9, 1),
    )


def maps_table(maps: Maps) -> pd.DataFrame:
    """List seconds per t-SNE map and its scores for each implementation."""
    rows = [
        {
            "Implementation": f"{maker.title} {maker.version or ''}".strip(),
            "Dimensions": count(maker.dimensions),
            "Seconds per map": number(maker.seconds.median / maker.maps, 1),
            "KL divergence": number(maker.kl_divergence, 3),
            "Trustworthiness": number(maker.trustworthiness, 3),
        }
        for maker in maps.makers
    ]
    rows += [{"Implementation": f"{name}: not measured, {reason}"} for name, reason in maps.absent.items()]
    return pd.DataFrame(rows).fillna("")


def footprint_table(footprint: Footprint) -> pd.DataFrame:
    """List peak memory of a training and the run time of commands."""
    images = f"{count(footprint.images)} training images"
    rows = [
        (f"Peak memory, reading and splitting {images}", _gigabytes(footprint.reading_bytes), ""),
        (f"Peak memory, training on {images} and predicting", _gigabytes(footprint.training_bytes), ""),
    ]
    rows += [_timed(name, seconds) for name, seconds in footprint.commands.items()]
    return pd.DataFrame(rows, columns=["Measurement", "Median", "Range"])


def drawing_table(drawing: Drawing) -> pd.DataFrame:
    """List the seconds of the first rendering with the built-in engine, of its stages, and of repeated rendering."""
    rows = [("Report, first rendering", f"{number(drawing.first, 1)} s", "")]
    rows += [(f"– {stage.name}", f"{number(stage.seconds, 1)} s", "") for stage in drawing.stages]
    rows.append(_timed("Report, nothing changed", drawing.again))
    return pd.DataFrame(rows, columns=["Measurement", "Median", "Range"])


def _timed(name: str, seconds: Sample) -> tuple[str, str, str]:
    return name, f"{number(seconds.median, 2)} s", f"{number(seconds.low, 2)}–{number(seconds.high, 2)} s"


def _gigabytes(value: int) -> str:
    return f"{number(value / 1e9, 2)} GB"


class StageChart(AxesDisplay):
    """Share of each stage in the time of a study."""

    def __init__(self, stages: Stages) -> None:
        self.stages = sorted(stages.stages, key=lambda stage: -stage.seconds)
        self.seconds = sum(stage.seconds for stage in stages.stages)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 0.8 + 0.3 * len(self.stages)

    @property
    def alt(self) -> str:
        """Text alternative with the share of every stage."""
        parts = [f"{stage.name} {percent(stage.seconds / self.seconds)}" for stage in self.stages]
        return f"Share of the {duration(self.seconds)} of a study by stage: {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Return seconds and share of each stage."""
        rows = [(stage.name, stage.seconds, stage.seconds / self.seconds) for stage in self.stages]
        return pd.DataFrame(rows, columns=["stage", "seconds", "share"])

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw a bar for each stage."""
        for row, stage in enumerate(self.stages):
            share = stage.seconds / self.seconds
            ax.barh(row, share, height=0.6, color=theme.accent)
            ax.annotate(
                f"{percent(share)}  {duration(stage.seconds)}", (share, row), (5, 0), textcoords="offset points",
                va="center", color=theme.text, fontsize=SMALL, path_effects=halo(theme),
            )  # fmt: skip
        ax.set_yticks(range(len(self.stages)), [wrapped(stage.name, 44) for stage in self.stages])
        ax.set_ylim(len(self.stages) - 0.5, -0.5)
        ax.set_xlim(0, 1.18 * self.stages[0].seconds / self.seconds)
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.set_xlabel("Share of the time of a study")
        only_bottom(ax)
