"""What each journey starts from; the browser itself comes from tests/conftest.py."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.support.small_province import SmallProvince, build_small_province


@pytest.fixture
def province(session: Session) -> SmallProvince:
    return build_small_province(session)
