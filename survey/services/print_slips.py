"""Print a batch of slips for a desk: the codes go onto paper, only their keyed hashes into the database (decision 0063)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import insert
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.slip_code import key_check, new_slip_code, slip_digest
from survey.errors import Invalid, NotFound
from survey.models import Desk, Slip, SlipBatch
from survey.services.audit import record

#: One sheet at least: a batch of one or two slips could be handed to one or two people whose names somebody remembers.
FEWEST, MOST = 10, 5000

#: Draws the sheets from the desk and its codes, in the order in which they shall be printed.
Draw = Callable[[Desk, Sequence[str]], bytes]


def print_slips(session: Session, desk_id: int, count: int, *, key: bytes, today: date, printed_by: str, draw: Draw) -> bytes:
    """The sheets with `count` new slips. They are drawn first: a batch whose drawing fails was never there.

    The codes live in this call only. Rows are written in the order of the hashes, all by one transaction, so nothing in the
    database tells which slip lay above which.
    """
    desk = session.get(Desk, desk_id)
    if desk is None:
        raise NotFound(f"There is no desk {desk_id}. `sipas desk list` shows the desks.")
    if not FEWEST <= count <= MOST:
        raise Invalid(f"A batch has {FEWEST} to {MOST} slips, not {count}.", code="slip_count")
    codes = _new_codes(count)
    sheets = draw(desk, codes)
    digests = sorted(slip_digest(code, key) for code in codes)
    with transaction(session):
        batch = SlipBatch(
            desk_id=desk_id, printed_count=count, printed_on=today, printed_by=printed_by, key_check=key_check(key),
        )  # fmt: skip
        session.add(batch)
        session.flush()
        session.execute(insert(Slip), [{"digest": digest, "batch_id": batch.id} for digest in digests])
        record(session, "slips_printed", f"desk {desk_id}", after={"batch": batch.id, "count": count})
    return sheets


def _new_codes(count: int) -> list[str]:
    """Distinct ones; that two are alike happens once in a thousand million batches of a thousand."""
    codes: dict[str, None] = {}
    while len(codes) < count:
        codes[new_slip_code()] = None
    return list(codes)
