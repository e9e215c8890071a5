"""What stands around the form: compression, scripts, recordings, versions of the questionnaire, one more language."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey.domain.questionnaire import FULL_FORM, Questionnaire
from survey.domain.submission import ANSWERING_TIMES, Submission, still_fitting
from survey.models import QuestionnaireVersion, Response, Wave
from survey.queries import open_desk
from survey.services.import_questionnaire import import_questionnaire
from survey.services.read_questionnaire import read_questionnaire
from survey.settings import PROJECT
from survey.web import packing
from tests.support.small_province import SmallProvince

FIELDS = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@pytest.fixture
def url(province: SmallProvince) -> str:
    return province.urls["yen-son"]


# --- compression ---


def unpacked(data: bytes, coding: str) -> bytes:
    return {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[coding](data)


@given(st.text(), st.text(min_size=1), st.sampled_from(["br", "gzip", ""]))
def test_a_page_put_together_from_start_and_end_is_the_page(start: str, end: str, coding: str) -> None:
    page = packing.finish(packing.begin(start, coding), end.encode())
    assert unpacked(page, coding).decode() == start + end


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br; q=0.0,GZIP", "gzip"),
        ("br;q=0.001", "br"),
        ("identity", ""),
        ("", ""),
        ("abr, ;q=", ""),
    ],
)
def test_the_best_coding_that_is_accepted_is_chosen(header: str, coding: str) -> None:
    assert packing.choose(header) == coding


@pytest.mark.parametrize("coding", ["br", "gzip", ""])
def test_every_page_of_the_citizen_is_compressed_and_says_so(client: FlaskClient, url: str, coding: str) -> None:
    for path in (url, f"{url}?form=full", "/privacy", "/s/nowhere", "/sw.js"):
        answer = client.get(path, headers={"Accept-Encoding": coding})
        assert answer.headers.get("Content-Encoding", "") == coding
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert int(answer.headers["Content-Length"]) == len(answer.data)
        assert len(unpacked(answer.data, coding)) > 1000
    thanks = client.post(url, data=fields(client, url), headers={"Accept-Encoding": coding})
    assert "Xin cảm ơn" in unpacked(thanks.data, coding).decode()


def fields(client: FlaskClient, url: str) -> dict[str, str]:
    html = client.get(url).text
    return dict(FIELDS.findall(html)) | dict.fromkeys(re.findall(r'id="([A-G]\d)-5"', html), "4")


def test_nothing_differs_from_phone_to_phone_but_the_id(client: FlaskClient, url: str) -> None:
    pages = [client.get(f"{url}?form=short-17").text for _ in range(3)]
    ids = [dict(FIELDS.findall(page))["response_id"] for page in pages]
    assert len({*ids}) == 3
    assert all(UUID(one).version == 4 for one in ids)
    assert len({page.replace(one, "") for page, one in zip(pages, ids, strict=True)}) == 1


def test_each_desk_has_its_own_names_and_address_on_the_shared_page(client: FlaskClient, province: SmallProvince) -> None:
    for agency, name in (("yen-son", "UBND xã Yên Sơn"), ("my-lam", "UBND phường Mỹ Lâm")):
        page = client.get(f"{province.urls[agency]}?form=short-17").text
        assert name in page
        assert f'action="{province.urls[agency]}?lang=vi"' in page
        assert not re.search("[\ue000-\uf8ff]", page)


def test_the_address_may_name_the_form_and_nothing_else(client: FlaskClient, url: str) -> None:
    assert dict(FIELDS.findall(client.get(f"{url}?form=short-17").text))["form"] == "short-17"
    for wrong in ("short-60", "short-017", "short-٣", "long", "", "short--1"):
        assert dict(FIELDS.findall(client.get(f"{url}?form={wrong}").text))["form"] in {f"short-{n}" for n in range(60)}


# --- scripts ---


@pytest.mark.parametrize("name", ["citizen.js", "citizen-worker.js"])
def test_scripts_use_no_word_that_came_after_es2017(name: str) -> None:
    text = re.sub(r"/\*.*?\*/", "", (PROJECT / "survey" / "static" / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    newer = {
        "optional chaining": r"\?\.\D",
        "nullish": r"\?\?",
        "object spread": r"\{\s*\.\.\.",
        "catch without a name": r"catch\s*\{",
        "private field": r"this\.#",
        "big": r"\b\d+n\b",
        "newer methods": r"\.(flat|flatMap|matchAll|replaceAll|at|fromEntries|allSettled|finally|trimEnd|trimStart)\(",
        "for await": r"for await",
    }
    assert {word for word, form in newer.items() if re.search(form, text)} == set()


def test_the_script_may_be_kept_for_ever_and_the_worker_never(client: FlaskClient, url: str) -> None:
    found = re.search(r'<script src="(/citizen-\w+\.js)" defer>', client.get(url).text)
    assert found is not None
    script, worker, old = client.get(found[1]), client.get("/sw.js"), client.get("/citizen-0.js")
    assert (script.mimetype, worker.mimetype) == ("text/javascript", "text/javascript")
    assert "immutable" in script.headers["Cache-Control"]
    assert worker.headers["Cache-Control"] == "no-cache"
    assert (old.data, old.headers["Cache-Control"]) == (script.data, "no-store")


# --- recordings ---


def test_only_recordings_are_served(app: Flask, client: FlaskClient, url: str) -> None:
    folder = Path(app.instance_path) / "recordings" / "sipas-2017" / "vi"
    folder.mkdir(parents=True)
    (folder / "A1.mp3").write_bytes(b"sound")
    (Path(app.instance_path) / "secret.mp3").write_bytes(b"secret")
    with client.get("/recordings/sipas-2017/vi/A1.mp3") as heard:
        assert heard.data == b"sound"
    for path in (
        "sipas-2017/vi/A2.mp3",
        "sipas-2017/en/A1.mp3",
        "../../secret.mp3",
        "../x/secret.mp3",
        "sipas-2017/../secret.mp3",
        "%00/vi/A1.mp3",
    ):
        assert client.get(f"/recordings/{path}").status_code in {404, 308}


# --- helped ---


@pytest.mark.parametrize(("sent", "helped"), [({}, False), ({"helped": "yes"}, True), ({"helped": "sure"}, False)])
def test_help_is_a_yes_or_nothing(client: FlaskClient, session: Session, url: str, sent: dict[str, str], helped: bool) -> None:
    assert client.post(url, data=fields(client, url) | sent).status_code == 200
    assert session.scalars(select(Response)).one().helped is helped


# --- how long answering took ---


@pytest.mark.parametrize("sent", [None, *ANSWERING_TIMES, "", "under_14s", "12.345", "1_to_5_min "])
def test_of_the_answering_time_one_of_four_classes_is_stored_or_nothing(
    client: FlaskClient, session: Session, url: str, sent: str | None
) -> None:
    form = fields(client, url) | ({} if sent is None else {"answering_time": sent})
    for later in ("over_5_min", "under_15s"):  # the first that came stays, and none that comes later is another response
        assert client.post(url, data=form).status_code == 200
        form["answering_time"] = later
    stored = session.scalars(select(Response)).one().answering_time
    assert stored == (sent.strip() if sent and sent.strip() in ANSWERING_TIMES else None)


# --- versions of the questionnaire ---


def newer(old: Questionnaire) -> Questionnaire:
    """The next version: A1 in other words, N2 with one answer less."""
    criteria = tuple(replace(c, text={"vi": "Ghế ngồi êm", "en": "Soft seats"}) if c.code == "A1" else c for c in old.criteria)
    questions = tuple(replace(q, answers=q.answers[1:]) if q.code == "N2" else q for q in old.questions)
    return replace(old, code="sipas-next", criteria=criteria, questions=questions)


def test_only_what_is_asked_in_the_same_words_is_kept() -> None:
    old = read_questionnaire("sipas-2017")
    variant = next(n for n, asked in enumerate(old.short_forms) if asked[0] == "A1")
    sent = Submission(uuid4(), f"short-{variant}", dict.fromkeys(old.short_forms[variant], 4) | {"G1": 5}, {"N2": "1", "N5": "late"})
    kept = still_fitting(sent, old, newer(old))
    assert kept.ratings == {code: rating for code, rating in sent.ratings.items() if code != "A1"}
    assert kept.answers == {"N5": "late"}
    assert set(kept.ratings) - {"G1"} <= set(old.asked(kept.form))
    assert still_fitting(replace(sent, form=FULL_FORM), old, newer(old)).form == FULL_FORM
    assert still_fitting(sent, None, old).ratings == {}
    assert still_fitting(sent, replace(old, levels=old.levels[::-1]), old).ratings == {}


def test_a_form_of_another_version_is_shown_again_and_says_why(
    client: FlaskClient, session: Session, province: SmallProvince, url: str
) -> None:
    full = dict(FIELDS.findall(client.get(f"{url}?form=full").text)) | {"A1": "4", "B2": "2", "G1": "5", "O1": "Chờ lâu"}
    import_questionnaire(session, newer(province.questionnaire), today=date(2026, 1, 1))
    version = session.scalars(select(QuestionnaireVersion.id).where(QuestionnaireVersion.code == "sipas-next")).one()
    session.execute(update(Wave).values(questionnaire_id=version))
    session.commit()
    open_desk._known.clear()
    answer = client.post(url, data=full)
    assert answer.status_code == 422
    assert "Câu hỏi đã thay đổi" in answer.text
    assert set(re.findall(r'id="([\w-]+)" value="\w+" checked', answer.text)) == {"B2-2", "G1-5"}
    assert "Ghế ngồi êm" in answer.text
    assert ">Chờ lâu</textarea>" in answer.text
    assert session.scalars(select(Response)).all() == []
    session.rollback()
    again = dict(FIELDS.findall(answer.text)) | {"B2": "2", "G1": "5"}
    assert again["response_id"] == full["response_id"]
    assert client.post(url, data=again).status_code == 200
    assert session.scalars(select(Response)).one().ratings == {"B2": 2, "G1": 5}
    assert client.post(url, data=full).status_code == 200  # the old page, sent once more: it is thanked, nothing changes


@pytest.mark.parametrize("version", ["never-was", "\x00", "ữ" * 50])
def test_a_form_of_no_version_of_ours_is_shown_again_empty(client: FlaskClient, session: Session, url: str, version: str) -> None:
    answer = client.post(url, data=fields(client, url) | {"questionnaire": version})
    assert answer.status_code == 422
    assert not re.search(r"value=\"\d\" checked", answer.text)
    assert session.scalars(select(Response)).all() == []


def test_a_form_that_names_no_version_is_read_by_the_open_one(client: FlaskClient, session: Session, url: str) -> None:
    assert client.post(url, data={"response_id": str(uuid4()), "A1": "5"}).status_code == 200


# --- one more language ---

SHOWN_IN_IT = """
import re
from survey import create_app
from survey.database import make_engine, upgrade
from survey.services.issue_desk_code import revoke_desk_code
from survey.settings import read_settings, today
from sqlalchemy import select
from sqlalchemy.orm import Session
from survey.models import Response
from tests.support.small_province import build_small_province
url = "sqlite:///" + HOME + "/test.sqlite3"
upgrade(url)
with Session(make_engine(url), expire_on_commit=False) as session:
    desk = build_small_province(session).urls["yen-son"]
    client = create_app(read_settings({"SIPAS_HOME": HOME, "SIPAS_DATABASE_URL": url})).test_client()
    page = client.get(desk + "?lang=eo").text
    assert '<html lang="eo">' in page
    words = re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", page, flags=re.DOTALL)
    said = [w.strip() for w in re.findall(r">([^<]*[^\\W\\d_]{2}[^<]*)<", words)]
    ours = [w for w in said if w not in {"Tiếng Việt", "English", "Bộ phận Một cửa", "UBND xã Yên Sơn"}]
    strange = [w for w in ours if "«" not in w]
    assert len(ours) > 60 and strange == [], strange
    fields = dict(re.findall(r'<input type="hidden" name="(\\w+)" value="([^"]*)"', page)) | {"G1": "4"}
    switched = client.post(desk + "?lang=eo", data=fields | {"switch": "eo"}).text
    assert 'id="G1-4" value="4" checked' in switched
    assert "«" in client.post(desk + "?lang=eo", data=fields).text
    assert session.scalars(select(Response)).one().language == "eo"
    assert ">Esperanto</button>" in client.get(desk).text
    revoke_desk_code(session, desk.removeprefix("/s/"), today=today())
    assert "«Please scan the QR code that hangs at the desk of UBND xã Yên Sơn today" in client.get(desk + "?lang=eo").text
"""


def test_a_language_is_added_by_one_catalogue_and_one_column(tmp_path: Path) -> None:
    """A copy of the project gets a language in which every text stands in «marks»; no line of code is touched."""
    from babel.messages.pofile import read_po, write_po

    for name in ("survey", "analysis", "templates", "translations", "migrations", "tests/support"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "translations/vi/messages.po").open("rb") as source:
        catalogue = read_po(source, locale="eo")
    for message in catalogue:
        if message.id:
            message.string = f"«{message.id}»" if isinstance(message.id, str) else tuple(f"«{one}»" for one in message.id)
    (tmp_path / "translations/eo").mkdir()
    with (tmp_path / "translations/eo/messages.po").open("wb") as target:
        write_po(target, catalogue)
    for table in (tmp_path / "survey/questionnaires/sipas-2017").glob("*.csv"):
        _add_column(table)
    code = f"HOME = {str(tmp_path)!r}\n{SHOWN_IN_IT}"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _add_column(table: Path) -> None:
    import csv

    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if "text_vi" not in rows[0]:
        return
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], "text_eo"])
        writer.writeheader()
        writer.writerows([row | {"text_eo": f"«{row['text_vi']}»"} for row in rows])
