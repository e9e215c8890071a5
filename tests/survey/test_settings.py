"""What of the environment is taken and what is refused before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.errors import Invalid
from survey.settings import SignOn, is_safe_address, read_settings

OIDC = {"SIPAS_OIDC_ISSUER": "https://tinh.example", "SIPAS_OIDC_CLIENT_ID": "sipas", "SIPAS_OIDC_CLIENT_SECRET": "bí mật"}


def test_the_provincial_sign_on_is_off_unless_it_is_set(tmp_path: Path) -> None:
    home = {"SIPAS_HOME": str(tmp_path)}
    assert read_settings(home).sign_on is None
    assert read_settings(home | dict.fromkeys(OIDC, "")).sign_on is None
    assert read_settings(home | OIDC).sign_on == SignOn("https://tinh.example", "sipas", "bí mật", None)
    assert "bí mật" not in repr(read_settings(home | OIDC))  # so that no log or error page can hold it


@pytest.mark.parametrize("lacking", OIDC)
def test_a_sign_on_that_is_set_half_is_refused(tmp_path: Path, lacking: str) -> None:
    with pytest.raises(Invalid, match="SIPAS_OIDC_CLIENT_SECRET"):
        read_settings({"SIPAS_HOME": str(tmp_path)} | OIDC | {lacking: ""})


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://tinh.example/x", True),
        ("http://127.0.0.1:80", True),
        ("http://localhost", True),
        ("http://tinh.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("file:///etc/passwd", False),
        ("ftp://127.0.0.1", False),
        ("https://", False),
        ("", False),
    ],
)
def test_secrets_go_only_where_nobody_listens(url: str, safe: bool) -> None:
    assert is_safe_address(url) is safe
