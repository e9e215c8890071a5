"""What is found beside an agency's estimates: what to work on first, and where it stands among its kind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("score", sa.Column("findings", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("score", "findings")
