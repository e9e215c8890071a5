"""What is stored of a citizen, field by field, as the page on privacy tells it: read from the tables, so that it cannot leave one out."""

from __future__ import annotations

from survey.i18n import gettext
from survey.models import CaseContact, Comment, FeedbackCase, Model, Response, ResponseMark


def kept_of_response() -> list[str]:
    return _told(Response, {
        "id": gettext("a random number made from that of the form, without time or order; by it a form that is sent twice is counted once"),
        "wave_id": gettext("which survey it belongs to"),
        "desk_id": gettext("which desk was rated"),
        "responded_on": gettext("the day, never the time of day"),
        "mode": gettext("how the form was opened: QR code, slip, tablet at the desk, invitation or paper"),
        "language": gettext("the language of the form"),
        "form": gettext("which of the short forms was shown, or the full one"),
        "ratings": gettext("your ratings"),
        "answers": gettext("what you chose to answer to the other questions"),
        "marked": gettext("whether the response is marked as doubtful; results are shown with and without such responses"),
        "helped": gettext("whether someone helped you fill it in, if you said so, but not who"),
        "from_own_network": gettext("yes or no: whether it was sent over the office's own network; the address is not kept"),
        "answering_time": gettext("how long answering took, in four classes from under 15 seconds to over 5 minutes, if the phone told it"),
    })  # fmt: skip


def kept_of_comment() -> list[str]:
    return _told(Comment, {
        "id": gettext("a random number of its own, unlike that of the response"),
        "wave_id": gettext("which survey it belongs to"),
        "agency_id": gettext("which agency it is for"),
        "text": gettext("the words you wrote"),
        "readable": gettext("whether five comments have come together, before which nobody at the agency can read any"),
    })  # fmt: skip


def kept_of_case() -> list[str]:
    return _told(FeedbackCase, {
        "id": gettext("a random number of its own, unlike that of the response"),
        "digest": gettext("a scrambled form of the receipt code, by which the code can be recognised and not read"),
        "agency_id": gettext("which agency it is for"),
        "week_on": gettext("a week, never the day"),
        "readable": gettext("whether the agency may read it already: from the Monday after, once five responses have come together"),
        "text": gettext("the words you wrote"),
        "state": gettext("whether it waits, is being worked on, has been answered, or was taken back by you"),
        "answer": gettext("what the agency answered"),
        "answered_on": gettext("the day of the answer"),
    })  # fmt: skip


def kept_of_contact() -> list[str]:
    return _told(CaseContact, {
        "case_id": gettext("the number of that comment"),
        "sealed": gettext("the telephone number or e-mail address you left: locked with a key that is not in the database"),
    })  # fmt: skip


def kept_of_mark() -> list[str]:
    return _told(ResponseMark, {
        "id": gettext("a random number of the mark"),
        "response_id": gettext("the number of the response"),
        "reason": gettext("why it is doubtful, for example that many were sent one after another"),
        "marked_by": gettext("who marked it: a member of staff, or the system"),
        "marked_on": gettext("the day of the mark"),
        "lifted_by": gettext("who lifted the mark, if it was wrong"),
        "lifted_on": gettext("the day on which it was lifted"),
        "lifted_reason": gettext("why it was lifted"),
    })  # fmt: skip


def _told(table: type[Model], sentences: dict[str, str]) -> list[str]:
    """One sentence for each column. A column without one is an error, which a test finds before a citizen does."""
    return [sentences[column.key] for column in table.__table__.columns]
