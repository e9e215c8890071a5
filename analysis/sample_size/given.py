"""Numbers that planning is given, checked."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite

from scipy import special

from analysis.errors import AnalysisError


def z_of(confidence_level: float) -> float:
    return float(special.ndtri((1 + between_0_and_1("confidence_level", confidence_level)) / 2))


def between_0_and_1(argument: str, number: float) -> float:
    if not 0 < number < 1:
        raise AnalysisError(argument, got=f"{number:g}", expected="a number between 0 and 1")
    return number


def positive(argument: str, number: float) -> float:
    if not (isfinite(number) and number > 0):
        raise AnalysisError(argument, got=f"{number:g}", expected="a positive number")
    return number


def at_least_one(argument: str, number: float) -> float:
    if not (isfinite(number) and number >= 1):
        raise AnalysisError(argument, got=f"{number:g}", expected="a number of 1 or more")
    return number


def whole_population(number: float, argument: str = "population") -> Fraction:
    if not (isfinite(number) and number >= 1 and number == int(number)):
        raise AnalysisError(argument, got=f"{number:g}", expected="a whole number of people, 1 or more")
    return Fraction(int(number))
