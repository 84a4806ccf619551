"""What is measured by the clock: ``python -m benchmarks`` (or ``nox -s bench``) measures all of it in minutes.

Each call writes one new file into ``benchmarks/results``, which the report's appendix on speed shows. The single
scripts beside this package measure what takes longer; each says how it is run.
"""
