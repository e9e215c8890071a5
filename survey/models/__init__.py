"""The tables. Importing this package registers every one with the metadata."""

from survey.models.account import LogInAttempt, LoginSession, Role, User
from survey.models.agency import Agency, AgencySuccession
from survey.models.agency_action import AgencyAction
from survey.models.audit import AuditEntry, AuditHead
from survey.models.base import Model
from survey.models.benchmark import Benchmark
from survey.models.comment_handling import CommentHandling
from survey.models.desk import DISPLAY, KINDS, KIOSK, POSTER, Desk, DeskCode, FormerDeskField
from survey.models.feedback_case import CaseContact, FeedbackCase
from survey.models.field_watch import DeadCode, FlagReview
from survey.models.network import AgencyNetwork
from survey.models.questionnaire import QuestionnaireVersion
from survey.models.response import Comment, Response, ResponseMark
from survey.models.run_step import AnalysisJob, RunStep
from survey.models.score import LIVE, AnalysisRun, Score
from survey.models.security_key import SecurityKey
from survey.models.setting import Setting
from survey.models.slip import Slip, SlipBatch
from survey.models.tally import IS_WHOLE, Tally
from survey.models.target import Target
from survey.models.wave import Wave, WaveAgency

__all__ = [
    "DISPLAY",
    "IS_WHOLE",
    "KINDS",
    "KIOSK",
    "LIVE",
    "POSTER",
    "Agency",
    "AgencyAction",
    "AgencyNetwork",
    "AgencySuccession",
    "AnalysisJob",
    "AnalysisRun",
    "AuditEntry",
    "AuditHead",
    "Benchmark",
    "CaseContact",
    "Comment",
    "CommentHandling",
    "DeadCode",
    "Desk",
    "DeskCode",
    "FeedbackCase",
    "FlagReview",
    "FormerDeskField",
    "LogInAttempt",
    "LoginSession",
    "Model",
    "QuestionnaireVersion",
    "Response",
    "ResponseMark",
    "Role",
    "RunStep",
    "Score",
    "SecurityKey",
    "Setting",
    "Slip",
    "SlipBatch",
    "Tally",
    "Target",
    "User",
    "Wave",
    "WaveAgency",
]
