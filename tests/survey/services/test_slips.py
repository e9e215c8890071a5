"""Printing, using and withdrawing slips: each counts once, the numbers add up, and nothing tells who used which or when."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.orm import Session

from survey.domain.slip_code import SLIP_DIGITS, is_whole, slip_digest, slip_key
from survey.domain.submission import Submission
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Desk, Response, Score, Slip, SlipBatch, Tally
from survey.queries.slips import Batch, list_batches
from survey.services.blur_order import blur_order
from survey.services.change_wave import close_wave
from survey.services.print_slips import print_slips
from survey.services.recount_tallies import recount_tallies
from survey.services.refresh_scores import refresh_scores
from survey.services.score_agencies import overall
from survey.services.submit_response import submit_response
from survey.services.withdraw_slips import withdraw_slips
from survey.settings import today
from tests.support.databases import PostgresqlDatabases
from tests.support.small_province import SmallProvince, build_small_province

KEY = slip_key("x" * 32)


def printed(session: Session, province: SmallProvince, count: int = 10, *, agency: str = "yen-son") -> list[str]:
    """The codes as they lie on the sheets."""
    paper: list[str] = []

    def draw(_: Desk, codes: Sequence[str]) -> bytes:
        paper.extend(codes)
        return b"%PDF"

    assert print_slips(
        session, province.desk_ids[agency], count, key=KEY, today=today(), printed_by="staff@tq.vn", draw=draw
    ) == b"%PDF"  # fmt: skip
    return paper


def use(session: Session, province: SmallProvince, code: str, *, response_id: UUID | None = None, rating: int = 4) -> bool:
    submission = Submission(response_id or uuid4(), "full", {"A1": rating}, {})
    unit = province.unit(mode="slip")
    return submit_response(session, submission, province.questionnaire, unit, code="", language="vi", slip=slip_digest(code, KEY))


def batches(session: Session, province: SmallProvince) -> list[Batch]:
    session.rollback()
    return list_batches(session, frozenset(province.agency_ids.values()))


def counts(session: Session, province: SmallProvince) -> list[tuple[int, int, int]]:
    return [(batch.printed, batch.used, batch.left) for batch in batches(session, province)]


def responses(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Response)) or 0


def test_a_batch_is_printed_with_codes_that_are_whole_and_stored_nowhere(session: Session, province: SmallProvince) -> None:
    codes = printed(session, province, 25)
    assert len(set(codes)) == 25
    assert all(is_whole(code, SLIP_DIGITS) for code in codes)
    assert set(session.scalars(select(Slip.digest))) == {slip_digest(code, KEY) for code in codes}
    assert counts(session, province) == [(25, 0, 25)]


def test_a_batch_has_a_sheet_at_least_and_not_too_many(session: Session, province: SmallProvince) -> None:
    for count in (-1, 0, 9, 5001):
        with pytest.raises(Invalid, match="10 to 5000"):
            printed(session, province, count)
    with pytest.raises(NotFound, match="no desk 999"):
        print_slips(session, 999, 10, key=KEY, today=today(), printed_by="x", draw=lambda *_: b"")
    assert counts(session, province) == []


def test_a_batch_that_cannot_be_drawn_was_never_there(session: Session, province: SmallProvince) -> None:
    def fail(*_: object) -> bytes:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        print_slips(session, province.desk_ids["yen-son"], 10, key=KEY, today=today(), printed_by="x", draw=fail)
    assert counts(session, province) == []


def test_a_used_slip_is_gone_and_its_response_is_of_the_mode_slip(session: Session, province: SmallProvince) -> None:
    codes = printed(session, province)
    assert use(session, province, codes[0])
    assert counts(session, province) == [(10, 1, 9)]
    assert session.scalars(select(Response.mode)).all() == ["slip"]
    assert set(session.scalars(select(Tally.mode))) == {"slip"}
    assert recount_tallies(session, repair=False) == []


def test_a_slip_counts_once(session: Session, province: SmallProvince) -> None:
    code = printed(session, province)[0]
    use(session, province, code)
    with pytest.raises(Conflict, match="used or withdrawn"):
        use(session, province, code)
    assert (responses(session), counts(session, province)) == (1, [(10, 1, 9)])
    assert recount_tallies(session, repair=False) == []


def test_an_unknown_slip_stores_nothing(session: Session, province: SmallProvince) -> None:
    printed(session, province)
    with pytest.raises(Conflict):
        use(session, province, "0" * 16)
    assert (responses(session), counts(session, province)) == (0, [(10, 0, 10)])


def test_the_same_response_sent_again_is_no_second_use_of_this_or_another_slip(session: Session, province: SmallProvince) -> None:
    first, second = printed(session, province)[:2]
    response_id = uuid4()
    assert use(session, province, first, response_id=response_id)
    assert not use(session, province, first, response_id=response_id)
    assert not use(session, province, second, response_id=response_id)
    assert (responses(session), counts(session, province)) == (1, [(10, 1, 9)])


def test_a_hundred_people_with_copies_of_one_slip_leave_one_response(engine: Engine, session: Session, province: SmallProvince) -> None:
    code, at_once = printed(session, province)[0], Barrier(20)

    def send(number: int) -> bool:
        if number < 20:
            at_once.wait()
        with Session(engine) as own:
            try:
                return use(own, province, code, rating=1 + number % 5)
            except Conflict:
                return False

    with ThreadPoolExecutor(20) as threads:
        stored = list(threads.map(send, range(100)))
    assert sum(stored) == 1
    assert (responses(session), counts(session, province)) == (1, [(10, 1, 9)])
    assert recount_tallies(session, repair=False) == []


def test_a_hundred_equal_posts_with_one_slip_are_one_response_and_no_refusal(
    engine: Engine, session: Session, province: SmallProvince
) -> None:
    code, response_id, at_once = printed(session, province)[0], uuid4(), Barrier(20)

    def send(number: int) -> bool:
        if number < 20:
            at_once.wait()
        with Session(engine) as own:
            return use(own, province, code, response_id=response_id)

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(send, range(100))) == 1
    assert (responses(session), counts(session, province)) == (1, [(10, 1, 9)])


def test_a_wave_that_closes_leaves_the_slip_for_the_next(session: Session, province: SmallProvince) -> None:
    code = printed(session, province)[0]
    close_wave(session, "2026-Q4", today=today())
    with pytest.raises(Conflict):
        use(session, province, code)
    assert counts(session, province) == [(10, 0, 10)]


def test_a_withdrawn_batch_opens_nothing_and_still_adds_up(session: Session, province: SmallProvince) -> None:
    codes, others = printed(session, province), printed(session, province, agency="my-lam")
    use(session, province, codes[0])
    mine = next(batch for batch in batches(session, province) if batch.used)
    withdraw_slips(session, mine.id, reason="  Mất một\nxấp phiếu ", today=today(), withdrawn_by="head@tq.vn")
    with pytest.raises(Conflict):
        use(session, province, codes[1])
    assert use(session, province, others[0])
    assert counts(session, province) == [(10, 1, 9), (10, 1, 9)]
    withdrawn = batches(session, province)[1]
    assert (withdrawn.withdrawn_on, withdrawn.withdrawn_by, withdrawn.withdrawn_reason) == (today(), "head@tq.vn", "Mất một xấp phiếu")


def test_a_withdrawal_needs_a_reason_and_a_batch_and_happens_once(session: Session, province: SmallProvince) -> None:
    printed(session, province)
    number = batches(session, province)[0].id
    for reason in ("", " \n ", "x" * 201):
        with pytest.raises(Invalid):
            withdraw_slips(session, number, reason=reason, today=today(), withdrawn_by="x")
    with pytest.raises(NotFound):
        withdraw_slips(session, number + 1, reason="x", today=today(), withdrawn_by="x")
    withdraw_slips(session, number, reason="Mất", today=today(), withdrawn_by="first")
    with pytest.raises(Conflict):
        withdraw_slips(session, number, reason="Khác", today=today(), withdrawn_by="second")
    assert batches(session, province)[0].withdrawn_by == "first"


def test_ratings_by_slip_are_never_mixed_with_those_of_the_open_code(session: Session, province: SmallProvince) -> None:
    monday = date(2026, 10, 5)
    for mode, people, rating in (("slip", 12, 2), ("open_qr", 15, 5)):
        for _ in range(people):
            province.answer(session, {"A1": rating}, mode=mode, day=monday)
    refresh_scores(session, today=date(2026, 10, 6))
    stored = session.scalars(select(Score).where(Score.agency_id == province.agency_ids["tinh"], Score.basis == "all")).all()
    whole = {score.mode: overall(score.estimates) for score in stored}
    assert {mode: (of["respondents"], of["index"]) for mode, of in whole.items()} == {"slip": (12, 0.0), "open_qr": (15, 1.0)}


# --- nobody can be found ---


def test_nothing_is_kept_that_joins_a_slip_to_a_response_a_person_or_a_time(engine: Engine) -> None:
    columns = {table: {column["name"] for column in inspect(engine).get_columns(table)} for table in ("slip", "slip_batch", "response")}
    assert columns["slip"] == {"digest", "batch_id"}
    assert not {name for name in columns["response"] if "slip" in name or "batch" in name}
    withdrawal = {"withdrawn_on", "withdrawn_by", "withdrawn_reason"}
    kept = {"id", "desk_id", "wave_id", "full_form", "printed_count", "printed_on", "printed_by", "key_check"}
    assert columns["slip_batch"] == kept | withdrawal


def test_the_table_does_not_tell_the_order_on_the_sheets(session: Session, province: SmallProvince) -> None:
    codes = printed(session, province, 60)
    place = {slip_digest(code, KEY): number for number, code in enumerate(codes)}
    stored = [place[digest] for digest in session.scalars(select(Slip.digest))]
    rising = sum(a < b for a, b in pairwise(stored))
    assert 15 < rising < 45  # 59 steps, half of them rise by chance; all would if the order were kept


def test_using_a_slip_changes_nothing_but_its_own_row(session: Session, province: SmallProvince) -> None:
    codes = printed(session, province)
    before = session.execute(select(SlipBatch.__table__)).all()
    left = set(session.scalars(select(Slip.digest)))
    use(session, province, codes[3])
    assert session.execute(select(SlipBatch.__table__)).all() == before
    assert left - set(session.scalars(select(Slip.digest))) == {slip_digest(codes[3], KEY)}


def test_postgresql_forgets_after_blurring_which_transaction_used_which_slip(postgresql_databases: PostgresqlDatabases) -> None:
    with postgresql_databases.session() as session:
        province = build_small_province(session)
        codes = printed(session, province, 20)
        for code in codes[:8]:
            use(session, province, code)
        used = [slip_digest(code, KEY) for code in codes[:8]]
        assert _in_the_file(session, used)  # dead rows: whoever reads the files of the server sees them until the night
        blur_order(session)
        assert not _in_the_file(session, used)
        assert len(_in_the_file(session, [slip_digest(code, KEY) for code in codes[8:]])) == 12
        joined = session.execute(text("SELECT 1 FROM slip JOIN response ON response.xmin = slip.xmin")).all()
        assert joined == []


def _in_the_file(session: Session, digests: list[str]) -> list[str]:
    """Which of `digests` stand in the table's file, dead rows included."""
    session.rollback()
    session.execute(text("CHECKPOINT"))
    content = bytes(session.scalar(text("SELECT pg_read_binary_file(pg_relation_filepath('slip'))")) or b"")
    session.rollback()
    return [digest for digest in digests if digest.encode() in content]
