"""Why a mark was lifted; an index for responses from an office's own network; live scores are computed anew, with findings on quality."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("response_mark", sa.Column("lifted_reason", sa.String(), nullable=True))
    where = sa.text("from_own_network")
    op.create_index("ix_response_own_network", "response", ["wave_id", "mode"], sqlite_where=where, postgresql_where=where)
    op.execute("DELETE FROM score WHERE revision = 0")


def downgrade() -> None:
    op.drop_index("ix_response_own_network", table_name="response")
    op.drop_column("response_mark", "lifted_reason")
