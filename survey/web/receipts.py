"""The citizen's page for a receipt code: what was written, what the agency answers, and the ways to be reached or to withdraw it.

The code is sent in the body of a POST alone, never in an address, so that neither a log nor the browser's history keeps it; no page
is stored (survey.web.headers). There is no cookie: each step sends the code again, and whoever has it may read and erase the case.

Can a code be guessed? It holds 48 random bits, one of 2.8·10¹⁴. With 10,000 cases kept, one guess in 2.8·10¹⁰ opens any of them: at
1,000 guesses a second, more than one server answers, 326 days; from one address, which nginx allows 20 a second, 45 years. What one
then reads is a comment without a name: the page tells only that a contact is kept, never which. Nothing can be tried at home, for
what is stored is a hash with a key (decision 0064 does the same sum for slips).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app, render_template, request

from survey.database import db
from survey.domain.feedback_case import CONTACT_KEPT_FOR, LONGEST_CONTACT, UNANSWERED_KEPT_FOR, WITHDRAWN, WORDS_KEPT_FOR
from survey.domain.receipt_code import RECEIPT_DIGITS, receipt_digest, receipt_key
from survey.domain.slip_code import in_groups, is_whole, read_code
from survey.errors import Conflict, Invalid
from survey.queries.receipt import find_receipt
from survey.services.leave_contact import forget_contact, leave_contact
from survey.services.withdraw_case import withdraw_case
from survey.settings import today
from survey.web.citizen import blueprint
from survey.web.citizen_form import Page

__all__ = ["blueprint"]


@dataclass(frozen=True)
class Done:
    """What a step has come to, for the page to say: `told` of what was done, or what is `wrong` with the contact that was `typed`."""

    told: str = ""
    wrong: str = ""
    typed: str = ""


@blueprint.get("/r")
def ask_receipt() -> str:
    return _ask()


@blueprint.post("/r")
def open_receipt() -> Page:
    typed = request.form.get("code", "")
    code = read_code(typed)
    if not is_whole(code, RECEIPT_DIGITS):
        return _ask(typed), 422 if typed else 200
    secret = current_app.config["SETTINGS"].secret_key
    digest = receipt_digest(code, receipt_key(secret))
    case = find_receipt(db.session, digest, today=today())
    if case is None:
        return _ask(typed, unknown=True), 404
    step = request.form.get("do", "")
    if step == "withdraw" and case.state != WITHDRAWN:
        return render_template("citizen/withdraw.html", code=code)
    done = _STEPS[step](digest, secret) if step in _STEPS else Done()
    return _show(code, digest, done), 422 if done.wrong else 200


def _leave(digest: str, secret: str) -> Done:
    typed = request.form.get("contact", "")
    try:
        leave_contact(db.session, digest, typed, secret=secret, today=today())
    except Invalid:
        return Done(wrong="contact", typed=typed[:LONGEST_CONTACT])
    except Conflict:  # it was withdrawn meanwhile, or is long answered: the page tells its state
        return Done(wrong="late")
    return Done(told="left")


def _forget(digest: str, _: str) -> Done:
    forget_contact(db.session, digest)
    return Done(told="forgotten")


def _withdraw(digest: str, _: str) -> Done:
    withdraw_case(db.session, digest)
    return Done(told=WITHDRAWN)


#: What the buttons of the page do; any other word shows the page and no more.
_STEPS: dict[str, Callable[[str, str], Done]] = {"contact": _leave, "forget": _forget, "erase": _withdraw}


def _show(code: str, digest: str, done: Done) -> str:
    case = find_receipt(db.session, digest, today=today())
    kept = {
        "contact_days": CONTACT_KEPT_FOR,
        "word_days": WORDS_KEPT_FOR,
        "unanswered_days": UNANSWERED_KEPT_FOR,
        "longest": LONGEST_CONTACT,
    }
    return render_template("citizen/receipt.html", case=case, code=code, grouped=in_groups(code), done=done, **kept)


def _ask(typed: str = "", *, unknown: bool = False) -> str:
    count = len(read_code(typed))
    return render_template("citizen/ask_receipt.html", typed=typed, count=count, unknown=unknown, digits=RECEIPT_DIGITS)
