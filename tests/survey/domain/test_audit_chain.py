from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from survey.domain.audit_chain import CHANGED, INSERTED, MISSING, NOTHING_BEFORE, Entry, Fault, find_faults

Stored = list[tuple[Entry, str]]


def chain(length: int) -> Stored:
    found: Stored = []
    for number in range(1, length + 1):
        previous = found[-1][1] if found else NOTHING_BEFORE
        at, after = f"2026-11-22T08:30:{number:02}.000000Z", '{"state":"closed"}'
        entry = Entry(number, at, "a@b.vn", "wave_closed", f"wave {number}", None, after, previous)
        found.append((entry, entry.sha256))
    return found


def faults(stored: Stored, last: tuple[int, str]) -> list[Fault]:
    return list(find_faults(stored, last=last))


def end(stored: Stored) -> tuple[int, str]:
    return (len(stored), stored[-1][1]) if stored else (0, NOTHING_BEFORE)


@given(st.integers(0, 20))
def test_a_chain_as_it_was_written_has_no_fault(length: int) -> None:
    whole = chain(length)
    assert faults(whole, end(whole)) == []


@given(st.integers(1, 12), st.data(), st.sampled_from(["at", "who", "action", "subject", "before", "after"]))
def test_a_changed_entry_is_named_even_when_its_hash_was_made_anew(length: int, data: st.DataObject, column: str) -> None:
    whole = chain(length)
    place = data.draw(st.integers(0, length - 1))
    forged = replace(whole[place][0], **{column: "something else"})
    for its_hash in (whole[place][1], forged.sha256):
        stored = [*whole[:place], (forged, its_hash), *whole[place + 1 :]]
        assert faults(stored, end(whole)) == [Fault(place + 1, CHANGED)]


@given(st.integers(1, 12), st.data())
def test_a_missing_entry_is_named_wherever_it_stood(length: int, data: st.DataObject) -> None:
    whole = chain(length)
    gone = data.draw(st.integers(0, length - 1))
    assert faults([*whole[:gone], *whole[gone + 1 :]], end(whole)) == [Fault(gone + 1, MISSING)]


def test_an_emptied_log_misses_every_entry() -> None:
    assert faults([], end(chain(3))) == [Fault(1, MISSING), Fault(2, MISSING), Fault(3, MISSING)]


def test_an_entry_before_the_first_or_behind_the_end_was_inserted() -> None:
    whole = chain(3)
    before, behind = replace(whole[0][0], number=0), replace(whole[2][0], number=4, previous_sha256=whole[2][1])
    stored = [(before, before.sha256), *whole, (behind, behind.sha256)]
    assert faults(stored, end(whole)) == [Fault(0, INSERTED), Fault(4, INSERTED)]


def test_an_entry_that_took_the_place_of_another_is_a_changed_one() -> None:
    whole = chain(4)
    put_in = replace(whole[1][0], subject="never happened")
    moved = [(replace(entry, number=entry.number + 1), its_hash) for entry, its_hash in whole[1:]]
    found = faults([whole[0], (put_in, put_in.sha256), *moved], end(whole))
    assert Fault(3, CHANGED) in found
    assert Fault(5, INSERTED) in found
