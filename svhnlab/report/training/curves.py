"""Training curves: loss and accuracy by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from svhnlab.report.comparison.convergence import unconverged_runs
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import augmented_runs, known_only, runs_of
from svhnlab.report.core.style import SMALL, Theme, halo, spread
from svhnlab.report.core.text import number, percent, points, quantity, wrapped
from svhnlab.report.core.words import range_over_models
from svhnlab.store.schema import Epoch, Study

# The gap between training and validation accuracy, and a rise of the validation loss, are reported above these.
SMALL_GAP = 0.02
SMALL_RISE = 0.02


def describe_overfitting(study: Study, configuration: str) -> Markdown:
    """Compare training with validation accuracy after the last epoch, and name the epoch whose weights were kept.

    If the validation accuracy was still rising at the end, that is stated too.

    Raises
    ------
    NotComputed
        If the configuration is not trained.
    """
    (run,) = runs_of(study, configuration)
    last = run.history[-1]
    gap = last.train_accuracy - last.validation_accuracy
    if gap > SMALL_GAP:
        template = Markdown("Training accuracy exceeds validation accuracy by {gap} ({accuracies}).")
    elif gap < -SMALL_GAP:
        template = Markdown(
            "Training accuracy stays {gap} below validation accuracy ({accuracies}), as is usual if training images "
            "are augmented or if training accuracy is measured while the weights still change."
        )
    else:
        template = Markdown("Training and validation accuracy are close ({accuracies}).")
    accuracies = Markdown("training {training}, validation {validation} after epoch {epoch}").format(
        training=percent(last.train_accuracy), validation=percent(last.validation_accuracy), epoch=last.epoch
    )
    parts = [template.format(gap=points(gap), accuracies=accuracies)]
    lowest = min(run.history, key=lambda epoch: epoch.validation_loss)
    if last.validation_loss - lowest.validation_loss > SMALL_RISE:
        parts.append(
            Markdown("Validation loss was lowest in epoch {epoch} ({lowest}) and rose to {final} by the end.").format(
                epoch=lowest.epoch, lowest=number(lowest.validation_loss), final=number(last.validation_loss)
            )
        )
    if run.best_epoch < last.epoch:
        kept = Markdown("The weights of epoch {kept} of {epochs} were kept.")
        parts.append(kept.format(kept=run.best_epoch, epochs=last.epoch))
    else:
        parts.append(Markdown("The weights of the last epoch were kept."))
    if unconverged_runs(study, [run]):
        parts.append(Markdown("The validation accuracy was still rising when training stopped."))
    return sentences(parts)


@dataclass(frozen=True)
class TrainingCurves(Display):
    """Loss and accuracy by epoch on training and validation images, with the kept epoch marked.

    One model has two panels side by side; several models have a column each, with common scales.

    Attributes
    ----------
    histories
        Epochs of each model.
    best_epochs
        Epoch whose weights were kept for each model, counted from 1.
    titles
        Title of each model.
    """

    histories: tuple[tuple[Epoch, ...], ...]
    best_epochs: tuple[int, ...]
    titles: tuple[str, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> TrainingCurves:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if one is not trained."""
        found = ((run, run.history or None) for run in runs_of(study, *configurations))
        runs = [run for run, _ in known_only(found, "the history of the training")]
        return cls(
            tuple(run.history for run in runs),
            tuple(run.best_epoch for run in runs),
            tuple(run.title for run in runs),
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        if len(self.titles) == 1:
            return self.width, (5.0 if self.narrow else 2.8)
        return self.width, (4.0 if self.narrow else 4.4) * -(-len(self.titles) // self._most_columns)

    def best(self, model: int) -> Epoch:
        """Return the epoch of a model whose weights were kept."""
        return next(epoch for epoch in self.histories[model] if epoch.epoch == self.best_epochs[model])

    @property
    def alt(self) -> str:
        """The validation accuracy of the kept epochs."""
        kept = range_over_models([self.best(i).validation_accuracy for i in range(len(self.titles))])
        return (
            f"Loss and accuracy by epoch of {quantity(len(self.titles), 'model')} on training and validation "
            f"images; the validation accuracy of the kept epoch is {kept}."
        )

    def frame(self) -> pd.DataFrame:
        """All histories, one row for each model and epoch."""
        rows = [
            {"run": title, **asdict(epoch), "kept": epoch.epoch == best}
            for title, history, best in zip(self.titles, self.histories, self.best_epochs, strict=True)
            for epoch in history
        ]
        return pd.DataFrame(rows)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw loss and accuracy of every model."""
        if len(self.titles) == 1:
            pairs = [tuple(figure.subplots(*((2, 1) if self.narrow else (1, 2))))]
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
        # The labels at the line ends, right of each full row, depend on the scales, which are final only now.
        for i, pair in enumerate(pairs):
            if (i + 1) % self._columns == 0:
                for ax, measure in zip(pair, measures, strict=True):
                    self._label_ends(ax, self.histories[i], measure, theme)

    @property
    def _most_columns(self) -> int:
        """With more columns, there is no room for the titles."""
        return 2 if self.narrow else 4

    @property
    def _columns(self) -> int:
        """Number of columns; models are distributed evenly over as many rows as needed."""
        rows = -(-len(self.titles) // self._most_columns)
        return -(-len(self.titles) // rows)

    def _pairs(self, figure: Figure | SubFigure) -> list[tuple[Axes, Axes]]:
        """Panels of loss and accuracy, one below the other, for each of several models."""
        columns, pairs = self._columns, []
        panels = figure.subplots(2 * -(-len(self.titles) // columns), columns, squeeze=False)
        for i, title in enumerate(self.titles):
            row, column = 2 * (i // columns), i % columns
            pair = (panels[row, column], panels[row + 1, column])
            pair[1].sharex(pair[0])
            pair[0].tick_params(labelbottom=False)
            pair[0].set_title(wrapped(title, 18), fontsize=SMALL + 1, va="bottom")
            pair[1].set_xlabel("Epoch")
            for ax, first, label in zip(pair, panels[:2, 0], ("Loss (nats)", "Accuracy"), strict=True):
                if i:
                    ax.sharey(first)
                if column:
                    ax.tick_params(labelleft=False)
                else:
                    ax.set_ylabel(label)
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
        # Falling curves leave room above, rising curves below; the label there avoids both lines.
        above = measure == "loss"
        edge = max(value, trained) if above else min(value, trained)
        room = 0.35 * (max(*train, *validation) - min(*train, *validation))
        ax.update_datalim([(best.epoch, edge + (room if above else -room))])
        ax.plot(
            [best.epoch],
            [value],
            "o",
            markersize=6,
            color=theme.accent,
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


def show_augmented_curves(study: Study) -> TrainingCurves:
    """Return the curves of the configurations with augmentation; ``NotComputed`` if none is trained."""
    return TrainingCurves.from_study(study, *(run.name for run in augmented_runs(study)))
