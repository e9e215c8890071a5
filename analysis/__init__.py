"""The statistics of SIPAS: numpy arrays in, frozen results out. No web, no database, no files.

Pages call `score_units` on desk-day totals; a survey analysed from single answers goes
``UnitTotals.from_ratings`` → ``Design.of`` → ``Domains.by`` → `score`. Every formula is in docs/methodology.md.
"""

from analysis import quality
from analysis.alarm import AlarmChart, AlarmPoint, ControlLimit, alarm_chart, control_limit
from analysis.change import Change, Verdict, index_change, index_changes, mover
from analysis.comparison import Comparison, compare, compare_domains, covariance_with_whole, indistinguishable
from analysis.covariance import index_covariance
from analysis.design import Design
from analysis.domains import Domains
from analysis.drivers import (
    CriterionDriver,
    Driver,
    Drivers,
    Priority,
    criterion_drivers,
    dimension_scores,
    find_drivers,
    priorities,
)
from analysis.errors import AnalysisError
from analysis.estimates import interval_variance
from analysis.funnel import (
    FUNNEL_METHODS,
    FunnelMethod,
    FunnelPoint,
    Overdispersion,
    Position,
    funnel_limits,
    funnel_points,
    overdispersion,
)
from analysis.index import IndexTable, index_table
from analysis.measures import OVERALL, Column, Measures
from analysis.moments import Moments, moments_table
from analysis.moments_covariance import moments_covariance
from analysis.ranking import RankSets, rank_sets
from analysis.regression import Coefficient, Regression, logistic_regression, ordinal_regression
from analysis.reliability import ItemStatistics, Reliability, dimension_reliability, item_statistics
from analysis.response import (
    ModeAnswers,
    PartialIndicator,
    Representativity,
    ResponseRate,
    answers_by_mode,
    representativity,
    response_rates,
)
from analysis.results import Estimate, Level, Rule, Why
from analysis.rounding import half_up, percent_half_up
from analysis.sample_size import (
    SampleSize,
    allocate,
    allocate_levels,
    expected_error,
    planned_deff,
    power_of_change,
    size_for_change,
    size_for_error,
    yamane_size,
)
from analysis.scores import Scores, score, score_moments, score_units
from analysis.selection import Draw, Reserve, Selected, draw_multistage, draw_simple, draw_stratified, draw_systematic
from analysis.shrinkage import Shrinkage, Shrunken, pooled_variance, shrink
from analysis.totals import UnitTotals
from analysis.trend import Segment, index_trend
from analysis.uncertainty import DEFAULT_METHOD, METHODS, Interval, Method, effective_size, interval, pooled_design_effect
from analysis.weighting import Calibration, WeightReport, calibrate, calibrated_index_table, post_stratify, rake

__all__ = [
    "DEFAULT_METHOD",
    "FUNNEL_METHODS",
    "METHODS",
    "OVERALL",
    "AlarmChart",
    "AlarmPoint",
    "AnalysisError",
    "Calibration",
    "Change",
    "Coefficient",
    "Column",
    "Comparison",
    "ControlLimit",
    "CriterionDriver",
    "Design",
    "Domains",
    "Draw",
    "Driver",
    "Drivers",
    "Estimate",
    "FunnelMethod",
    "FunnelPoint",
    "IndexTable",
    "Interval",
    "ItemStatistics",
    "Level",
    "Measures",
    "Method",
    "ModeAnswers",
    "Moments",
    "Overdispersion",
    "PartialIndicator",
    "Position",
    "Priority",
    "RankSets",
    "Regression",
    "Reliability",
    "Representativity",
    "Reserve",
    "ResponseRate",
    "Rule",
    "SampleSize",
    "Scores",
    "Segment",
    "Selected",
    "Shrinkage",
    "Shrunken",
    "UnitTotals",
    "Verdict",
    "WeightReport",
    "Why",
    "alarm_chart",
    "allocate",
    "allocate_levels",
    "answers_by_mode",
    "calibrate",
    "calibrated_index_table",
    "compare",
    "compare_domains",
    "control_limit",
    "covariance_with_whole",
    "criterion_drivers",
    "dimension_reliability",
    "dimension_scores",
    "draw_multistage",
    "draw_simple",
    "draw_stratified",
    "draw_systematic",
    "effective_size",
    "expected_error",
    "find_drivers",
    "funnel_limits",
    "funnel_points",
    "half_up",
    "index_change",
    "index_changes",
    "index_covariance",
    "index_table",
    "index_trend",
    "indistinguishable",
    "interval",
    "interval_variance",
    "item_statistics",
    "logistic_regression",
    "moments_covariance",
    "moments_table",
    "mover",
    "ordinal_regression",
    "overdispersion",
    "percent_half_up",
    "planned_deff",
    "pooled_design_effect",
    "pooled_variance",
    "post_stratify",
    "power_of_change",
    "priorities",
    "quality",
    "rake",
    "rank_sets",
    "representativity",
    "response_rates",
    "score",
    "score_moments",
    "score_units",
    "shrink",
    "size_for_change",
    "size_for_error",
    "yamane_size",
]
