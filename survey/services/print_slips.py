"""Print a batch of slips, or make one of invitations: codes go into a file, only keyed hashes into the database (decision 0063)."""

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

#: Draws the file from the desk and its codes, in the order in which they shall stand there.
Draw = Callable[[Desk, Sequence[str]], bytes]


def print_slips(session: Session, desk_id: int, count: int, *, key: bytes, today: date, printed_by: str, draw: Draw) -> bytes:
    """The sheets with `count` new slips. See `store_batch`."""
    batch = SlipBatch(desk_id=desk_id, printed_count=count, printed_on=today, printed_by=printed_by)
    return store_batch(session, batch, key=key, draw=draw, action="slips_printed")


def store_batch(session: Session, batch: SlipBatch, *, key: bytes, draw: Draw, action: str) -> bytes:
    """The file with the codes of a new `batch`. It is drawn first: a batch whose drawing fails was never there.

    The codes live in this call only. Rows are written in the order of the hashes, all by one transaction, so nothing in the
    database tells which code lay above which.
    """
    desk = session.get(Desk, batch.desk_id)
    if desk is None:
        raise NotFound(f"There is no desk {batch.desk_id}. `sipas desk list` shows the desks.")
    if not FEWEST <= batch.printed_count <= MOST:
        raise Invalid(f"A batch has {FEWEST} to {MOST} codes, not {batch.printed_count}.", code="slip_count")
    codes = _new_codes(batch.printed_count)
    drawn = draw(desk, codes)
    digests = sorted(slip_digest(code, key) for code in codes)
    batch.key_check = key_check(key)
    with transaction(session):
        session.add(batch)
        session.flush()
        session.execute(insert(Slip), [{"digest": digest, "batch_id": batch.id} for digest in digests])
        record(session, action, f"desk {desk.id}", after={"batch": batch.id, "count": batch.printed_count})
    return drawn


def _new_codes(count: int) -> list[str]:
    """Distinct ones; that two are alike happens once in a thousand million batches of a thousand."""
    codes: dict[str, None] = {}
    while len(codes) < count:
        codes[new_slip_code()] = None
    return list(codes)
