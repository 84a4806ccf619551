"""Images per second in training, ours beside the plain loop and frameworks."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from benchmarks.report.figures import OURS, PLAIN, speed_up, unbroken_sizes
from benchmarks.schema import Benchmark, Contender, Sample, Throughput, ThroughputRun
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.style import SMALL, WIDTH, Theme, halo, only_bottom
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import count, listing, number, wrapped


def throughput_of(benchmark: Benchmark) -> Throughput:
    """Return the throughput of a benchmark; ``ValueError`` when it was not measured."""
    if benchmark.throughput is None:
        raise ValueError("this benchmark has no throughput")
    return benchmark.throughput


class SpeedChart(AxesDisplay):
    """How many times as fast as the plain loop every contender trains each run, with the range of the repetitions."""

    def __init__(self, runs: tuple[ThroughputRun, ...], contenders: Mapping[str, Contender]) -> None:
        self.runs = [run for run in runs if PLAIN in run.rates]
        self.contenders = dict(contenders)
        self.others = [name for name in self.contenders if name != PLAIN]

    @classmethod
    def from_benchmark(cls, benchmark: Benchmark) -> SpeedChart:
        """Make the chart; ``ValueError`` when there is no throughput."""
        found = throughput_of(benchmark)
        return cls(found.runs, found.contenders)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 1.2 + 0.55 * len(self.runs)

    @property
    def alt(self) -> str:
        """Text alternative with the median ratio of every contender in every run."""
        parts = []
        for run in self.runs:
            ratios = [(name, speed_up(run, name)) for name in self.others]
            words = [f"{self.contenders[name].title} {factor(ratio)}" for name, ratio in ratios if ratio is not None]
            parts.append(f"{run.title}: {listing(words)}")
        return f"Training speed as a multiple of the plain loop's, median of the repetitions. {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Return the ratios, one row for each run and contender but the plain loop."""
        rows = []
        for run in self.runs:
            for name in self.others:
                ratio = speed_up(run, name)
                if ratio is not None:
                    rows.append(
                        {
                            "run": run.title,
                            "contender": self.contenders[name].title,
                            "median": ratio.median,
                            "low": ratio.low,
                            "high": ratio.high,
                        }
                    )
        return pd.DataFrame(rows, columns=["run", "contender", "median", "low", "high"])

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw a row for each run, with a mark and the range for each contender."""
        looks = self._looks(theme)
        ax.set_xscale("log")
        ax.axvline(1, color=theme.line, linewidth=0.9, linestyle="--", zorder=0)
        ax.annotate(
            "plain loop",
            (1, 0),
            (4, 4),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            color=theme.muted,
            fontsize=SMALL,
            path_effects=halo(theme),
        )
        for row, run in enumerate(self.runs):
            for name in self.others:
                ratio = speed_up(run, name)
                if ratio is None:
                    continue
                colour, mark = looks[name]
                own = name == OURS
                place = row - 0.12 if own else row + 0.14
                ax.plot([ratio.low, ratio.high], [place, place], color=colour, linewidth=1.4, alpha=0.6)
                ax.plot(
                    [ratio.median], [place], mark, color=colour, markersize=8 if own else 6,
                    markerfacecolor=colour if own else theme.page, markeredgewidth=1.2,
                )  # fmt: skip
                if own:
                    ax.annotate(
                        factor(ratio), (ratio.high, place), (7, 0), textcoords="offset points", va="center",
                        color=theme.text, fontweight="bold", path_effects=halo(theme),
                    )  # fmt: skip
        ax.set_yticks(range(len(self.runs)), [wrapped(run.title, 26) for run in self.runs])
        ax.set_ylim(len(self.runs) - 0.5, -0.5)
        low, high = ax.get_xlim()
        ax.set_xlim(low / 1.05, high * 1.25)
        ax.xaxis.set_major_locator(LogLocator(10, (1, 2, 5)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set_xlabel("Images per second in training, as a multiple of the plain loop's")
        only_bottom(ax)
        handles = [
            Line2D(
                [],
                [],
                linestyle="",
                marker=looks[name][1],
                color=looks[name][0],
                markerfacecolor=looks[name][0] if name == OURS else theme.page,
                label=self.contenders[name].title,
            )
            for name in self.others
        ]
        ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=len(handles), borderaxespad=0.1)

    def _looks(self, theme: Theme) -> dict[str, tuple[str, str]]:
        """Colour and mark of each contender: ours filled in the accent, the others hollow."""
        rest = [name for name in self.others if name != OURS]
        colours = [*theme.hues[1:], theme.muted]
        looks = {name: (colours[i % len(colours)], "sD^v"[i % 4]) for i, name in enumerate(rest)}
        return {OURS: (theme.accent, "o"), **looks}


def factor(ratio: Sample) -> str:
    """Write a ratio by its median, e.g. "3.1×"."""
    return f"{number(ratio.median, 1 if ratio.median >= 1 else 2)}×"


class RateTable(Table):
    """Images per second of every run and contender, with the range, and the multiple of the plain loop."""

    def __init__(self, runs: tuple[ThroughputRun, ...], contenders: Mapping[str, Contender]) -> None:
        self.runs, self.contenders = list(runs), dict(contenders)

    @classmethod
    def from_benchmark(cls, benchmark: Benchmark) -> RateTable:
        """Make the table; ``ValueError`` when there is no throughput."""
        found = throughput_of(benchmark)
        return cls(found.runs, found.contenders)

    @property
    def alt(self) -> str:
        """Text with the median rate of our loop in every run."""
        parts = [f"{run.title} {number(run.rates[OURS].median, 0)}" for run in self.runs if OURS in run.rates]
        return f"Images per second in our training loop: {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Return median and range in images per second, one row for each run and contender."""
        rows = []
        for run in self.runs:
            for name, contender in self.contenders.items():
                if name in run.rates:
                    rate, ratio = run.rates[name], speed_up(run, name)
                    rows.append(
                        {
                            "run": run.title,
                            "contender": contender.title,
                            "batch": run.batch_size,
                            "images": run.images,
                            "median": rate.median,
                            "low": rate.low,
                            "high": rate.high,
                            "repetitions": len(rate.values),
                            "times_plain": float("nan") if ratio is None else ratio.median,
                        }
                    )
        return pd.DataFrame(rows)

    def cells(self) -> pd.DataFrame:
        """Return the table for people: the name of a run stands once, before all ways to train it."""
        numbers = self.frame()
        named = unbroken_sizes(numbers["run"]) + [f", batch\u00a0{count(size)}" for size in numbers["batch"]]
        return pd.DataFrame(
            {
                "Run": named.mask(named.duplicated(), ""),
                "Trained by": numbers["contender"].str.replace(" ", "\u00a0"),
                "Images/s": [number(value, 0) for value in numbers["median"]],
                "Range": [
                    f"{number(low, 0)}–{number(high, 0)}"
                    for low, high in zip(numbers["low"], numbers["high"], strict=True)
                ],
                "Times plain": [number(value, 2) for value in numbers["times_plain"]],
            }
        )


