"""Planning: how many people to ask for an allowed error or to see a change, and how to divide them among agencies."""

from analysis.sample_size.allocation import AllocationMethod, allocate, allocate_levels
from analysis.sample_size.for_change import power_of_change, size_for_change
from analysis.sample_size.for_error import expected_error, planned_deff, size_for_error, yamane_size
from analysis.sample_size.size import SampleSize

__all__ = [
    "AllocationMethod",
    "SampleSize",
    "allocate",
    "allocate_levels",
    "expected_error",
    "planned_deff",
    "power_of_change",
    "size_for_change",
    "size_for_error",
    "yamane_size",
]
