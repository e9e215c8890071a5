"""How far an index speaks for all who came, in words."""

from __future__ import annotations

from collections.abc import Mapping

from survey.i18n import gettext, ngettext, percent


def in_full(modes: Mapping[str, int], mode: str, *, sampled: bool) -> str:
    """How far the index speaks for all who came: by what way its responses arrived."""
    share = percent(modes[mode] / sum(modes.values()), 0)
    if sampled:
        return gettext("The people were drawn at random; %(share)s of the responses of this wave came this way.", share=share)
    if mode == "slip":
        return gettext("%(share)s of the responses of this wave came with a single-use slip, so each from one visit.", share=share)
    return gettext(
        "%(share)s of the responses of this wave came this way; whoever comes may answer, this is no random sample.", share=share
    )


def in_short(mode: str, *, sampled: bool, marked: int, waiting: int) -> str:
    """The same for the first look: who answered, how many responses are suspicious, and how many the index does not hold yet."""
    if sampled:
        who = gettext("The people were drawn at random")
    elif mode == "slip":
        who = gettext("Each response comes from one visit")
    else:  # both together would want a line more than a phone has
        who = gettext("Not a random sample") if waiting else gettext("Not a random sample: whoever comes may answer")
    suspicious = (
        ngettext("%(num)s response is suspicious", "%(num)s responses are suspicious", marked)
        if marked
        else gettext("no response is suspicious")
    )
    parts = [who, suspicious]
    if waiting:
        parts.append(ngettext("%(num)s new response is not counted yet", "%(num)s new responses are not counted yet", waiting))
    return f"{'; '.join(parts)}."
