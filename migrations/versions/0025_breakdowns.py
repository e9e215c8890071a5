"""What a drill-down shows of an agency: every measure by month and by desk, stored with its scores."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("score", sa.Column("breakdown", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("score", "breakdown")
