"""Progress on the console: a bar in a terminal, otherwise one line per epoch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from svhnlab.training.loop import Callbacks, TrainingState


@contextmanager
def progress_bar(console: Console, title: str, epochs: int, images: int, done: int) -> Iterator[Callbacks]:
    """Yield callbacks that show the progress of a training on the console.

    Parameters
    ----------
    title
        Name of the run.
    epochs, images
        Number of epochs of the whole training, and of images in one epoch.
    done
        Number of epochs trained before.
    """
    if not console.is_terminal:
        yield Callbacks(epoch_end=[lambda state: console.print(_line(title, epochs, state), highlight=False)])
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]} images/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=epochs * images, completed=done * images, rate="-")
        started = time.perf_counter()

        def batch_end(epoch: int, processed: int, count: int) -> None:
            total = (epoch - 1) * count + processed
            rate = (total - done * count) / (time.perf_counter() - started)
            progress.update(task, completed=total, rate=f"{rate:.0f}", description=f"{title} epoch {epoch}/{epochs}")

        def epoch_end(state: TrainingState) -> None:
            console.print(_line(title, epochs, state), highlight=False)

        yield Callbacks(batch_end=[batch_end], epoch_end=[epoch_end])


def _line(title: str, epochs: int, state: TrainingState) -> str:
    last = state.history[-1]
    return (
        f"{title}  epoch {last.epoch}/{epochs}  "
        f"train loss {last.train_loss:.3f} accuracy {last.train_accuracy:.1%}  "
        f"validation loss {last.validation_loss:.3f} accuracy {last.validation_accuracy:.1%}  "
        f"{last.images_per_second:.0f} images/s  {last.seconds:.1f} s"
    )


@contextmanager
def counter(console: Console, title: str, total: int) -> Iterator[Callable[[], None]]:
    """Yield a function that increments the count; a terminal shows the count as a bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=total)
        yield lambda: progress.advance(task)
