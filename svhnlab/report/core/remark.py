"""What every display has: numbers inside, and a rich representation that serves site and PDF alike.

A display draws itself with matplotlib in the three themes of `style`, writes the pictures into `figures/`
below the current folder (a chapter is executed in its own folder) and represents itself as Markdown that
shows the right one in each output format. The file names hold a digest of the pictures, so that equal
numbers give equal files, and other numbers other names.
"""

from __future__ import annotations

from typing import Any


class Remark:
    """A computed sentence or callout that a cell can show as Markdown."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/markdown": self.text, "text/plain": self.text}

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Remark: {self.text}>"
