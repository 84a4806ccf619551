"""Number of faults: few in `nox -s tests`, many in `nox -s faults`."""

from __future__ import annotations

import os

#: Number of times that commands are killed, all commands together.
KILLS = int(os.environ.get("SVHNLAB_FAULTS", "20"))
