"""Whether somebody helped with filling in the form."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in batch mode: that would write the table anew on SQLite, and with a rowid.
    op.add_column("response", sa.Column("helped", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("response", "helped")
