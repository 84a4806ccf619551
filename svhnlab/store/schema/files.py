"""Which files a stored dataclass is written to; see :func:`svhnlab.store.save.save`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import ConfigDict


@dataclass(frozen=True)
class Files:
    """Files of a stored dataclass.

    Attributes
    ----------
    arrays
        ``.npz`` file of all arrays; None where there are none.
    json
        JSON file of everything else; None where there is nothing else.
    prefixes
        What precedes the names of the arrays inside a nested dataclass or dictionary, by field; where a field is not
        given, its name and an underscore.
    """

    arrays: str | None = None
    json: str | None = None
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def prefix(self, name: str) -> str:
        """Return what precedes the names of the arrays inside a field."""
        return self.prefixes.get(name, f"{name}_")


class Stored:
    """Base of the dataclasses with files of their own.

    A field that is stored under another name than its own has a pydantic alias.
    """

    FILES: ClassVar[Files]
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(arbitrary_types_allowed=True)
