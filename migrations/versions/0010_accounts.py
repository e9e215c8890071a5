"""Sở Nội vụ's one role becomes two, analyst and approver; whoever had it gets both, so that nobody loses anything."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE role SET name = 'analyst' WHERE name = 'department'")
    op.execute("INSERT INTO role (name) SELECT 'approver' FROM role WHERE name = 'analyst'")
    op.execute(_GIVE.format(role="approver", holders_of="analyst"))


def downgrade() -> None:
    """Approvers become what analysts become. The other roles were not known: their holders keep an account without a role."""
    op.execute("INSERT INTO role (name) SELECT 'analyst' WHERE NOT EXISTS (SELECT 1 FROM role WHERE name = 'analyst')")
    op.execute(_GIVE.format(role="analyst", holders_of="approver"))
    op.execute("UPDATE role SET name = 'department' WHERE name = 'analyst'")
    op.execute("DELETE FROM user_role WHERE role_id IN (SELECT id FROM role WHERE name NOT IN ('department', 'agency_head'))")
    op.execute("DELETE FROM role WHERE name NOT IN ('department', 'agency_head')")


#: Those who hold one role get the other too, once.
_GIVE = """
    INSERT INTO user_role (user_id, role_id) SELECT held.user_id, given.id FROM user_role AS held
    JOIN role AS has ON has.id = held.role_id AND has.name = '{holders_of}' JOIN role AS given ON given.name = '{role}'
    WHERE NOT EXISTS (SELECT 1 FROM user_role AS already WHERE already.user_id = held.user_id AND already.role_id = given.id)
"""
