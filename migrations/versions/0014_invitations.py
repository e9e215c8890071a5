"""Invitations: batches of single-use codes that belong to the wave of a sample survey."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Inline: SQLite adds no constraint by itself, and a table that slips point to cannot be made anew.
    wave = sa.Column("wave_id", sa.Integer(), sa.ForeignKey("wave.id", name=op.f("fk_slip_batch_wave_id")), nullable=True)
    op.add_column("slip_batch", wave, inline_references=True)
    op.add_column("slip_batch", sa.Column("full_form", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Without the columns an invitation would open as a slip, and count in the other instrument."""
    op.execute("DELETE FROM slip WHERE batch_id IN (SELECT id FROM slip_batch WHERE wave_id IS NOT NULL)")
    op.execute("DELETE FROM slip_batch WHERE wave_id IS NOT NULL")
    op.execute("ALTER TABLE slip_batch DROP COLUMN full_form")
    op.execute("ALTER TABLE slip_batch DROP COLUMN wave_id")
