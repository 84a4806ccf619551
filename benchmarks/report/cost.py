"""Memory, start-up, drawing, and where the time of a whole study goes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from benchmarks.report.figures import StageShare, stage_shares
from benchmarks.schema import Benchmark, Drawing, Footprint
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.style import SMALL, WIDTH, Theme, halo, only_bottom
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import count, duration, listing, number, percent, quantity, wrapped

#: A stage other than training is to take no more than this share of the whole.
MOST = 0.1


class FootprintTable(Table):
    """Memory of a training, start-up of commands, and drawing of the report."""

    def __init__(self, footprint: Footprint, drawing: Drawing | None) -> None:
        self.footprint, self.drawing = footprint, drawing

    @classmethod
    def from_benchmark(cls, benchmark: Benchmark) -> FootprintTable:
        """Make the table; ``ValueError`` when memory was not measured."""
        if benchmark.footprint is None:
            raise ValueError("this benchmark has no memory")
        return cls(benchmark.footprint, benchmark.drawing)

    @property
    def alt(self) -> str:
        """Text with all of it."""
        return f"{'; '.join(f'{what}: {value}' for what, value, _ in self._rows())}."

    def frame(self) -> pd.DataFrame:
        """Return median and range in bytes or seconds."""
        found = self.footprint
        rows: list[tuple[str, str, float, float, float]] = [
            ("reading and splitting", "bytes", found.reading_bytes, found.reading_bytes, found.reading_bytes),
            ("training and predicting", "bytes", found.training_bytes, found.training_bytes, found.training_bytes),
        ]
        rows += [(name, "seconds", s.median, s.low, s.high) for name, s in found.commands.items()]
        if self.drawing is not None:
            again = self.drawing.again
            rows.append(("report, first", "seconds", *(self.drawing.first,) * 3))
            rows.append(("report, again", "seconds", again.median, again.low, again.high))
        return pd.DataFrame(rows, columns=["what", "unit", "median", "low", "high"])

    def cells(self) -> pd.DataFrame:
        """Return the table for people."""
        return pd.DataFrame(self._rows(), columns=["What", "Measured", "Range"])

    def _rows(self) -> list[tuple[str, str, str]]:
        found = self.footprint
        size = f"{count(found.images)} training images"
        rows = [
            (f"Peak memory, reading and splitting {size}", _memory(found.reading_bytes), ""),
            (f"Peak memory, training and predicting, {size}", _memory(found.training_bytes), ""),
        ]
        rows += [
            (name, f"{number(s.median, 2)} s", f"{number(s.low, 2)}–{number(s.high, 2)} s")
            for name, s in found.commands.items()
        ]
        if self.drawing is not None:
            again = self.drawing.again
            rows.append(("Report, drawn from nothing", duration(self.drawing.first), ""))
            span = f"{number(again.low, 1)}–{number(again.high, 1)} s"
            rows.append(("Report, nothing changed", f"{number(again.median, 1)} s", span))
        return rows


def _memory(value: int) -> str:
    return f"{number(value / 1e9, 2)} GB"


def describe_footprint(benchmark: Benchmark) -> Markdown:
    """Say what was trained and drawn, and whether a command imports torch."""
    found = benchmark.footprint
    if found is None:
        raise ValueError("this benchmark has no memory")
    torch = "at least one of them imports torch" if found.torch_imported else "none of them imports torch"
    text = (
        f"Memory is the peak of a fresh process that reads {count(found.images)} training and "
        f"{count(found.test_images)} test images, trains `cnn` for {quantity(found.steps, 'step')}, validates and "
        f"predicts the test images. Commands are timed from start to end; {torch}."
    )
    if benchmark.drawing is not None:
        drawing = benchmark.drawing
        text += (
            f" The report that was drawn is that of {escape_markdown(drawing.source)} with "
            f"{quantity(drawing.runs, 'run')} and {quantity(drawing.test_images, 'test image')}."
        )
    return Markdown(text)


class StageChart(AxesDisplay):
    """Share of each stage in the time of training and report."""

    def __init__(self, stages: Sequence[StageShare]) -> None:
        self.stages = list(stages)

    @classmethod
    def from_benchmark(cls, benchmark: Benchmark) -> StageChart:
        """Make the chart; ``ValueError`` when the stages are not known."""
        if benchmark.stages is None:
            raise ValueError("this benchmark has no stages")
        return cls(stage_shares(benchmark))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 0.8 + 0.3 * len(self.stages)

    @property
    def alt(self) -> str:
        """Text alternative with the share of every stage."""
        parts = [f"{stage.name} {percent(stage.share)}" for stage in self.stages]
        return f"Share of the time by stage: {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Return seconds and share of each stage."""
        return pd.DataFrame(
            [
                {"stage": stage.name, "seconds": stage.seconds, "share": stage.share, "training": stage.training}
                for stage in self.stages
            ]
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw a bar for each stage; one that is too long is in the colour of errors."""
        for row, stage in enumerate(self.stages):
            colour = theme.line if stage.training else theme.error if stage.share > MOST else theme.accent
            ax.barh(row, stage.share, height=0.6, color=colour)
            ax.annotate(
                f"{percent(stage.share)}  {duration(stage.seconds)}", (stage.share, row), (5, 0),
                textcoords="offset points", va="center", color=theme.text, fontsize=SMALL,
                path_effects=halo(theme),
            )  # fmt: skip
        ax.axvline(MOST, color=theme.muted, linewidth=0.9, linestyle="--", zorder=0)
        ax.set_yticks(range(len(self.stages)), [wrapped(stage.name, 44) for stage in self.stages])
        ax.set_ylim(len(self.stages) - 0.5, -0.5)
        ax.set_xlim(0, 1.18 * max(stage.share for stage in self.stages))
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.set_xlabel("Share of the time of training and report")
        only_bottom(ax)


def describe_stages(benchmark: Benchmark) -> Markdown:
    """Say which stages other than training take more than they should."""
    if benchmark.stages is None:
        raise ValueError("this benchmark has no stages")
    stages = stage_shares(benchmark)
    training = sum(stage.share for stage in stages if stage.training)
    whole = sum(stage.seconds for stage in stages)
    long = [stage for stage in stages if not stage.training and stage.share > MOST]
    also = "" if benchmark.drawing is None else " and of drawing its report from nothing"
    text = (
        f"Of the {duration(whole)} of a study ({escape_markdown(benchmark.stages.source)}){also}, training takes "
        f"{percent(training)}."
    )
    if long:
        named = [f"{escape_markdown(stage.name)} ({percent(stage.share)})" for stage in long]
        text += f" More than {percent(MOST, 0)} {'each goes' if len(long) > 1 else 'goes'} to {listing(named)}."
    else:
        text += f" No other stage takes more than {percent(MOST, 0)}."
    return Markdown(text)
