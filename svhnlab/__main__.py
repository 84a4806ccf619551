"""Entry point of ``python -m svhnlab``."""

from svhnlab.cli import main

main()
