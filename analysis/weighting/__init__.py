"""Weights that meet known population counts, and what that does to the variance of an index.

`post_stratify`, `rake` and `calibrate` give a `Calibration`: new weights, a report of how they came about, and the projection
that takes the known counts into account when a variance is computed; `calibrated_index_table` applies it.
"""

from analysis.weighting.calibration import calibrate, post_stratify
from analysis.weighting.raking import rake
from analysis.weighting.result import Calibration, WeightReport
from analysis.weighting.variance import calibrated_index_table

__all__ = [
    "Calibration",
    "WeightReport",
    "calibrate",
    "calibrated_index_table",
    "post_stratify",
    "rake",
]
