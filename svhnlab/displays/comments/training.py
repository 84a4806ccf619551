"""Sentences on how a training went."""

from __future__ import annotations

from collections.abc import Sequence

from svhnlab.displays.base import Remark
from svhnlab.displays.text import number, percent, points
from svhnlab.results import Epoch

# Below these differences of accuracy and loss between training and validation a gap is not worth a word.
SMALL_GAP = 0.02
SMALL_RISE = 0.02


def overfitting_comment(history: Sequence[Epoch], best_epoch: int) -> Remark:
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
        return Remark(f"{text} The weights of epoch {kept.epoch} of {last.epoch} were kept.")
    return Remark(f"{text} The weights of the last epoch were kept.")
