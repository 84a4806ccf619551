"""Computation of a study (``svhnlab train``): every result that is not stored yet, in order."""
