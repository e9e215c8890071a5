"""Every example in a docstring of `analysis` runs and prints what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from types import FunctionType

import pytest

import analysis

MODULES = ("analysis", *(module.name for module in pkgutil.walk_packages(analysis.__path__, "analysis.")))


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_public_functions_have_an_example_that_runs() -> None:
    finder = doctest.DocTestFinder()
    functions = [thing for name in analysis.__all__ if isinstance(thing := getattr(analysis, name), FunctionType)]
    without = [f.__name__ for f in functions if not any(test.examples for test in finder.find(f, f.__name__))]
    assert functions
    assert without == []
