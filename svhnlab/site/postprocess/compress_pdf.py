"""Compression of a PDF."""

from __future__ import annotations

from pathlib import Path

import pikepdf


def compress_pdf(file: Path) -> None:
    """Compress the small objects of a PDF, which Typst leaves uncompressed.

    Most of them are tags of headings, tables and alternative texts. Typst's mark that the file is a proof is removed.
    The output is deterministic.
    """
    with pikepdf.open(file, allow_overwriting_input=True) as pdf:
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            metadata.pop("xmpMM:RenditionClass", None)
        pdf.save(file, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
