from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.passwords import SHORTEST, refusal_of

EMAIL = "nguyen.van.an@tuyenquang.gov.vn"


@pytest.mark.parametrize(
    "password",
    [
        "ngắn", "aaaaaaaaaaaaaaa", "123456789012", "abcdefghijklmno", "password1234!", "P@ssw0rd2026!!", "matkhau123456", "Mật khẩu 2026!",
        "admin@tuyenquang", "nguyenvanan2026", "tuyenquang2026", "qwertyuiopas", "SoNoiVu@2026!!", "121212121212",
    ],
)  # fmt: skip
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert refusal_of(password, EMAIL) is not None


@pytest.mark.parametrize("password", ["bốn từ chẳng liên quan", "mat-khau-thu-nghiem", "xK9$mQ2!vT7p", "con mèo ăn cá ngoài sân"])
def test_what_nobody_guesses_is_taken(password: str) -> None:
    assert refusal_of(password, EMAIL) is None


@given(st.text(max_size=SHORTEST - 1))
def test_every_short_password_is_refused(password: str) -> None:
    assert refusal_of(password, EMAIL) is not None


@given(st.text(max_size=80), st.text(max_size=40))
def test_no_text_makes_it_fail(password: str, email: str) -> None:
    refusal_of(password, email)
