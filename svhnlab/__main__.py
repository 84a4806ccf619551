"""``python -m svhnlab`` is the command ``svhnlab``."""

from svhnlab.cli import main

main()
