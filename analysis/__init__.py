"""The statistics of SIPAS: numpy arrays in, frozen results out. No web, no database, no files.

Pages call `score_units` on desk-day totals; a survey analysed from single answers goes
``UnitTotals.from_ratings`` → ``Design.of`` → ``Domains.by`` → `score`. Every formula is in docs/methodology.md.
"""

from analysis.change import Change, Verdict, index_change, index_changes, mover
from analysis.covariance import index_covariance
from analysis.design import Design
from analysis.domains import Domains
from analysis.errors import AnalysisError
from analysis.index import IndexTable, index_table
from analysis.measures import OVERALL, Column, Measures
from analysis.results import Estimate, Level, Rule, Why
from analysis.rounding import half_up, percent_half_up
from analysis.scores import Scores, score, score_units
from analysis.totals import UnitTotals
from analysis.trend import Segment, index_trend
from analysis.uncertainty import DEFAULT_METHOD, METHODS, Interval, Method, effective_size, interval, pooled_design_effect

__all__ = [
    "DEFAULT_METHOD",
    "METHODS",
    "OVERALL",
    "AnalysisError",
    "Change",
    "Column",
    "Design",
    "Domains",
    "Estimate",
    "IndexTable",
    "Interval",
    "Level",
    "Measures",
    "Method",
    "Rule",
    "Scores",
    "Segment",
    "UnitTotals",
    "Verdict",
    "Why",
    "effective_size",
    "half_up",
    "index_change",
    "index_changes",
    "index_covariance",
    "index_table",
    "index_trend",
    "interval",
    "mover",
    "percent_half_up",
    "pooled_design_effect",
    "score",
    "score_units",
]
