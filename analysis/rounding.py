"""Rounding half up: once, when a number is shown (design 4.4)."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

#: Shares carry far more than 13 true decimals; what lies beyond is the noise of binary floating point.
SNAP = Decimal("1e-13")
_WIDE = Context(prec=60)


def half_up(value: float | Fraction | Decimal, *, decimals: int = 2) -> Decimal:
    """Round half up (away from zero), so that 80.075 becomes 80.08 and 3.125 becomes 3.13.

    A fraction is rounded exactly. A float is first brought to 13 decimals, because a true tie such as 0.12345 has no
    exact binary value: binary noise of a few 1e-16 must not decide. An index y/x of whole numbers x < 10^8 lies
    either on a tie or at least 1/(20000 x) > 1e-13 away from it, so its float is rounded as the exact fraction is.

    Parameters
    ----------
    value : float, Fraction or Decimal
        Finite number; for floats |value| < 10^3 keeps the promise above.
    decimals : int
        Decimals to keep.

    Returns
    -------
    Decimal
        With exactly `decimals` decimals.

    Examples
    --------
    >>> half_up(0.12345, decimals=4)
    Decimal('0.1235')
    >>> half_up(Fraction(1, 8), decimals=2)
    Decimal('0.13')
    """
    step = Decimal(1).scaleb(-decimals)
    if isinstance(value, Fraction):
        return _fraction_half_up(value, decimals=decimals)
    exact = value if isinstance(value, Decimal) else Decimal(value).quantize(SNAP, rounding=ROUND_HALF_EVEN, context=_WIDE)
    return exact.quantize(step, rounding=ROUND_HALF_UP, context=_WIDE)


def percent_half_up(share: float | Fraction, *, decimals: int = 2) -> Decimal:
    """A share between 0 and 1 as a percentage, rounded half up.

    Examples
    --------
    >>> percent_half_up(0.03125)
    Decimal('3.13')
    """
    return half_up(share, decimals=decimals + 2).scaleb(2)


def _fraction_half_up(value: Fraction, *, decimals: int) -> Decimal:
    scaled = abs(value) * 10**decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-decimals, context=_WIDE)
