"""The errors of `analysis`: AnalysisError ─ a function was given something that it cannot work with."""

from __future__ import annotations


class AnalysisError(ValueError):
    """An argument that cannot be used: names the argument, what it held and what was expected.

    A statistic that cannot be told is never an error: it is a result with a reason (`Estimate.why`).

    Parameters
    ----------
    argument : str
        Name of the offending argument, as in the signature.
    got, expected : str
        What it held, and what would have been right.
    row : int or None
        Index of the first offending row, where one row is to blame.

    Examples
    --------
    >>> str(AnalysisError("weights", got="-1.0", expected="positive numbers", row=3))
    'weights: got -1.0 in row 3, expected positive numbers'
    """

    def __init__(self, argument: str, *, got: str, expected: str, row: int | None = None) -> None:
        where = "" if row is None else f" in row {row}"
        super().__init__(f"{argument}: got {got}{where}, expected {expected}")
        self.argument = argument
        self.got = got
        self.expected = expected
        self.row = row
