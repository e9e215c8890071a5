"""What is found in the field, in whole sentences: the evidence of a flag, how often it is wrong, and what to do. Never an accusation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import floor, log10

from survey.domain.quality import FALSE_FLAGS, SECONDS_PER_ANSWER
from survey.i18n import day, gettext, language, ngettext, number, percent
from survey.queries.field_watch import AgencyWatch, FieldWatch
from survey.queries.quality_flags import QualityFlag
from survey.queries.watched_desks import DeadCodeWatch, DeskWatch

#: The height of a strip of days; its width is three for each day.
STRIP_HEIGHT, DAY_WIDTH = 24, 3


def strip(days: Sequence[int]) -> str:
    """One stroke for each day, as the path of an SVG; a day without a response has none."""
    most = max(days, default=0) or 1
    return "".join(
        f"M{DAY_WIDTH * place + 1.5:g} {STRIP_HEIGHT}V{STRIP_HEIGHT - max(2, STRIP_HEIGHT * count / most):.3g}"
        for place, count in enumerate(days)
        if count
    )


def concerns(agency: AgencyWatch) -> list[str]:
    """Why the agency needs a look, each reason in one short sentence."""
    names = {desk.id: desk.name(language()) for desk in agency.desks}
    found = [gettext("%(desk)s: no valid QR code.", desk=desk.name(language())) for desk in agency.without_code]
    found += [old_code(dead) for dead in agency.dead_codes]
    found += [silence(desk) for desk in agency.silent]
    found += [unused(desk) for desk in agency.unused]
    found += [_in_short(flag, names.get(flag.desk_id, "")) for flag in agency.open_flags]
    if agency.far_fewer and agency.share is not None:
        found.append(gettext("Only %(share)s of the expected responses have come.", share=percent(agency.share, 0)))
    return found


def silence(desk: DeskWatch) -> str:
    if desk.last_on is None:
        return gettext("%(desk)s: no response since the wave began.", desk=desk.name(language()))
    return gettext(
        "%(desk)s: no response on the last %(days)s open days, the newest came on %(day)s.",
        desk=desk.name(language()), days=number(desk.silent_days), day=day(desk.last_on),
    )  # fmt: skip


def old_code(dead: DeadCodeWatch) -> str:
    return ngettext(
        "An old code of %(desk)s is still scanned: at least %(num)s time in two weeks, last on %(day)s. A poster with it may still hang.",
        "An old code of %(desk)s is still scanned: at least %(num)s times in two weeks, last on %(day)s. A poster with it may still hang.",
        dead.count, desk=dead.name(language()), day=day(dead.last_on),
    )  # fmt: skip


def unused(desk: DeskWatch) -> str:
    return gettext(
        "%(desk)s: nobody has answered by the QR code since it was issued on %(day)s.",
        desk=desk.name(language()), day=day(desk.unused_since or date.min),
    )  # fmt: skip


def _in_short(flag: QualityFlag, desk: str) -> str:
    words = {"desk": desk, "observed": number(flag.observed), "expected": number(flag.expected), "n": number(flag.n)}
    if flag.flag == "burst" and flag.day:
        return gettext("%(desk)s, %(day)s: %(observed)s responses, usually about %(expected)s.", day=day(flag.day), **words)
    if flag.flag == "repeated_patterns" and flag.day:
        return gettext("%(desk)s, %(day)s: %(observed)s of %(n)s forms are the same in every answer.", day=day(flag.day), **words)
    if flag.flag == "too_fast":
        return gettext("%(desk)s: %(observed)s of %(n)s forms were filled in faster than they can be read.", **words)
    return gettext("%(desk)s: %(observed)s of %(n)s forms are of one kind.", **words)


def heading(flag: str) -> str:
    """What a kind of finding is called; one without words as it stands."""
    return headings().get(flag, flag)


def headings() -> dict[str, str]:
    return {
        "burst": gettext("Far more responses than usual on one day"),
        "repeated_patterns": gettext("The same form again and again"),
        "straight_lining": gettext("One and the same level for everything"),
        "perfect_forms": gettext("The highest level for everything"),
        "fours_and_fives": gettext("Nothing but the two highest levels, mixed"),
        "too_fast": gettext("Filled in faster than the form can be read"),
        "silent_desk": gettext("A long silence"),
    }


def evidence(flag: QualityFlag) -> str:
    """What was found, what clean data would give, and how rare so much is there."""
    words = {"observed": number(flag.observed), "expected": number(flag.expected), "n": number(flag.n)}
    if flag.flag == "burst" and flag.day:
        found = gettext("%(observed)s responses came on %(day)s; on such a day this desk usually has about %(expected)s.",
                        day=day(flag.day), **words)  # fmt: skip
    elif flag.flag == "repeated_patterns" and flag.day:
        found = gettext("%(observed)s of the %(n)s forms of %(day)s are the same in every answer; by chance about %(expected)s would be.",
                        day=day(flag.day), **words)  # fmt: skip
    elif flag.flag == "silent_desk":
        found = gettext("On %(observed)s open days in a row no response came; usually the longest silence is about %(expected)s days.",
                        **words)  # fmt: skip
    else:
        found = _of_one_kind(flag, words)
    return f"{found} {rareness(flag.p_value)}"


def _of_one_kind(flag: QualityFlag, words: dict[str, str]) -> str:
    if flag.flag == "too_fast":
        return " ".join([
            gettext(
                "%(observed)s of the %(n)s forms whose time is known took under %(seconds)s seconds an answer; "
                "if people were as fast here as at the other desks, about %(expected)s would have.",
                seconds=number(SECONDS_PER_ANSWER), **words,
            ),
            *([_unknown_times(flag.unknown)] if flag.unknown else []),
        ])  # fmt: skip
    if flag.flag == "perfect_forms":
        return gettext(
            "%(observed)s of %(n)s forms give the highest level to everything; by its ratings about %(expected)s were to be expected.",
            **words,
        )
    if flag.flag == "fours_and_fives":
        return gettext(
            "%(observed)s of %(n)s forms hold both of the two highest levels and nothing else; about %(expected)s were to be expected.",
            **words,
        )
    return gettext(
        "%(observed)s of %(n)s forms give one and the same level to everything; about %(expected)s were to be expected.", **words
    )


def _unknown_times(count: int) -> str:
    return ngettext(
        "Of %(num)s more form the phone did not tell the time; it is not counted here.",
        "Of %(num)s more forms the phone did not tell the time; they are not counted here.",
        count,
    )  # fmt: skip


def about_speed() -> str:
    """What the table of answering times holds."""
    return gettext(
        "Of a form only a coarse class of the answering time is kept, where the phone tells it. Too fast is under %(seconds)s seconds an "
        "answer. Some honest people are that fast; what counts is whether they are more than at the other desks.",
        seconds=number(SECONDS_PER_ANSWER),
    )


def rareness(p_value: float) -> str:
    """The probability under clean data as people say it: less than one of so many, rounded to the safe side."""
    one_of = min(1 / max(p_value, 1e-6), 1e6)
    digits = 10 ** floor(log10(one_of))
    return gettext("In clean data so much happens in fewer than 1 of %(count)s cases.", count=number(floor(one_of / digits) * digits))


def how_often_wrong(flag: QualityFlag) -> str:
    return gettext(
        "Without anything being wrong, this check speaks up at about %(share)s of the desks of a wave (measured on simulated data).",
        share=percent(FALSE_FLAGS[flag.flag]),
    )


def what_to_do(flag: QualityFlag) -> str:
    if flag.flag == "burst":
        return gettext("Ask the agency what happened on that day: a campaign or a full hall explains it. If nothing does, mark the day.")
    if flag.flag == "too_fast":
        return gettext(
            "Ask who held the phone or the tablet on the days named here: whoever fills in forms for others does not read them. "
            "If nothing explains it, mark these days."
        )
    if flag.flag == "silent_desk":
        return gettext("Ask whether the code still hangs at the desk, the screen is on, and people are told of it.")
    if flag.flag == "repeated_patterns":
        return gettext(
            "Ask who was at the desk on that day and whether somebody filled in forms for others. If nothing explains it, mark the day."
        )
    return gettext(
        "Look at the days named here and ask the agency how the forms were filled in. If nothing explains them, mark these days."
    )


def summary(watch: FieldWatch) -> str:
    if not watch.agencies:
        return gettext("There is nothing to watch yet: nobody was asked, and nothing has come in.")
    concerned, every = len(watch.concerned), number(len(watch.agencies))
    if not concerned:
        return gettext("Nothing needs a look: all %(count)s agencies go as expected.", count=every)
    return ngettext("%(num)s of %(every)s agencies needs a look.", "%(num)s of %(every)s agencies need a look.", concerned, every=every)


def counted(watch: FieldWatch) -> list[str]:
    """How many there are of each thing that needs a look, those that there are none of left out."""
    silent = sum(len(agency.silent) for agency in watch.agencies)
    without = sum(len(agency.without_code) for agency in watch.agencies)
    dead = sum(len(agency.dead_codes) for agency in watch.agencies)
    unused_codes = sum(len(agency.unused) for agency in watch.agencies)
    flags = sum(len(agency.open_flags) for agency in watch.agencies)
    fewer = sum(agency.far_fewer for agency in watch.agencies)
    found = [
        (silent, ngettext("%(num)s silent desk", "%(num)s silent desks", silent)),
        (without, ngettext("%(num)s desk without a valid QR code", "%(num)s desks without a valid QR code", without)),
        (dead, ngettext("%(num)s desk whose old code is still scanned", "%(num)s desks whose old code is still scanned", dead)),
        (unused_codes, ngettext("%(num)s QR code that nobody uses", "%(num)s QR codes that nobody uses", unused_codes)),
        (flags, ngettext("%(num)s unusual finding", "%(num)s unusual findings", flags)),
        (
            fewer,
            ngettext(
                "%(num)s agency with far fewer responses than expected", "%(num)s agencies with far fewer responses than expected", fewer
            ),
        ),
    ]
    return [words for count, words in found if count]
