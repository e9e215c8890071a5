"""The networks that agencies say are their own, and whether a response came from one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency_network",
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("cidr", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agency_network_agency_id")),
        sa.PrimaryKeyConstraint("agency_id", "cidr", name=op.f("pk_agency_network")),
    )
    # Not in batch mode: that would write the table anew on SQLite, and with a rowid.
    op.add_column("response", sa.Column("from_own_network", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("response", "from_own_network")
    op.drop_table("agency_network")
