"""Parts of both cards: licence of the data, and tables."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

from svhnlab.data.svhn import BASE_URL
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.store.schema import Study

SVHN_LICENSE = "svhn-non-commercial"
#: Of svhnlab, with its generator of digits; the licence of a report is its author's.
SOFTWARE_LICENSE = "MIT"


def license_fields(study: Study) -> dict[str, str]:
    """Return the licence of the data as fields of the Hub's metadata."""
    return {
        "official": {"license": "other", "license_name": SVHN_LICENSE, "license_link": BASE_URL},
        "generated": {"license": SOFTWARE_LICENSE.lower()},
        "custom": {"license": "unknown"},
    }[study.data.kind]


def pipe_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Markdown:
    """Write a Markdown table; all columns except the first contain numbers."""
    cells = [[escape_markdown(cell) for cell in row] for row in rows]
    align = ["left", *["right"] * (len(headers) - 1)]
    return Markdown(tabulate(cells, headers, tablefmt="pipe", colalign=align, disable_numparse=True))
