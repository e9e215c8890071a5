"""What agencies shall reach in a year."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "target",
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Numeric(5, 2), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.CheckConstraint("percent > 0 AND percent <= 100", name=op.f("ck_target_percent")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_target_agency_id")),
        sa.PrimaryKeyConstraint("agency_id", "year", name=op.f("pk_target")),
    )


def downgrade() -> None:
    op.drop_table("target")
