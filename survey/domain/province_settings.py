"""What a province may set in the browser: a short table of names with safe defaults and bounds. All else is the method or the machine's."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from survey.domain.disclosure import BATCH
from survey.errors import Invalid, NotFound

Value = str | int | bool


@dataclass(frozen=True)
class ProvinceSettings:
    """Each with its default."""

    #: As it stands after "Ủy ban nhân dân" in the head of a report and on the page on privacy.
    province_vi: str = "tỉnh Tuyên Quang"
    province_en: str = "Tuyên Quang Province"
    #: Before the date of a report.
    place: str = "Tuyên Quang"
    #: Whom to turn to with questions on personal data.
    privacy_contact: str = ""
    #: Whether the citizen's form has a field for words of one's own.
    comments_offered: bool = True
    #: So many new responses of a desk are awaited before live numbers move.
    live_step: int = BATCH

    @property
    def live_batches(self) -> int:
        """The step in batches of the smallest size: then the moments at which numbers move are some of those of the smallest step,
        and no change of the setting can show fewer people than `BATCH`."""
        return self.live_step // BATCH


DEFAULTS: dict[str, Value] = asdict(ProvinceSettings())
NAMES = tuple(DEFAULTS)
#: Texts that may be left empty, and how long others may be.
_MAY_BE_EMPTY = frozenset({"privacy_contact"})
LONGEST = 200
#: The numbers that one may choose from: never less than what is safe.
CHOICES: dict[str, tuple[int, ...]] = {"live_step": tuple(range(BATCH, 10 * BATCH + 1, BATCH))}


def check(name: str, typed: str) -> Value:
    """The value that was typed; `Invalid` with a code where it is none that this setting can have."""
    default = default_of(name)
    if isinstance(default, bool):
        return _one_of(typed, {"yes": True, "no": False})
    if isinstance(default, int):
        return _one_of(typed, {str(number): number for number in CHOICES[name]})
    return _text(name, typed)


def default_of(name: str) -> Value:
    if name not in DEFAULTS:
        raise NotFound(f"There is no setting {name!r}.")
    return DEFAULTS[name]


def with_stored(stored: dict[str, Any]) -> ProvinceSettings:
    """The defaults, but for what is stored. What is stored under a name that is gone does no harm."""
    return ProvinceSettings(**{field.name: stored[field.name] for field in fields(ProvinceSettings) if field.name in stored})


def _text(name: str, typed: str) -> str:
    text = " ".join(typed.split())
    if not text and name not in _MAY_BE_EMPTY:
        raise Invalid("Something must stand here.", code="empty")
    if len(text) > LONGEST or not text.isprintable():
        raise Invalid(f"At most {LONGEST} letters.", code="too_long")
    return text


def _one_of(typed: str, values: dict[str, Any]) -> Any:
    if typed not in values:
        raise Invalid(f"{typed!r} is none of {', '.join(values)}.", code="not_offered")
    return values[typed]
