"""Benchmarks of speed and memory: ``python -m benchmarks`` or ``nox -s bench``.

All measurements take about half an hour on two cores; ``--only NAME`` selects some.

``measurements`` has one module for each part of a benchmark, ``contenders`` the compared implementations of training,
``schema`` the stored format, ``results`` the stored files, and ``report`` the tables and figures of the documentation.
"""
