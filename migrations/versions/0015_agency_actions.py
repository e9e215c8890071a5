"""What agencies did about what citizens said, for the thank-you."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=True),
        sa.Column("said_vi", sa.String(), nullable=False),
        sa.Column("said_en", sa.String(), nullable=False),
        sa.Column("done_vi", sa.String(), nullable=False),
        sa.Column("done_en", sa.String(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name=op.f("ck_agency_action_state")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agency_action_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_action")),
    )
    op.create_index(op.f("ix_agency_action_agency_id"), "agency_action", ["agency_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_agency_action_agency_id"), table_name="agency_action")
    op.drop_table("agency_action")
