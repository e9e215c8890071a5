"""An address of a desk is for one thing: the QR code that hangs there, the kiosk, or the screen with a changing code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("desk_code", sa.Column("kind", sa.String(), nullable=True))
    op.execute("UPDATE desk_code SET kind = 'poster'")
    with op.batch_alter_table("desk_code") as batch_op:
        batch_op.alter_column("kind", existing_type=sa.String(), nullable=False)
        batch_op.create_check_constraint(op.f("ck_desk_code_kind"), "kind IN ('poster', 'kiosk', 'display')")


def downgrade() -> None:
    op.execute("DELETE FROM desk_code WHERE kind <> 'poster'")
    with op.batch_alter_table("desk_code") as batch_op:
        batch_op.drop_constraint(op.f("ck_desk_code_kind"), type_="check")
        batch_op.drop_column("kind")
