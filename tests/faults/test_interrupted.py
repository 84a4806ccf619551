"""Commands that are killed, or whose disk fails, leave the old state or the new one, and the next call finishes."""

from __future__ import annotations

import errno
import random
from collections import Counter
from collections.abc import Callable

import pytest

from tests.faults.amount import KILLS
from tests.faults.cases import CASES, Case, Fetch, NewCase, Publish, Report, Shared, StoreVerdicts, Train
from tests.faults.commands import KILLED, Outcome
from tests.faults.conftest import FIGURES

#: Share of each command in all kills: those that take longer get fewer.
SHARES = {Train: 0.15, Report: 0.05, Publish: 0.25, Fetch: 0.3, StoreVerdicts: 0.25}
#: Kills of one training before it may finish.
IN_A_ROW = 3
#: Disk errors per kill.
DISK_ERRORS = 0.25
by_command = pytest.mark.parametrize("kind", CASES, ids=lambda kind: kind.name)


def run_whole(kind: type[Case], new_case: NewCase) -> Outcome:
    """Return the outcome of a command that is not interrupted."""
    case = new_case(kind)
    if kind.name not in case.shared.whole:
        whole = case.shared.whole[kind.name] = case.run()
        assert whole.status == 0, whole.output
        case.check_new()
    return case.shared.whole[kind.name]


@by_command
def test_killed(
    kind: type[Case], new_case: NewCase, rng: random.Random, record_property: Callable[[str, object], None]
) -> None:
    """Killed at a random change of its files or after a random time, a command leaves a whole state.

    The next call restores what was interrupted, and its result is that of a command that was not interrupted.
    """
    wanted = round(SHARES[kind] * KILLS)
    length = run_whole(kind, new_case)
    outcomes: Counter[str] = Counter()
    while outcomes.total() < wanted:
        case = new_case(kind)
        for _ in range(min(IN_A_ROW if kind is Train else 1, wanted - outcomes.total())):
            if length.changes and rng.random() < 0.7:
                killed = case.run(at=rng.randrange(length.changes))
            else:
                killed = case.run(after=rng.uniform(0, length.seconds))
            if killed.status != KILLED:
                assert killed.status == 0, killed.output
                break
            outcomes[f"{case.state()} state"] += 1
        resumes = any(case.changed.glob("checkpoints/*.ckpt"))
        again = case.run()
        assert again.status == 0, again.output
        assert ("resumed after epoch" in again.output) == resumes
        case.check_new()
    record_property(FIGURES, (kind.name, "kill -9", dict(outcomes)))


@by_command
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
def test_disk_error(
    kind: type[Case],
    error: int,
    shared: Shared,
    new_case: NewCase,
    rng: random.Random,
    record_property: Callable[[str, object], None],
) -> None:
    """On a full disk, or after an input/output error, a command says so in one line and leaves a whole state."""
    if not shared.commands.counts:
        pytest.skip("a C compiler on Linux is needed to let system calls fail")
    wanted = round(SHARES[kind] * KILLS * DISK_ERRORS)
    if not wanted:
        pytest.skip("only `nox -s faults` lets the disk fail under a command that takes seconds")
    changes = run_whole(kind, new_case).changes
    outcomes: Counter[str] = Counter()
    for _ in range(wanted):
        case = new_case(kind)
        at = rng.randrange(changes)
        failed = case.run(at=at, error=error)
        if failed.status == 0:  # the error was in something that the command can do without, such as a cache
            case.check_new()
            outcomes["finished"] += 1
            continue
        reason = "No space left on device" if error == errno.ENOSPC else "Input/output error"
        assert reason in failed.error, (at, failed)
        outcomes[f"{case.state()} state"] += 1
        again = case.run()
        assert again.status == 0, again.output
        case.check_new()
    record_property(FIGURES, (kind.name, errno.errorcode[error], dict(outcomes)))


class TestTwoAtOnce:
    @pytest.mark.parametrize("kind", [Train, Report, Fetch, StoreVerdicts], ids=lambda kind: kind.name)
    def test_both_succeed(self, kind: type[Case], shared: Shared, new_case: NewCase) -> None:
        """Of two equal commands at once, one waits for the other or finds its result."""
        case = new_case(kind)
        both = shared.commands.start(case.command, case.command)
        assert [one.status for one in both] == [0, 0], both
        case.check_new()
        if kind is Train:
            assert sum(one.output.count("epoch 1/") for one in both) == 1

    def test_one_publishes(self, shared: Shared, new_case: NewCase) -> None:
        """Of two publications at once, one is refused or finds the version published."""
        case = new_case(Publish)
        both = shared.commands.start(case.command, case.command)
        case.check_new()
        for one in both:
            assert one.status == 0 or "Another process is writing" in one.error, one

    def test_different_commands(self, shared: Shared, new_case: NewCase) -> None:
        """A report, a verification and new verdicts at the same time as a training do not disturb each other."""
        case, report = new_case(Train), new_case(Report)
        verdicts = new_case(StoreVerdicts)
        commands = [case.command, report.command, verdicts.command, ("verify", str(verdicts.changed))]
        outcomes = shared.commands.start(*commands)
        assert [one.status for one in outcomes] == [0, 0, 0, 0], outcomes
        for one in (case, report, verdicts):
            one.check_new()
