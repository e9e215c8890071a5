"""How often codes that were taken back are opened, and findings that somebody has looked at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dead_code",
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_dead_code_desk_id")),
        sa.PrimaryKeyConstraint("desk_id", "opened_on", name=op.f("pk_dead_code")),
    )
    op.create_table(
        "flag_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("flag", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("observed", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("seen_by", sa.String(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("undone_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(undone_on IS NULL) = (undone_by IS NULL)", name=op.f("ck_flag_review_undone")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_flag_review_wave_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_flag_review_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_review")),
    )
    op.create_index(op.f("ix_flag_review_wave_id"), "flag_review", ["wave_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_flag_review_wave_id"), table_name="flag_review")
    op.drop_table("flag_review")
    op.drop_table("dead_code")
