"""The PDF in fewer bytes."""

from __future__ import annotations

from pathlib import Path

import pikepdf


def compress_pdf(file: Path) -> None:
    """Write the same PDF with its small objects in compressed streams, which Typst's writer leaves uncompressed.

    Most of them say what is a heading, a table or an alternative text. The same file gives the same bytes.
    """
    with pikepdf.open(file, allow_overwriting_input=True) as pdf:
        pdf.save(file, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
