"""The coarse class of the time that answering took, where the phone tells it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in batch mode: that would write the table anew on SQLite, and with a rowid.
    op.add_column("response", sa.Column("answering_time", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("response", "answering_time")
