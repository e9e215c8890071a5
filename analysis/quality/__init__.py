"""Can the data be believed? Checks of a wave's forms, days, paper counts and modes; each flag is a reason to look, never a proof.

Each check answers with one frozen `Flag` a unit: what was found, what clean data would give, and how improbable that is. What each finds
and how often it is wrong on clean data is measured by benchmarks/quality.py and stands in docs/methodology.md. Nothing is ever left out
of a result because of a flag.
"""

from analysis.quality.days import bursts, silent_desks
from analysis.quality.flag import Flag, FlagName, Why, any_flag
from analysis.quality.forms import fours_and_fives, perfect_forms, straight_lining, too_fast
from analysis.quality.model import RatingModel
from analysis.quality.modes import mode_differences
from analysis.quality.paper import last_digits, repeated_batches, round_counts
from analysis.quality.patterns import repeated_patterns

__all__ = [
    "Flag",
    "FlagName",
    "RatingModel",
    "Why",
    "any_flag",
    "bursts",
    "fours_and_fives",
    "last_digits",
    "mode_differences",
    "perfect_forms",
    "repeated_batches",
    "repeated_patterns",
    "round_counts",
    "silent_desks",
    "straight_lining",
    "too_fast",
]
