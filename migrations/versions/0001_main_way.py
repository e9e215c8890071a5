"""The main way: agencies, desks, waves, responses, tallies, scores, accounts; and what may never change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name_vi", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('province', 'department', 'district', 'commune', 'centre')", name=op.f("ck_agency_kind")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_agency_validity")),
        sa.ForeignKeyConstraint(["parent_id"], ["agency.id"], name=op.f("fk_agency_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("code", name=op.f("uq_agency_code")),
    )
    with op.batch_alter_table("agency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agency_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "benchmark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("percent", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark")),
        sa.UniqueConstraint("scope", "year", "measure", name=op.f("uq_benchmark_scope_year_measure")),
    )
    op.create_table(
        "questionnaire",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("loaded_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire")),
        sa.UniqueConstraint("code", name=op.f("uq_questionnaire_code")),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name", name=op.f("uq_role_name")),
    )
    op.create_table(
        "agency_succession",
        sa.Column("predecessor_id", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=False),
        sa.Column("succeeded_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["predecessor_id"], ["agency.id"], name=op.f("fk_agency_succession_predecessor_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["agency.id"], name=op.f("fk_agency_succession_successor_id")),
        sa.PrimaryKeyConstraint("predecessor_id", "successor_id", name=op.f("pk_agency_succession")),
    )
    with op.batch_alter_table("agency_succession", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agency_succession_successor_id"), ["successor_id"], unique=False)

    op.create_table(
        "desk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("name_vi", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_desk_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk")),
    )
    with op.batch_alter_table("desk", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_agency_id"), ["agency_id"], unique=False)

    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_user_account_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_user_account_fs_uniquifier")),
    )
    op.create_table(
        "wave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_vi", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("published_revision", sa.Integer(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.CheckConstraint("instrument IN ('desk', 'sample')", name=op.f("ck_wave_instrument")),
        sa.CheckConstraint("state IN ('open', 'closed', 'analysed', 'published')", name=op.f("ck_wave_state")),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_wave_dates")),
        sa.ForeignKeyConstraint(["questionnaire_id"], ["questionnaire.id"], name=op.f("fk_wave_questionnaire_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
        sa.UniqueConstraint("code", name=op.f("uq_wave_code")),
    )
    op.create_table(
        "analysis_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("run_on", sa.Date(), nullable=False),
        sa.Column("run_by", sa.String(), nullable=False),
        sa.Column("inputs_sha256", sa.String(), nullable=False),
        sa.Column("code_version", sa.String(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("result_sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_analysis_run_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis_run")),
        sa.UniqueConstraint("wave_id", "revision", name=op.f("uq_analysis_run_wave_id_revision")),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("readable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_comment_agency_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_comment_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comment_agency_id"), ["agency_id"], unique=False)

    op.create_table(
        "desk_code",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_desk_code_desk_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_desk_code")),
    )
    with op.batch_alter_table("desk_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_code_desk_id"), ["desk_id"], unique=False)

    op.create_table(
        "response",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("responded_on", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("ratings", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.CheckConstraint("mode IN ('open_qr', 'slip', 'kiosk', 'invitation', 'paper')", name=op.f("ck_response_mode")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_response_desk_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_response_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.create_index("ix_response_unit", ["wave_id", "desk_id", "responded_on"], unique=False)

    op.create_table(
        "score",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("estimates", sa.JSON(), nullable=False),
        sa.Column("months", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_score_agency_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_score_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", "mode", "basis", "revision", "agency_id", name=op.f("pk_score")),
    )
    op.create_table(
        "tally",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("responded_on", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("respondents", sa.BigInteger(), nullable=False),
        sa.Column("rated_1", sa.BigInteger(), nullable=False),
        sa.Column("rated_2", sa.BigInteger(), nullable=False),
        sa.Column("rated_3", sa.BigInteger(), nullable=False),
        sa.Column("rated_4", sa.BigInteger(), nullable=False),
        sa.Column("rated_5", sa.BigInteger(), nullable=False),
        sa.Column("no_opinion", sa.BigInteger(), nullable=False),
        sa.Column("satisfied", sa.BigInteger(), nullable=False),
        sa.Column("valid", sa.BigInteger(), nullable=False),
        sa.Column("satisfied_squared", sa.BigInteger(), nullable=False),
        sa.Column("satisfied_valid", sa.BigInteger(), nullable=False),
        sa.Column("valid_squared", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_tally_desk_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_tally_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", "desk_id", "responded_on", "mode", "marked", "measure", name=op.f("pk_tally")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_tally_whole",
        "tally",
        ["wave_id", "mode", "desk_id", "responded_on", "marked", "respondents"],
        sqlite_where=sa.text("measure = 'ALL'"),
        postgresql_where=sa.text("measure = 'ALL'"),
    )
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_user_role_role_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_role_user_id")),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_user_role")),
    )
    op.create_table(
        "response_mark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("marked_by", sa.String(), nullable=False),
        sa.Column("marked_on", sa.Date(), nullable=False),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lifted_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_response_mark_response_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response_mark")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("response_mark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_response_mark_response_id"), ["response_id"], unique=False)

    freeze()


def downgrade() -> None:
    thaw()
    with op.batch_alter_table("response_mark", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_response_mark_response_id"))

    op.drop_table("response_mark")
    op.drop_table("user_role")
    op.drop_table("tally")
    op.drop_table("score")
    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.drop_index("ix_response_unit")

    op.drop_table("response")
    with op.batch_alter_table("desk_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_desk_code_desk_id"))

    op.drop_table("desk_code")
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comment_agency_id"))

    op.drop_table("comment")
    op.drop_table("analysis_run")
    op.drop_table("wave")
    op.drop_table("user_account")
    with op.batch_alter_table("desk", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_desk_agency_id"))

    op.drop_table("desk")
    with op.batch_alter_table("agency_succession", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agency_succession_successor_id"))

    op.drop_table("agency_succession")
    op.drop_table("role")
    op.drop_table("questionnaire")
    op.drop_table("benchmark")
    with op.batch_alter_table("agency", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agency_parent_id"))

    op.drop_table("agency")


# An answered questionnaire and a stored analysis run may never change: the database itself refuses, whoever asks.
ANSWERED = {
    "questionnaire": "SELECT 1 FROM wave JOIN response ON response.wave_id = wave.id WHERE wave.questionnaire_id = OLD.id",
    "wave": "SELECT 1 FROM response WHERE response.wave_id = OLD.id",
}
GUARDS = (
    ("questionnaire", "UPDATE", f"EXISTS ({ANSWERED['questionnaire']})"),
    ("questionnaire", "DELETE", f"EXISTS ({ANSWERED['questionnaire']})"),
    ("wave", "UPDATE OF questionnaire_id", f"NEW.questionnaire_id <> OLD.questionnaire_id AND EXISTS ({ANSWERED['wave']})"),
    ("analysis_run", "UPDATE", "1 = 1"),
    ("analysis_run", "DELETE", "1 = 1"),
)


def guard_name(table: str, action: str) -> str:
    return f"frozen_{table}_{action.split(maxsplit=1)[0].lower()}"


def freeze() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, action, condition in GUARDS:
        name = guard_name(table, action)
        refusal = f"{table} is frozen: it has been answered or stored and cannot change"
        if on_sqlite:
            op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{refusal}'); END")
            continue
        row = "OLD" if action == "DELETE" else "NEW"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
            f"RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def thaw() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, action, _ in GUARDS:
        name = guard_name(table, action)
        op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON {table}")
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
