"""Which ways in a wave offers, and which agencies take part in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0021"
branch_labels = None
depends_on = None

#: Waves from before offered whatever their instrument has.
_EVERY = {"desk": '["open_qr", "slip", "kiosk", "paper"]', "sample": '["invitation", "paper"]'}


def upgrade() -> None:
    op.add_column("wave", sa.Column("modes", sa.JSON(), server_default=_EVERY["desk"], nullable=False))
    op.execute(f"UPDATE wave SET modes = '{_EVERY['sample']}' WHERE instrument = 'sample'")  # noqa: S608 - the text stands above
    op.create_table(
        "wave_agency",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_agency_wave_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_wave_agency_agency_id")),
        sa.PrimaryKeyConstraint("wave_id", "agency_id", name=op.f("pk_wave_agency")),
    )


def downgrade() -> None:
    op.drop_table("wave_agency")
    op.drop_column("wave", "modes")
