"""What is known of the checks of a wave's forms: how often each is wrong on clean data. A flag is a reason to look, never a proof."""

from __future__ import annotations

#: The share of clean desks at which a check raises a flag in one wave, as docs/methodology.md measured it ("How often a flag is wrong").
FALSE_FLAGS = {
    "straight_lining": 0.0027,
    "perfect_forms": 0.0040,
    "fours_and_fives": 0.0018,
    "repeated_patterns": 0.0018,
    "burst": 0.0020,
    "silent_desk": 0.0005,
}
#: Flags that accuse a day, so that it can be marked.
OF_A_DAY = frozenset({"burst", "repeated_patterns"})
SILENT = "silent_desk"
