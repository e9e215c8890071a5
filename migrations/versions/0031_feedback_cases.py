"""Comments whose writers want an answer, and how to reach those who left a way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feedback_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("week_on", sa.Date(), nullable=False),
        sa.Column("readable", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'working', 'answered', 'withdrawn')", name=op.f("ck_feedback_case_state")),
        sa.CheckConstraint("(state = 'answered') = (answered_on IS NOT NULL)", name=op.f("ck_feedback_case_answered")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_feedback_case_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_case")),
        sa.UniqueConstraint("digest", name=op.f("uq_feedback_case_digest")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_feedback_case_agency_id"), "feedback_case", ["agency_id"])
    op.create_table(
        "case_contact",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["feedback_case.id"], name=op.f("fk_case_contact_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_contact")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("case_contact")
    op.drop_index(op.f("ix_feedback_case_agency_id"), table_name="feedback_case")
    op.drop_table("feedback_case")
