"""The small province with scores of known size, and staff who log in to read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.database import db
from survey.domain.questionnaire import OVERALL, Questionnaire
from survey.models import LIVE, Score, Wave
from survey.services.add_user import add_user
from survey.services.change_wave import open_wave
from survey.settings import today

PASSWORD = "mat-khau-thu-nghiem"
Row = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """What to store for one measure: n, index, and whether siblings need it hidden."""

    respondents: int
    index: float | None = 0.8
    withheld: bool = False


def row(level: str, key: str, cell: Cell, *, rule: str = "pooled") -> Row:
    """One estimate as `score_wave` stores it; under ten respondents nothing but the count."""
    few = cell.respondents < 10
    index = None if few else cell.index
    return {
        "level": level, "key": key, "rule": rule, "respondents": cell.respondents, "answers": cell.respondents * 5, "units": 4,
        "index": index, "se": None if index is None else 0.02, "df": 3, "deff": 1.5, "n_eff": 90.0, "design_effect": 1.4,
        "ci_low": None if index is None else round(index - 0.05, 4), "ci_high": None if index is None else min(1.0, round(index + 0.05, 4)),
        "why": "few_respondents" if few else None, "counts": [1, 2, 3, 4, 5, 6], "withheld": cell.withheld,
    }  # fmt: skip


def rows(questionnaire: Questionnaire, whole: Cell, others: Mapping[str, Cell]) -> list[Row]:
    """All measures like the whole, but for the `others`."""
    found = [row("overall", OVERALL, others.get(OVERALL, whole), rule=rule) for rule in ("pooled", "criteria", "dimensions")]
    found += [row("dimension", d.code, others.get(d.code, whole)) for d in questionnaire.dimensions]
    found += [row("criterion", c.code, others.get(c.code, whole)) for c in questionnaire.criteria]
    return [*found, row("general", questionnaire.general.code, others.get(questionnaire.general.code, whole))]


def give_score(
    session: Session,
    questionnaire: Questionnaire,
    wave: Wave,
    agency_id: int,
    whole: Cell,
    *,
    others: Mapping[str, Cell] | None = None,
    months: Mapping[str, Cell] | None = None,
    mode: str = "open_qr",
    basis: str = "all",
    revision: int = LIVE,
    as_of: date | None = None,
    findings: Row | None = None,
) -> None:
    """Store what an agency's pages read, as of yesterday, so that it counts as fresh."""
    by_month = [{"month": month, "estimates": [row("overall", OVERALL, cell)]} for month, cell in (months or {}).items()]
    session.add(
        Score(
            wave_id=wave.id, mode=mode, basis=basis, revision=revision, agency_id=agency_id,
            as_of=as_of or today() - timedelta(days=1), estimates=rows(questionnaire, whole, others or {}), months=by_month,
            findings=findings,
        )
    )  # fmt: skip
    session.commit()


def past_wave(session: Session, first: date, last: date, *, questionnaire: str = "sipas-2017") -> Wave:
    """A wave before the small province's own, with its first day as code and name."""
    name = first.isoformat()
    return open_wave(session, code=name, name_vi=name, name_en=name, opens_on=first, closes_on=last, questionnaire=questionnaire)


def log_in(app: Flask, *, role: str, agency: str | None = None, language: str = "vi", second_factor: bool = False) -> FlaskClient:
    """A client in which a new person of this role has logged in by the form."""
    email = f"{role}-{agency or 'tinh'}-{language}@example.vn"
    with app.app_context():
        add_user(db.session, email=email, password=PASSWORD, role=role, agency_code=agency, second_factor_waived=not second_factor)
    client = app.test_client()
    answer = send(client, f"/login?lang={language}", email=email, password=PASSWORD)
    assert answer.status_code == 302
    return client


def send(client: FlaskClient, path: str, **fields: str) -> Any:
    """GET the form at `path`, then POST it with its token."""
    page = client.get(path).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token, page
    return client.post(path, data={**fields, "csrf_token": token[1]})


def words(page: Any) -> str:
    """The visible words of a page, without tags and with single spaces."""
    text = page.get_data(as_text=True)
    body = re.sub(r"<(head|svg|script)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).replace("\u00a0", " ").split())
