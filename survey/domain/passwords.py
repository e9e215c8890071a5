"""Which passwords are refused: too short, or what is tried first."""

from __future__ import annotations

import re
from unicodedata import combining, normalize

SHORTEST = 12
_FEWEST_SIGNS = 5
#: What the commonest passwords are made of, in Vietnam and elsewhere; numbers and signs between and after them add nothing.
_COMMON = (
    "admin", "administrator", "password", "passw0rd", "p@ssword", "p@ssw0rd", "qwerty", "qwertyuiop", "asdfgh", "asdfghjkl", "zxcvbnm",
    "iloveyou", "letmein", "welcome", "monkey", "dragon", "abc", "abcdef", "matkhau", "khongbiet", "anhyeuem", "emyeuanh", "yeuem",
    "conyeume", "hanoi", "vietnam", "tuyenquang", "hagiang", "sonoivu", "ubnd", "sipas", "motcua", "cong", "tinh", "xa", "test", "demo",
)  # fmt: skip
_SIGNS = str.maketrans("đ@$", "das")  # as people write letters otherwise
_ROWS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


def refusal_of(password: str, email: str) -> str | None:
    """Why this password is refused for this account, or None."""
    if len(password) < SHORTEST:
        return f"The password must have at least {SHORTEST} characters."
    plain = "".join(letter for letter in normalize("NFD", password.lower()) if not combining(letter)).translate(_SIGNS)
    if len(set(plain)) < _FEWEST_SIGNS or any(plain in row for row in _ROWS):
        return "The password repeats itself or follows the keyboard. Take several words that do not belong together."
    words = {*_COMMON, *(word for word in re.split(r"[^a-z0-9]+", email.lower()) if len(word) > 2)}
    together = re.sub(r"[^a-z0-9]", "", plain)
    rest = re.sub("|".join(map(re.escape, sorted(words, key=len, reverse=True))), "", together)
    if len(re.sub(r"[^a-z]", "", rest)) < 4 and rest != together:
        return "The password is one that is tried first. Take several words that do not belong together."
    return None
