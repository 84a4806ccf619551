"""What was aimed at, what was measured, and on which machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from benchmarks.report.cost import MOST
from benchmarks.report.figures import OURS, reached, speed_up, stage_shares
from benchmarks.schema import Benchmark
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import count, duration, listing, number, percent, quantity

#: Training speed that is aimed at, as a multiple of the plain loop's, by run.
SPEED = {"cnn": 3.0, "cnn-aug": 3.5, "resnet18-64": 1.4}
#: How many times sooner than the tutorial's way its accuracy is to be reached.
SOONER = 30.0
MEMORY = 2e9  # bytes
COMMANDS = {"svhnlab --help": 0.5, "svhnlab status": 1.0}  # seconds


@dataclass(frozen=True)
class Goal:
    """One aim.

    Attributes
    ----------
    wanted
        The bound; the largest allowed value where `most`, else the smallest.
    measured
        None where it was not measured or can't be told.
    unit
        "times", "GB", "s" or "share".
    note
        Why it can't be told.
    """

    what: str
    wanted: float
    measured: float | None
    unit: str
    most: bool
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether it is reached; None where that is not known."""
        if self.measured is None:
            return None
        return self.measured <= self.wanted if self.most else self.measured >= self.wanted


def goals_of(benchmark: Benchmark) -> list[Goal]:
    """Return every aim with what was measured."""
    runs = {} if benchmark.throughput is None else {run.name: run for run in benchmark.throughput.runs}
    titles = {"cnn": "the CNN", "cnn-aug": "the CNN with augmentation", "resnet18-64": "ResNet-18 at 64 px"}
    goals = []
    for name, wanted in SPEED.items():
        ratio = speed_up(runs[name], OURS) if name in runs else None
        what = f"Training speed of {titles[name]} against the plain loop"
        goals.append(Goal(what, wanted, None if ratio is None else ratio.median, "times", most=False))
    goals.append(_sooner(benchmark))
    footprint = benchmark.footprint
    goals.append(
        Goal(
            "Peak memory of training the CNN, full-size files", MEMORY / 1e9,
            None if footprint is None else footprint.training_bytes / 1e9, "GB", most=True,
        )
    )  # fmt: skip
    for command, wanted in COMMANDS.items():
        seconds = None if footprint is None else footprint.commands.get(command)
        goals.append(Goal(f"`{command}`", wanted, None if seconds is None else seconds.median, "s", most=True))
    longest = None
    if benchmark.stages is not None:
        longest = max(stage.share for stage in stage_shares(benchmark) if not stage.training)
    goals.append(Goal("Longest stage of a study other than training", MOST, longest, "share", most=True))
    return goals


def _sooner(benchmark: Benchmark) -> Goal:
    what = "Time to the accuracy of the tutorial's ResNet-18 at 224 px, times shorter"
    if benchmark.accuracy is None:
        return Goal(what, SOONER, None, "times", most=False)
    found = reached(benchmark.accuracy)
    if not found.telling:
        return Goal(what, SOONER, None, "times", most=False, note="trained too short to tell")
    if found.fastest is None:
        return Goal(what, SOONER, None, "times", most=False, note="not reached by ours")
    return Goal(what, SOONER, found.times(found.fastest), "times", most=False)


class GoalTable(Table):
    """Every aim, what was measured, and whether it is reached."""

    def __init__(self, goals: Sequence[Goal]) -> None:
        self.goals = list(goals)

    @classmethod
    def from_benchmark(cls, benchmark: Benchmark) -> GoalTable:
        """Make the table."""
        return cls(goals_of(benchmark))

    @property
    def alt(self) -> str:
        """Text with every aim."""
        parts = [f"{goal.what}: {_measured(goal)}, wanted {_bound(goal)}" for goal in self.goals]
        return f"{'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Return bounds and measurements; `most` tells upper bounds."""
        return pd.DataFrame([{**asdict(goal), "met": goal.met} for goal in self.goals])

    def cells(self) -> pd.DataFrame:
        """Return the table for people."""
        words = {True: "yes", False: "no", None: "–"}
        return pd.DataFrame(
            {
                "Aim": [goal.what.replace("`", "") for goal in self.goals],
                "Wanted": [_bound(goal) for goal in self.goals],
                "Measured": [_measured(goal) for goal in self.goals],
                "Reached": [words[goal.met] for goal in self.goals],
            }
        )


def _bound(goal: Goal) -> str:
    return f"{'≤' if goal.most else '≥'}\u00a0{_value(goal.wanted, goal.unit, short=True)}"


def _measured(goal: Goal) -> str:
    if goal.measured is None:
        return goal.note or "not measured"
    return _value(goal.measured, goal.unit)


def _value(value: float, unit: str, *, short: bool = False) -> str:
    if unit == "share":
        return percent(value, 0 if short else 1)
    digits = 0 if unit == "times" and value >= 100 else 2
    written = f"{value:g}" if short else number(value, digits)
    return f"{written}×" if unit == "times" else f"{written}\u00a0{unit}"


def summarise_benchmark(benchmark: Benchmark) -> Markdown:
    """Say how many of the aims are reached and which are not."""
    goals = goals_of(benchmark)
    known = [goal for goal in goals if goal.met is not None]
    if benchmark.quick:
        return Markdown(
            "The stored benchmark is a quick one, which only tries the machinery: **its numbers mean nothing**. "
            "`nox -s bench` measures in earnest."
        )
    if not known:
        return Markdown("The stored benchmark measured none of what this project aims at.")
    met = [goal for goal in known if goal.met]
    verb = "is" if len(met) == 1 else "are"
    text = f"Of {quantity(len(goals), 'aim')} for speed and memory, {count(len(met))} {verb} reached on this machine"
    missed = [goal for goal in known if not goal.met]
    if missed:
        parts = [f"{_lower(goal.what)} ({_measured(goal)}, wanted {_bound(goal)})" for goal in missed]
        text += f", and {count(len(missed))} {'is' if len(missed) == 1 else 'are'} not: {listing(parts)}"
    text += "."
    unknown = len(goals) - len(known)
    if unknown:
        text += f" For {count(unknown)} too little was measured to tell."
    return Markdown(text)


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def describe_machine(benchmark: Benchmark) -> Markdown:
    """Name machine, code, time and command, and say whether the machine had other work."""
    machine = benchmark.machine
    gpu = f" and {escape_markdown(machine.gpu)}" if machine.gpu else ""
    torch = machine.packages.get("torch")
    code = "no commit" if benchmark.commit.sha is None else f"commit `{benchmark.commit.sha[:10]}`"
    if benchmark.commit.dirty:
        code += " with changes"
    text = (
        f"Measured on {benchmark.made:%Y-%m-%d} in {duration(benchmark.seconds)} with {code}: "
        f"{escape_markdown(machine.processor)}, {quantity(machine.cores, 'core')}, "
        f"{number(machine.memory_bytes / 1e9, 0)} GB of memory{gpu}, {escape_markdown(machine.system)}, "
        f"Python {escape_markdown(machine.python)}"
        + (f", torch {escape_markdown(torch)}" if torch else "")
        + f", {quantity(machine.threads, 'thread')}."
    )
    if machine.load_before is not None and machine.load_before > 0.25 * machine.cores:
        text += (
            f" **Other work ran on the machine**: in the minute before, {number(machine.load_before, 1)} processes "
            "computed on average. Ratios of what was measured in turns are worth more here than times."
        )
    text += f" The command was `{benchmark.command}`."
    return Markdown(text)
