"""How pictures of any size were read: their layout, size, conversions, and the files that were left out."""

from __future__ import annotations

from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.text import count, listing, quantity
from svhnlab.store.schema import DataLayout, Study

MOST_LISTED = 50
"""Number of skipped files that are listed."""

_LAYOUTS: dict[DataLayout, str] = {
    "folder": "a folder with one folder for each class",
    "table": "the files in a table",
    "arrays": "arrays",
    "hugging_face": "a dataset saved by the library datasets of Hugging Face",
    "torchvision": "a dataset of torchvision",
}


def describe_reading(study: Study) -> Markdown:
    """State from where pictures were read, how they were resized and converted, and what is unusual about them.

    Empty for Format 2 files, which have one size.
    """
    reading = study.data.reading
    if reading is None:
        return Markdown("")
    converted = [
        Markdown("{number} {kind}").format(number=count(number), kind=kind)
        for kind, number in reading.converted.items()
    ]
    return sentences(
        [
            Markdown(
                "The pictures were read from {layout}. Each was resized so that its longer side is {side} pixels, with "
                "a bicubic filter that averages when it reduces (antialiasing), and the rest of the square has the "
                "picture's mean colour. Models whose input is smaller reduce it further, also with antialiasing."
            ).format(layout=_LAYOUTS[reading.layout], side=reading.stored_size),
            Markdown("Pictures were converted to RGB with 8 bits: {converted}.").format(converted=listing(converted))
            if converted
            else Markdown(""),
            *(Markdown("{}").format(warning) for warning in reading.warnings),
        ]
    )


def list_skipped(study: Study) -> Markdown:
    """List the files that were left out because they are damaged or no pictures; empty if there are none."""
    reading = study.data.reading
    if reading is None or not reading.skipped:
        return Markdown("")
    listed = list(reading.skipped.items())[:MOST_LISTED]
    more = len(reading.skipped) - len(listed)
    lines = [Markdown("- {name}: {reason}").format(name=name, reason=reason) for name, reason in listed]
    lines += [Markdown("- {} more files").format(count(more))] if more else []
    return Markdown("{files} could not be used and {were} left out:\n\n{lines}").format(
        files=quantity(len(reading.skipped), "file").capitalize(),
        were="was" if len(reading.skipped) == 1 else "were",
        lines=Markdown("\n").join(lines),
    )
