"""Every public function of the analysis has an example; pytest runs it (``--doctest-modules``)."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest

import svhnlab.analysis


def public_functions() -> Iterator[object]:
    for module in pkgutil.iter_modules(svhnlab.analysis.__path__, "svhnlab.analysis."):
        for name, function in inspect.getmembers(import_module(module.name), inspect.isroutine):
            if function.__module__ == module.name and not name.startswith("_"):
                yield function


@pytest.mark.parametrize("function", list(public_functions()), ids=lambda function: function.__qualname__)
def test_example(function: object) -> None:
    assert ">>>" in (function.__doc__ or "")
