from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.slip_code import (
    DESK_DIGITS,
    SLIP_DIGITS,
    check_digit,
    in_groups,
    is_whole,
    key_check,
    new_short_code,
    new_slip_code,
    read_code,
    slip_digest,
    slip_key,
)

CODES = st.text("0123456789", min_size=SLIP_DIGITS - 1, max_size=SLIP_DIGITS - 1).map(lambda digits: f"{digits}{check_digit(digits)}")


def test_the_check_digit_of_damms_thesis() -> None:
    assert check_digit("572") == 4


@given(CODES, st.integers(0, SLIP_DIGITS - 1), st.sampled_from("0123456789"))
def test_every_single_wrong_digit_is_found(code: str, place: int, digit: str) -> None:
    wrong = code[:place] + digit + code[place + 1 :]
    assert is_whole(wrong, SLIP_DIGITS) is (wrong == code)


@given(CODES, st.integers(0, SLIP_DIGITS - 2))
def test_every_swap_of_neighbours_is_found(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_whole(swapped, SLIP_DIGITS) is (swapped == code)


def test_damms_square_is_one_that_finds_them_all() -> None:
    """Exhaustively, on all codes of three digits: the two properties above rest on the square alone."""
    whole = {f"{n:02}{check_digit(f'{n:02}')}" for n in range(100)}
    for code in whole:
        swaps = {code[1] + code[0] + code[2], code[0] + code[2] + code[1]} - {code}
        others = {code[:i] + d + code[i + 1 :] for i in range(3) for d in "0123456789"} - {code}
        assert not whole & (swaps | others)


@pytest.mark.parametrize("typed", ["4821-3975-1204-1239", "4821 3975 1204 1239", "4821.3975.1204.1239", " 4821–3975—1204‑1239 "])
def test_what_stands_between_the_digits_does_not_matter(typed: str) -> None:
    assert read_code(typed) == "4821397512041239"


@given(CODES)
def test_a_printed_code_reads_back(code: str) -> None:
    printed = in_groups(code)
    assert (len(printed), read_code(printed)) == (19, code)


@pytest.mark.parametrize("code", ["", "0", "0" * 15, "0" * 17, "４８２１397512041239", "²" * 16, "abcdefghijklmnop", "0000\x0000000000000"])
def test_anything_else_is_no_code(code: str) -> None:
    assert not is_whole(code, SLIP_DIGITS)


def test_codes_are_random_in_every_digit_and_whole() -> None:
    codes = [new_slip_code() for _ in range(5000)]
    assert all(is_whole(code, SLIP_DIGITS) for code in codes)
    assert len(set(codes)) == 5000
    for place in range(SLIP_DIGITS):
        counts = Counter(code[place] for code in codes)
        assert sum((counts[digit] - 500) ** 2 / 500 for digit in "0123456789") < 60  # chi-squared, 9 degrees: P < 1e-8
    assert all(is_whole(new_short_code(), DESK_DIGITS) for _ in range(100))


def test_the_hash_needs_the_key_and_tells_nothing_of_the_order_of_codes() -> None:
    key, other = slip_key("a" * 32), slip_key("b" * 32)
    code = new_slip_code()
    assert slip_digest(code, key) == slip_digest(code, key) != slip_digest(code, other)
    assert key_check(key) != key_check(other)
    assert key_check(key) not in key.hex()
    digests = [slip_digest(f"{number:016}", key) for number in range(60)]
    rising = sum(a < b for a, b in pairwise(digests))
    assert 15 < rising < 45  # 59 steps, half of them rise by chance
