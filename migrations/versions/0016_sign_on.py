"""Whose account at the province's provider an account belongs to, and settings that are changed in the browser."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_account", sa.Column("sign_on_sha256", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_user_account_sign_on_sha256"), "user_account", ["sign_on_sha256"], unique=True)
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )


def downgrade() -> None:
    op.drop_table("setting")
    op.drop_index(op.f("ix_user_account_sign_on_sha256"), table_name="user_account")
    op.drop_column("user_account", "sign_on_sha256")
