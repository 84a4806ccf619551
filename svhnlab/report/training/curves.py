"""Training histories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import Runs, as_runs
from svhnlab.report.core.style import SMALL, WIDTH, Theme, halo, spread
from svhnlab.report.core.text import number, percent, points, quantity, wrapped
from svhnlab.store.schema import Epoch

# Below these differences of accuracy and loss between training and validation a gap is not worth a word.
SMALL_GAP = 0.02
SMALL_RISE = 0.02


def describe_overfitting(history: Sequence[Epoch], best_epoch: int) -> Markdown:
    """Say how training and validation part, and what came after the epoch that was kept.

    Parameters
    ----------
    history
        All epochs of a run.
    best_epoch
        Epoch whose weights were kept, counted from 1.
    """
    kept = next(epoch for epoch in history if epoch.epoch == best_epoch)
    last = history[-1]
    gap = last.train_accuracy - last.validation_accuracy
    figures = (
        f"training {percent(last.train_accuracy)}, validation {percent(last.validation_accuracy)} after "
        f"epoch {last.epoch}"
    )
    if gap > SMALL_GAP:
        text = f"The run fits its training images better than new ones, by {points(gap)} of accuracy ({figures})."
    elif gap < -SMALL_GAP:
        text = (
            f"Accuracy on the training images stays {points(gap)} below validation ({figures}), as it does "
            "where training images are made harder or are scored while the weights still change."
        )
    else:
        text = f"Training and validation stay close ({figures})."
    lowest = min(history, key=lambda epoch: epoch.validation_loss)
    if last.validation_loss - lowest.validation_loss > SMALL_RISE:
        text += (
            f" Validation loss was lowest in epoch {lowest.epoch} ({number(lowest.validation_loss)}) and "
            f"rose to {number(last.validation_loss)} by the end."
        )
    if kept.epoch < last.epoch:
        return Markdown(f"{text} The weights of epoch {kept.epoch} of {last.epoch} were kept.")
    return Markdown(f"{text} The weights of the last epoch were kept.")


class TrainingCurves(Display):
    """Loss and accuracy by epoch on training and validation images, the kept epoch marked.

    One run gives two panels side by side; several runs give a column each, on common scales.
    """

    most_columns = 4  # more would leave no room for their titles

    def __init__(self, histories: Sequence[Sequence[Epoch]], best_epochs: Sequence[int], titles: Sequence[str]) -> None:
        """Take histories.

        Parameters
        ----------
        histories
            Epochs of each run, at least one.
        best_epochs
            For each run the epoch whose weights were kept, counted from 1.
        titles
            Name of each run.
        """
        self.histories = [tuple(history) for history in histories]
        self.best_epochs = list(best_epochs)
        self.titles = list(titles)

    @classmethod
    def from_results(cls, runs: Runs) -> TrainingCurves:
        """Make the display from one run or several."""
        found = as_runs(runs)
        return cls([run.history for run in found], [run.best_epoch for run in found], [run.title for run in found])

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        if len(self.titles) == 1:
            return WIDTH, 2.8
        return WIDTH, 4.4 * -(-len(self.titles) // self.most_columns)

    def best(self, run: int) -> Epoch:
        """Return the epoch of a run whose weights were kept."""
        return next(epoch for epoch in self.histories[run] if epoch.epoch == self.best_epochs[run])

    @property
    def alt(self) -> str:
        """Text alternative with the kept epoch of each run."""
        parts = []
        for i, title in enumerate(self.titles):
            best = self.best(i)
            parts.append(
                f"{title}: {quantity(len(self.histories[i]), 'epoch')}, kept epoch {best.epoch} with "
                f"validation accuracy {percent(best.validation_accuracy)} and loss "
                f"{number(best.validation_loss)} (training {percent(best.train_accuracy)} and "
                f"{number(best.train_loss)})"
            )
        return f"Loss and accuracy by epoch on training and validation images. {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """All histories, one row for each run and epoch."""
        rows = [
            {"run": title, **asdict(epoch), "kept": epoch.epoch == best}
            for title, history, best in zip(self.titles, self.histories, self.best_epochs, strict=True)
            for epoch in history
        ]
        return pd.DataFrame(rows)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw loss and accuracy of every run."""
        if len(self.titles) == 1:
            pairs = [tuple(figure.subplots(1, 2))]
            pairs[0][0].set_title("Loss (cross-entropy, nats)")
            pairs[0][1].set_title("Accuracy")
            for ax in pairs[0]:
                ax.set_xlabel("Epoch")
        else:
            pairs = self._pairs(figure)
        measures = ("loss", "accuracy")
        for i, pair in enumerate(pairs):
            for ax, measure in zip(pair, measures, strict=True):
                self._curves(ax, self.histories[i], self.best(i), measure, theme)
        # Scales are final only now, and the labels at the line ends, right of each full row, depend on them.
        for i, pair in enumerate(pairs):
            if (i + 1) % self._columns == 0:
                for ax, measure in zip(pair, measures, strict=True):
                    self._label_ends(ax, self.histories[i], measure, theme)

    @property
    def _columns(self) -> int:
        """Columns of panels; runs beyond the first row of them are drawn in rows below, evenly."""
        rows = -(-len(self.titles) // self.most_columns)
        return -(-len(self.titles) // rows)

    def _pairs(self, figure: Figure | SubFigure) -> list[tuple[Axes, Axes]]:
        """Panels of loss and accuracy, one below the other, for each of several runs."""
        columns, pairs = self._columns, []
        panels = figure.subplots(2 * -(-len(self.titles) // columns), columns, squeeze=False)
        for i, title in enumerate(self.titles):
            row, column = 2 * (i // columns), i % columns
            pair = (panels[row, column], panels[row + 1, column])
            pair[1].sharex(pair[0])
            pair[0].tick_params(labelbottom=False)
            pair[0].set_title(wrapped(title, 18), fontsize=SMALL + 1, va="bottom")
            pair[1].set_xlabel("Epoch")
            for ax, first, words in zip(pair, panels[:2, 0], ("Loss (nats)", "Accuracy"), strict=True):
                if i:
                    ax.sharey(first)
                if column:
                    ax.tick_params(labelleft=False)
                else:
                    ax.set_ylabel(words)
            pairs.append(pair)
        for ax in panels[-2:, (len(pairs) - 1) % columns + 1 :].flat:
            ax.remove()
        return pairs

    def _curves(self, ax: Axes, history: Sequence[Epoch], best: Epoch, measure: str, theme: Theme) -> None:
        epochs = [epoch.epoch for epoch in history]
        train = [getattr(epoch, f"train_{measure}") for epoch in history]
        validation = [getattr(epoch, f"validation_{measure}") for epoch in history]
        ax.plot(epochs, train, color=theme.muted, linewidth=1.2, linestyle=(0, (3, 1.5)), label="training")
        ax.plot(epochs, validation, color=theme.accent, label="validation")
        value, trained = getattr(best, f"validation_{measure}"), getattr(best, f"train_{measure}")
        # Falling and rising curves leave room above and below them; the label keeps away from both lines there.
        above = measure == "loss"
        edge = max(value, trained) if above else min(value, trained)
        room = 0.35 * (max(*train, *validation) - min(*train, *validation))
        ax.update_datalim([(best.epoch, edge + (room if above else -room))])
        ax.plot(
            [best.epoch],
            [value],
            "o",
            markersize=6,
            markeredgecolor=theme.accent,
            markerfacecolor=theme.page,
            markeredgewidth=1.5,
            label="kept",
            zorder=4,
        )
        ax.annotate(
            f"{percent(value) if measure == 'accuracy' else number(value, 2)}\nepoch {best.epoch}",
            (best.epoch, edge),
            xytext=(0, 9 if above else -9),
            textcoords="offset points",
            ha="left" if 2 * best.epoch <= len(epochs) + 1 else "right",
            va="bottom" if above else "top",
            fontsize=SMALL,
            color=theme.accent,
            path_effects=halo(theme),
            linespacing=1.15,
        )
        ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        ax.margins(x=0.06, y=0.16)
        if len(epochs) == 1:
            ax.set_xlim(0.5, 1.5)
        if measure == "accuracy":
            ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))

    def _label_ends(self, ax: Axes, history: Sequence[Epoch], measure: str, theme: Theme) -> None:
        low, high = ax.get_ylim()
        ends = [getattr(history[-1], f"{split}_{measure}") for split in ("train", "validation")]
        gap = 0.1 * (high - low)
        for split, y, colour in zip(
            ("training", "validation"), spread(ends, gap, low, high), (theme.muted, theme.accent), strict=True
        ):
            ax.annotate(
                split,
                (1, (y - low) / (high - low)),
                xytext=(3, 0),
                xycoords="axes fraction",
                textcoords="offset points",
                va="center",
                color=colour,
                fontsize=SMALL,
            )
