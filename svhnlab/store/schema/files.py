"""Declaration of the files of a stored dataclass; see :func:`svhnlab.store.save.save`."""

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
        ``.npz`` file of all arrays; None if there are none.
    json
        JSON file of everything else; None if there is nothing else.
    prefixes
        Prefix of the names of the arrays inside a nested dataclass or dictionary, by field; by default the field's name
        and an underscore.
    """

    arrays: str | None = None
    json: str | None = None
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def prefix(self, name: str) -> str:
        """Return the prefix of the names of the arrays inside a field."""
        return self.prefixes.get(name, f"{name}_")


class Stored:
    """Base class of the dataclasses that are stored in files.

    A field that is stored under a different name has a pydantic alias.
    """

    FILES: ClassVar[Files]
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(arbitrary_types_allowed=True)
