"""Accuracy on real photographs of a model that was trained on generated digits alone."""

from __future__ import annotations

import pandas as pd

from benchmarks.schema import Share95, Transfer
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.text import count, duration, interval, percent


def transfer_table(transfer: Transfer) -> pd.DataFrame:
    """List the accuracy on generated digits and on photographs, each with its interval."""
    rows = (("Generated digits (validation)", transfer.generated), ("Photographs (test)", transfer.real))
    return pd.DataFrame(
        [{"Images": name, "Number": count(share.images), "Accuracy": _with_interval(share)} for name, share in rows]
    )


def describe_transfer(transfer: Transfer) -> Markdown:
    """State the training, and the accuracy on photographs."""
    return Markdown(
        "{title} was trained on {images} generated digits and no photograph ({epochs} epochs, {time}). It classifies "
        "{accuracy} of {photographs} test photographs correctly (95% interval by photograph {limits})."
    ).format(
        title=transfer.title,
        images=count(transfer.train_images),
        epochs=count(transfer.epochs),
        time=duration(transfer.seconds),
        accuracy=percent(transfer.real.value),
        photographs=count(transfer.real.images),
        limits=interval((transfer.real.low, transfer.real.high)),
    )


def _with_interval(share: Share95) -> str:
    return f"{percent(share.value)} ({interval((share.low, share.high))})"
