"""What an agency has done about a comment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comment_handling",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.CheckConstraint("state IN ('new', 'working', 'done', 'nothing_to_do')", name=op.f("ck_comment_handling_state")),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_comment_handling_comment_id")),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comment_handling")),
    )


def downgrade() -> None:
    op.drop_table("comment_handling")
