"""What stands against a change of an agency or a desk: sentences by the codes of `survey.domain.agency_change.Problem`."""

from __future__ import annotations

from survey.domain.agency_change import LONGEST_NAME, Problem
from survey.domain.desk_field import LONGEST_FIELD
from survey.domain.sentence import _
from survey.services.take_back_change import LONGEST_REASON

#: `%(about)s` is the agency or the day that it is about, `%(most)s` what `most` says.
SENTENCES = {
    "merge_needs_two": _("A merger needs two agencies or more. Choose at least one more."),
    "split_needs_two": _("A split needs two new agencies or more. Give at least two names."),
    "has_an_end": _("The last day of “%(about)s” is already fixed. Its page tells what follows it."),
    "not_begun": _("The agency itself began on %(about)s. Choose a later day."),
    "answered_since": _(
        "Responses have been given there until %(about)s. They stay with that agency, so the change can only begin on a later day."
    ),
    "one_below_another": _("“%(about)s” stands below another agency of this merger and goes along with it. Leave it out."),
    "code_letters": _("A code has only letters without marks, digits, dots, hyphens and underscores."),
    "code_taken": _("There is an agency with the code “%(about)s” already. Choose another, or leave the field empty."),
    "no_name": _("Please give the Vietnamese name."),
    "long_name": _("The name is longer than %(most)s letters, or has characters that no name has."),
    "no_kind": _("Please choose what kind of agency it is."),
    "no_parent": _("Choose an agency that goes on after that day and is not below the one that changes."),
    "parent_not_there": _("“%(about)s” does not exist on that day, or its last day is already fixed."),
    "same_parent": _("It stands below “%(about)s” already. Choose another agency."),
    "lives_below": _("“%(about)s” stands below it and goes on. Move it or end it first."),
    "no_day": _("Please give the day as day, month and year."),
    "no_choice": _("Please choose what becomes of each desk and of each agency below."),
    "same_names": _("The names are the same as before. Nothing was changed."),
    "same_desk_data": _("Names and field are the same as before. Nothing was changed."),
    "long_field": _("The field is longer than %(most)s letters, or has characters that no name has."),
    "same_desk": _("This agency already has an open desk of this name. Give the desk another name."),
    "desk_closed": _("This desk is closed already. Nothing was changed."),
    "desk_open": _("This desk is open already. Nothing was changed."),
    "agency_ended": _("This agency does not exist any more. It can open no desk."),
    "no_reason": _("Please say why, in at most %(most)s letters. Nothing was changed."),
    "later_change": _("A further change is planned for “%(about)s”. Take that one back first."),
    "stands_below": _("“%(about)s” is to begin below it. Take that back first, or give it another place."),
    "above_ends": _("“%(about)s”, which stands above it, is to end as well. Take that change back first."),
    "changed_meanwhile": _("Somebody has changed these agencies in the meantime. Look at the present state, then decide again."),
}
#: What somebody has already made for an agency that is to begin, by the table in which it lies.
IN_USE = {
    "user_account": _("An account belongs to an agency that would never begin. Give the account another agency first."),
    "wave_agency": _("A wave is to ask an agency that would never begin. Take it out of the wave first."),
    "target": _("There is a target for an agency that would never begin. Take the target away first."),
    "agency_network": _("A network is entered for an agency that would never begin. Take the network away first."),
    "slip_batch": _("Slips or invitations were made for a desk that would never open. The change can no longer be taken back."),
}
_IN_USE = _("Something has already been entered for an agency that would never begin. Take it away first.")


_MOST = {"long_name": LONGEST_NAME, "long_field": LONGEST_FIELD, "no_reason": LONGEST_REASON}


def most(problem: Problem) -> int:
    """How long the text may be that is too long."""
    return _MOST.get(problem.what, 0)


def sentence(problem: Problem) -> str:
    """In the language of the source, with `%(about)s` and `%(most)s` still in it."""
    if problem.what == "in_use":
        return IN_USE.get(str(problem.about), _IN_USE)
    return SENTENCES.get(problem.what, SENTENCES["changed_meanwhile"])


def in_english(problem: Problem) -> str:
    return sentence(problem).replace("%(about)s", str(problem.about)).replace("%(most)s", str(most(problem)))
