"""The field of service of a desk, and the fields that desks had before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("desk", sa.Column("field", sa.String(80), nullable=True))
    op.create_table(
        "former_desk_field",
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("field", sa.String(80), nullable=True),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_former_desk_field_desk_id")),
        sa.PrimaryKeyConstraint("desk_id", "until", name=op.f("pk_former_desk_field")),
    )


def downgrade() -> None:
    op.drop_table("former_desk_field")
    op.drop_column("desk", "field")
