"""What to do first: which dimensions and criteria go with the overall rating, and which of these are rated low.

All of this is association among people of one survey, not cause. It works on full forms and on short forms (one criterion of each
dimension): a person's score of a dimension is then a single rating, whose noise pulls the shares of importance towards each other.
"""

from analysis.drivers.criteria import CriterionDriver, criterion_drivers
from analysis.drivers.importance import Driver, Drivers, find_drivers
from analysis.drivers.quadrants import Priority, priorities
from analysis.drivers.scores import dimension_scores

__all__ = [
    "CriterionDriver",
    "Driver",
    "Drivers",
    "Priority",
    "criterion_drivers",
    "dimension_scores",
    "find_drivers",
    "priorities",
]
