"""Slips, single-use codes on paper; and a short address of each desk, for people who type."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from survey.domain.slip_code import new_short_code

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slip_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("printed_count", sa.Integer(), nullable=False),
        sa.Column("printed_on", sa.Date(), nullable=False),
        sa.Column("printed_by", sa.String(), nullable=False),
        sa.Column("key_check", sa.String(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.CheckConstraint("printed_count > 0", name=op.f("ck_slip_batch_printed")),
        sa.CheckConstraint("(withdrawn_on IS NULL) = (withdrawn_reason IS NULL)", name=op.f("ck_slip_batch_withdrawal")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_slip_batch_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip_batch")),
    )
    op.create_index(op.f("ix_slip_batch_desk_id"), "slip_batch", ["desk_id"])
    op.create_table(
        "slip",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["slip_batch.id"], name=op.f("fk_slip_batch_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_slip")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_slip_batch_id"), "slip", ["batch_id"])

    op.add_column("desk_code", sa.Column("short_code", sa.String(), nullable=True))
    _give_every_address_a_short_one()
    with op.batch_alter_table("desk_code") as batch_op:
        batch_op.alter_column("short_code", existing_type=sa.String(), nullable=False)
        batch_op.create_unique_constraint(op.f("uq_desk_code_short_code"), ["short_code"])


def _give_every_address_a_short_one() -> None:
    """Posters that hang keep their codes; the short address is new beside them."""
    codes = sa.table("desk_code", sa.column("code", sa.String()), sa.column("short_code", sa.String()))
    connection = op.get_bind()
    for code in connection.scalars(sa.select(codes.c.code)).all():
        connection.execute(sa.update(codes).where(codes.c.code == code).values(short_code=new_short_code()))


def downgrade() -> None:
    with op.batch_alter_table("desk_code") as batch_op:
        batch_op.drop_constraint(op.f("uq_desk_code_short_code"), type_="unique")
        batch_op.drop_column("short_code")
    op.drop_index(op.f("ix_slip_batch_id"), table_name="slip")
    op.drop_table("slip")
    op.drop_index(op.f("ix_slip_batch_desk_id"), table_name="slip_batch")
    op.drop_table("slip_batch")
