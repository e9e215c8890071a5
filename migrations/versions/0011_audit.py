"""The audit log: it takes one entry more, and nothing else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0020"
branch_labels = None
depends_on = None

#: table, action, when it is refused
GUARDS = (
    ("audit_entry", "UPDATE", "1 = 1"),
    ("audit_entry", "DELETE", "1 = 1"),
    ("audit_head", "UPDATE", "NEW.number <> OLD.number + 1 OR NEW.id <> OLD.id"),
    ("audit_head", "DELETE", "1 = 1"),
)


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("previous_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("previous_sha256", name=op.f("uq_audit_entry_previous_sha256")),
        sa.UniqueConstraint("sha256", name=op.f("uq_audit_entry_sha256")),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.bulk_insert(head, [{"id": 1, "number": 0, "sha256": "0" * 64}])
    guard()


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.drop_table("audit_head")  # and its triggers with it
    op.drop_table("audit_entry")
    if not on_sqlite:
        for table, action, _ in GUARDS:
            op.execute(f"DROP FUNCTION guard_{table}_{action.lower()}()")
        op.execute("DROP FUNCTION guard_audit_truncate()")


def guard() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, action, condition in GUARDS:
        name, refusal = f"guard_{table}_{action.lower()}", f"{table} only grows"
        if on_sqlite:
            op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{refusal}'); END")
            continue
        row = "OLD" if action == "DELETE" else "NEW"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
            f"RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    if not on_sqlite:
        op.execute(
            "CREATE FUNCTION guard_audit_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'the audit log only grows' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        for table in ("audit_entry", "audit_head"):
            trigger = f"CREATE TRIGGER guard_{table}_truncate BEFORE TRUNCATE ON {table}"
            op.execute(f"{trigger} FOR EACH STATEMENT EXECUTE FUNCTION guard_audit_truncate()")
