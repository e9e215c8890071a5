"""What stands against a change of an agency or a desk, in words for beside the field."""

from __future__ import annotations

from datetime import date

from survey.domain.agency_change import Problem
from survey.i18n import day, gettext


def why(problem: Problem) -> str:
    about = day(problem.about) if isinstance(problem.about, date) else problem.about
    words = {
        "merge_needs_two": gettext("A merger needs two agencies or more. Choose at least one more."),
        "split_needs_two": gettext("A split needs two new agencies or more. Give at least two names."),
        "has_an_end": gettext("The last day of “%(about)s” is already fixed. Its page tells what follows it."),
        "not_begun": gettext("The agency itself began on %(about)s. Choose a later day."),
        "answered_since": gettext(
            "Responses have been given there until %(about)s. They stay with that agency, so the change can only begin on a later day."
        ),
        "one_below_another": gettext("“%(about)s” stands below another agency of this merger and goes along with it. Leave it out."),
        "code_letters": gettext("A code has only letters without marks, digits, dots, hyphens and underscores."),
        "code_taken": gettext("There is an agency with the code “%(about)s” already. Choose another, or leave the field empty."),
        "no_name": gettext("Please give the Vietnamese name."),
        "long_name": gettext("The name is longer than 200 letters, or has characters that no name has."),
        "no_kind": gettext("Please choose what kind of agency it is."),
        "no_parent": gettext("Choose an agency that goes on after that day and is not below the one that changes."),
        "parent_not_there": gettext("“%(about)s” does not exist on that day, or its last day is already fixed."),
        "same_parent": gettext("It stands below “%(about)s” already. Choose another agency."),
        "lives_below": gettext("“%(about)s” stands below it and goes on. Move it or end it first."),
        "no_day": gettext("Please give the day as day, month and year."),
        "no_choice": gettext("Please choose what becomes of each desk and of each agency below."),
        "same_names": gettext("The names are the same as before. Nothing was changed."),
        "same_desk": gettext("This agency already has an open desk of this name. Give the desk another name."),
        "desk_closed": gettext("This desk is closed already. Nothing was changed."),
        "desk_open": gettext("This desk is open already. Nothing was changed."),
        "agency_ended": gettext("This agency does not exist any more. It can open no desk."),
        "no_reason": gettext("Please say why, in at most 200 letters. Nothing was changed."),
        "later_change": gettext("A further change is planned for “%(about)s”. Take that one back first."),
        "stands_below": gettext("“%(about)s” is to begin below it. Take that back first, or give it another place."),
        "above_ends": gettext("“%(about)s”, which stands above it, is to end as well. Take that change back first."),
        "in_use": _in_use(str(problem.about)),
        "changed_meanwhile": gettext("Somebody has changed these agencies in the meantime. Look at the present state, then decide again."),
    }
    return words.get(problem.what, words["changed_meanwhile"]).replace("%(about)s", str(about))


def _in_use(table: str) -> str:
    """What somebody has already made for an agency that is to begin, by the table in which it lies."""
    words = {
        "user_account": gettext("An account belongs to an agency that would never begin. Give the account another agency first."),
        "wave_agency": gettext("A wave is to ask an agency that would never begin. Take it out of the wave first."),
        "target": gettext("There is a target for an agency that would never begin. Take the target away first."),
        "agency_network": gettext("A network is entered for an agency that would never begin. Take the network away first."),
        "slip_batch": gettext("Slips or invitations were made for a desk that would never open. The change can no longer be taken back."),
    }
    return words.get(table) or gettext("Something has already been entered for an agency that would never begin. Take it away first.")
