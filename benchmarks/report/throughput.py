"""Training speed in images per second, of svhnlab, a plain loop and other frameworks."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from benchmarks.schema import Sample, Throughput, ThroughputRun
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.style import SMALL, WIDTH, Theme, halo, only_bottom
from svhnlab.report.core.text import count, listing, number, unbroken, wrapped

OURS, PLAIN = "svhnlab", "plain"


def relative_speed(run: ThroughputRun, name: str, base: str = PLAIN) -> Sample | None:
    """Return the speed of an implementation relative to another, for each repetition.

    The two ran in turns, so that a slow phase of the machine affects both. None if one was not measured.
    """
    if name not in run.rates or base not in run.rates:
        return None
    pairs = zip(run.rates[name].values, run.rates[base].values, strict=False)
    return Sample(values=tuple(rate / reference for rate, reference in pairs))


def run_label(title: str) -> str:
    """Return the title of a run with its image size on one line."""
    return title.replace(" px", "\u00a0px")


def factor(ratio: Sample) -> str:
    """Write the median of a ratio, e.g. "3.1×"."""
    return f"{number(ratio.median, 1 if ratio.median >= 1 else 2)}×"


class SpeedChart(AxesDisplay):
    """Training speed of every implementation relative to the plain loop: median and range of the repetitions."""

    def __init__(self, throughput: Throughput) -> None:
        self.runs = [run for run in throughput.runs if PLAIN in run.rates]
        self.titles = {name: found.title for name, found in throughput.contenders.items() if name != PLAIN}

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 1.2 + 0.55 * len(self.runs)

    @property
    def alt(self) -> str:
        """Text alternative with the median ratio of every implementation in every run."""
        parts = []
        for run in self.runs:
            ratios = [
                f"{title} {factor(ratio)}"
                for name, title in self.titles.items()
                if (ratio := relative_speed(run, name))
            ]
            parts.append(f"{run.title}: {listing(ratios)}")
        return f"Training speed relative to the plain loop, median of the repetitions. {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Return the ratios, one row for each run and implementation."""
        rows = [
            (run.title, title, ratio.median, ratio.low, ratio.high)
            for run in self.runs
            for name, title in self.titles.items()
            if (ratio := relative_speed(run, name))
        ]
        return pd.DataFrame(rows, columns=["run", "implementation", "median", "low", "high"])

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw a row for each run, with a marker and the range for each implementation."""
        ax.set_xscale("log")
        ax.axvline(1, color=theme.line, linewidth=0.9, linestyle="--", zorder=0)
        ax.annotate(
            "plain loop", (1, 0), (4, 4), xycoords=("data", "axes fraction"), textcoords="offset points",
            color=theme.muted, fontsize=SMALL, path_effects=halo(theme),
        )  # fmt: skip
        handles = []
        for name, (colour, marker) in self._looks(theme).items():
            ours = name == OURS
            look: dict[str, Any] = {
                "marker": marker,
                "color": colour,
                "markerfacecolor": colour if ours else theme.page,
                "markersize": 8 if ours else 6,
            }
            handles.append(Line2D([], [], linestyle="", label=self.titles[name], **look))
            for row, run in enumerate(self.runs):
                ratio = relative_speed(run, name)
                if ratio is None:
                    continue
                height = row - 0.12 if ours else row + 0.14
                ax.plot([ratio.low, ratio.high], [height, height], color=colour, linewidth=1.4, alpha=0.6)
                ax.plot([ratio.median], [height], linestyle="", markeredgewidth=1.2, **look)
                if ours:
                    ax.annotate(
                        factor(ratio), (ratio.high, height), (7, 0), textcoords="offset points", va="center",
                        color=theme.text, fontweight="bold", path_effects=halo(theme),
                    )  # fmt: skip
        ax.set_yticks(range(len(self.runs)), [wrapped(run.title, 26) for run in self.runs])
        ax.set_ylim(len(self.runs) - 0.5, -0.5)
        low, high = ax.get_xlim()
        ax.set_xlim(low / 1.05, high * 1.25)
        ax.xaxis.set_major_locator(LogLocator(10, (1, 2, 5)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set_xlabel("Images per second in training, relative to the plain loop")
        only_bottom(ax)
        ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=len(handles), borderaxespad=0.1)

    def _looks(self, theme: Theme) -> dict[str, tuple[str, str]]:
        """Return colour and marker of each implementation."""
        colours = [*theme.hues[1:], theme.muted]
        others = [name for name in self.titles if name != OURS]
        looks = {name: (colours[i % len(colours)], "sD^v"[i % 4]) for i, name in enumerate(others)}
        return {OURS: (theme.accent, "o"), **looks} if OURS in self.titles else looks


def speed_table(throughput: Throughput) -> pd.DataFrame:
    """List images per second of every run and implementation; the name of a run is only in its first row."""
    rows = []
    for run in throughput.runs:
        heading = f"{run_label(run.title)}, batch\u00a0{count(run.batch_size)}"
        for name, rate in run.rates.items():
            ratio = relative_speed(run, name)
            rows.append(
                {
                    "Run": heading,
                    "Implementation": unbroken(throughput.contenders[name].title),
                    "Images/s": number(rate.median, 0),
                    "Range": f"{number(rate.low, 0)}–{number(rate.high, 0)}",
                    "Relative": number(float("nan") if ratio is None else ratio.median, 2),
                }
            )
            heading = ""
    return pd.DataFrame(rows)


def implementation_table(throughput: Throughput) -> pd.DataFrame:
    """List the implementations, and the reason for each that could not be measured."""
    rows = [(found.title, found.version or "", found.how) for found in throughput.contenders.values()]
    rows += [(name, "", f"not measured: {reason}") for name, reason in throughput.absent.items()]
    return pd.DataFrame(rows, columns=["Implementation", "Version", "Data loading and training"])


def describe_speed(throughput: Throughput) -> Markdown:
    """State the speed of svhnlab relative to the plain loop in every run."""
    ratios = {run.title: ratio for run in throughput.runs if (ratio := relative_speed(run, OURS))}
    if not ratios:
        return Markdown("svhnlab and the plain loop were not both measured.")
    parts = [
        f"{title} {factor(ratio)} ({number(ratio.low, 1)} to {number(ratio.high, 1)})"
        for title, ratio in ratios.items()
    ]
    return Markdown("Speed of svhnlab relative to the plain loop, median and range of {} repetitions: {}.").format(
        len(next(iter(ratios.values())).values), listing(parts)
    )