class ContenderTable(Table):
    """What each contender does, and which were not measured, and why."""

    def __init__(self, contenders: Mapping[str, Contender], absent: Mapping[str, str]) -> None:
        self.contenders, self.absent = dict(contenders), dict(absent)

    @classmethod
    def from_benchmark(cls, benchmark: Benchmark) -> ContenderTable:
        """Make the table; ``ValueError`` when there is no throughput."""
        found = throughput_of(benchmark)
        return cls(found.contenders, found.absent)

    @property
    def alt(self) -> str:
        """Text with the names."""
        absent = f"; not measured: {listing(list(self.absent))}" if self.absent else ""
        return f"Trained by {listing([contender.title for contender in self.contenders.values()])}{absent}."

    def frame(self) -> pd.DataFrame:
        """Return name, version and way of each contender; a missing one has the reason as its way."""
        rows = [(c.title, c.version or "", c.how) for c in self.contenders.values()]
        rows += [(name, "", f"not measured: {reason}") for name, reason in self.absent.items()]
        return pd.DataFrame(rows, columns=["contender", "version", "how"])

    def cells(self) -> pd.DataFrame:
        """Return the table for people."""
        numbers = self.frame()
        return pd.DataFrame({"Trained by": numbers["contender"], "Version": numbers["version"], "How": numbers["how"]})


def describe_speed(benchmark: Benchmark) -> Markdown:
    """Say how much faster our loop is than the plain one, and than the fastest framework."""
    found = throughput_of(benchmark)
    ratios = {run.title: ratio for run in found.runs if (ratio := speed_up(run, OURS)) is not None}
    if not ratios:
        return Markdown("Our loop and the plain one were not both measured, so they can't be compared.")
    parts = [
        f"{escape_markdown(title)} {factor(ratio)} ({number(ratio.low, 1)} to {number(ratio.high, 1)})"
        for title, ratio in ratios.items()
    ]
    repetitions = len(next(iter(ratios.values())).values)
    text = (
        f"The same model learns from the same images in batches of the same size. As a multiple of the plain loop's "
        f"speed, our loop reaches, by the median of {count(repetitions)} repetitions (range in brackets): "
        f"{listing(parts)}."
    )
    slower = [title for title, ratio in ratios.items() if ratio.median <= 1]
    if slower:
        text += f" It is no faster than the plain loop for {listing([escape_markdown(title) for title in slower])}."
    rivals = _best_rivals(found)
    if rivals:
        text += f" Against the fastest framework in each run it is {listing(rivals)}."
    return Markdown(text)


def _best_rivals(found: Throughput) -> list[str]:
    words = []
    for run in found.runs:
        others = [name for name in run.rates if name not in {OURS, PLAIN}]
        if not others or OURS not in run.rates:
            continue
        best = max(others, key=lambda name: run.rates[name].median)
        ratio = speed_up(run, OURS, best)
        assert ratio is not None
        speed = f"{factor(ratio)} as fast" if ratio.median > 1 else f"slower, {factor(ratio)} the speed,"
        words.append(f"{speed} ({escape_markdown(found.contenders[best].title)}, {escape_markdown(run.title)})")
    return words
